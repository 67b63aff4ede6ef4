"""Looking at devices' host keys and recording new ones. To be awaited in a worker of the screen."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from paceline.launch.draft import Draft
from paceline.launch.host_keys import record_new
from paceline.model.errors import PacelineError
from paceline.ui.dialogs.host_keys import HostKeysDialog, which_devices
from paceline.ui.workshop import Workshop

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


async def look_at_host_keys(app: "PacelineApp", draft: Draft, workshop: Workshop, keyless: Collection[str]) -> bool:
    """Scan selected devices and record the new keys if the operator says so; whether any were recorded."""
    devices = draft.devices
    missing = [device for device in devices if device.name in keyless]
    if not devices:
        app.notify("no device is ticked: space ticks one, a all that are shown", markup=False)
        return False
    pace = draft.preset.pace.connects_per_second
    whose = await app.push_screen_wait(which_devices(len(missing), len(devices), pace))
    if whose not in ("keyless", "all"):
        return False
    try:
        scan = await asyncio.to_thread(workshop.key_scan, missing if whose == "keyless" else devices, pace)
        new = await app.push_screen_wait(HostKeysDialog(app, scan))
        if not new:
            return False
        count = await asyncio.to_thread(record_new, new, workshop.surroundings.paths, workshop.surroundings.operator)
    except PacelineError as error:
        app.notify(str(error), severity="error", timeout=30, markup=False)
        return True
    what = "the key of 1 device" if count == 1 else f"the keys of {count} devices"
    app.notify(f"recorded {what}; `paceline hostkeys list` shows them", markup=False)
    return True
