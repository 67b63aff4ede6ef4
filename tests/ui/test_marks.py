"""A device that succeeded and is marked all the same: what the screens say of it."""

from collections import defaultdict
from typing import cast

from tests.engine.harness import JOB, make_devices, make_spec, run_job
from tests.virtual_loop import EPOCH

from paceline.model.failure import FailureKind, rule
from paceline.model.states import DeviceState
from paceline.session.scripted import Script
from paceline.ui.glyphs import UNICODE
from paceline.ui.theming import Palette
from paceline.ui.widgets.device_facts import facts
from paceline.ui.widgets.device_rows import RowWriter

SAID = "the inventory says d1, the device calls itself d9"


def test_a_wrong_device_is_told_of_in_its_row_and_on_its_screen() -> None:
    spec = make_spec(make_devices(1))
    status = run_job(spec, {"d1": Script(name="d9")}).status
    device = status.devices["d1"]
    assert device.state is DeviceState.SUCCEEDED
    palette = cast(Palette, defaultdict(str))
    why, _ = RowWriter(status, UNICODE, palette).why(device, EPOCH)
    assert why.endswith(SAID)
    shown = facts(spec.targets[0], device, attempts=1, job=JOB, now=EPOCH, glyphs=UNICODE, width=160).plain
    assert "succeeded" in shown and "calls itself d9" in shown
    assert f"{SAID} (wrong_device)" in shown and rule(FailureKind.WRONG_DEVICE).hint in shown
