"""Draws `screenshots/*.svg`: `python -m tests.screenshots DIR`.

The screens as they are, on jobs that ran on the virtual loop over the simulated network with its faults and latencies.
The same bytes everywhere, and nothing of a machine in them.
"""

import asyncio
import os
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

WORLD = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
# Textual reads its variables when it is imported.
os.environ.update(WORLD)
for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_ANIMATIONS", "SSH_AUTH_SOCK"):
    os.environ.pop(name, None)

from tests.ui.conftest import Desk, make_desk  # noqa: E402
from tests.ui.looks import text_of  # noqa: E402
from tests.ui.monitoring import drawn, midst, play, settle, with_history  # noqa: E402
from tests.ui.recording import DEVICES, Recording  # noqa: E402
from tests.ui.settling import press, settled  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from paceline.model.event import JobEvent  # noqa: E402
from paceline.model.failure import FailureKind  # noqa: E402
from paceline.model.states import DeviceState  # noqa: E402
from paceline.model.status import JobStatus  # noqa: E402
from paceline.ui.app import PacelineApp  # noqa: E402
from paceline.ui.ports import Opening  # noqa: E402
from paceline.ui.screens.device import DeviceScreen  # noqa: E402

WIDE, NARROW = (120, 36), (80, 24)
Scene = Callable[[Desk, tuple[int, int]], Coroutine[Any, Any, str]]
PACE = {"batch_size": 10, "devices_per_hour": 60, "order": "spread"}


def know_hosts(desk: Desk) -> None:
    """Every device's host key is recorded. It is no real key: nobody connects."""
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", bytes(range(32))))
    lines = [f"192.0.2.{number} ssh-ed25519 {b64encode(blob).decode()}" for number in range(1, DEVICES + 1)]
    (desk.paths.config / "known_hosts").write_text("\n".join(lines) + "\n", encoding="utf-8")
    desk.set('[host_keys]\nknown_hosts = ["known_hosts"]')


def paced(desk: Desk, job: str = "20260105-2200-health-check-7f3a", preset: str = "health-check") -> Recording:
    """Sixty devices in six batches, ten minutes apart."""
    return desk.record(desk.spec(preset, job=job, **PACE))


async def configure(desk: Desk, size: tuple[int, int]) -> str:
    """A preset chosen, a country opened, a few devices of it left out, a pace set."""
    know_hosts(desk)
    desk.opening = Opening("ospf-collection", where="*")
    async with desk.app().run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "down", "right", "down", "down", "space", "down", "space", "up")
        draft = pilot.app.screen.draft  # type: ignore[attr-defined]
        draft.set_pace(**PACE)
        pilot.app.screen._is_dirty = True  # type: ignore[attr-defined]
        await settled(pilot)
        return picture(pilot)


async def monitor(desk: Desk, size: tuple[int, int]) -> str:
    """In the midst of the job, with some trouble behind it and some devices in flight."""
    async with opened(desk, size) as (pilot, _):
        return picture(pilot)


async def device(desk: Desk, size: tuple[int, int]) -> str:
    """One that refused a command."""
    async with opened(desk, size) as (pilot, app):
        assert app.shown is not None
        devices = app.shown.status.devices.values()
        refused = next(each.name for each in devices if each.failure is FailureKind.COMMAND_REJECTED)
        app.open_device(app.shown, refused)
        await settle(pilot, lambda: isinstance(app.screen, DeviceScreen))
        await settle(pilot, lambda: ".txt" in text_of(app))
        return picture(pilot)


async def history(desk: Desk, size: tuple[int, int]) -> str:
    """A week of jobs."""
    jobs = [
        earlier(paced(desk, "20260102-2200-ospf-collection-31bc", "ospf-collection"), timedelta(days=3)),
        earlier(paced(desk, "20260104-2200-ospf-collection-9d50", "ospf-collection"), timedelta(days=1)),
        earlier(paced(desk, "20260105-0600-health-check-a04e"), timedelta(hours=16)),
        paced(desk),
    ]
    app = desk.app(*jobs)
    for recording in jobs[:-1]:
        desk.engine.play(recording.spec.id)
    play(desk, jobs[-1], midst(jobs[-1]), later_s=20)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.show_job(jobs[-1].spec.id)
        await drawn(pilot, jobs[-1].spec.id)
        await pilot.press("3")
        await settle(pilot, lambda: "a04e" in text_of(app) or "ospf-collection" in text_of(app))
        return picture(pilot)


def earlier(recording: Recording, span: timedelta) -> Recording:
    """The same job, some time before."""
    spec = recording.spec.model_copy(update={"created_at": recording.spec.created_at - span})
    events = [event.model_copy(update={"at": event.at - span}) for event in recording.events]
    events[0] = events[0].model_copy(update={"spec": spec})
    return Recording(spec, tuple(events), recording.outputs)


def is_busy(recording: Recording) -> Callable[[JobEvent], bool]:
    """Well into the job, with commands in flight and devices that did not succeed behind it."""
    status = JobStatus()

    def look(event: JobEvent) -> bool:
        status.apply(event)
        kinds = [device.failure for device in status.devices.values()]
        running = sum(device.state is DeviceState.RUNNING for device in status.devices.values())
        return status.ended >= 30 and running >= 6 and FailureKind.COMMAND_REJECTED in kinds and len(set(kinds)) > 3

    return look


class opened:  # noqa: N801 - used as `async with opened(...)`
    """The application with a job in Monitor, played to its midst."""

    def __init__(self, desk: Desk, size: tuple[int, int]) -> None:
        self._recording = paced(desk)
        self._app: PacelineApp = desk.app(self._recording)
        with_history(self._app)
        play(desk, self._recording, self._recording.until(is_busy(self._recording)))
        self._run = self._app.run_test(size=size)

    async def __aenter__(self) -> tuple[Pilot[Any], PacelineApp]:
        pilot = await self._run.__aenter__()
        await settled(pilot)
        self._app.show_job(self._recording.spec.id)
        await drawn(pilot, self._recording.spec.id)
        return pilot, self._app

    async def __aexit__(self, *failure: Any) -> None:
        await self._run.__aexit__(*failure)


def picture(pilot: Pilot[Any]) -> str:
    """The screen as SVG."""
    return pilot.app.export_screenshot(title="paceline")


SCENES: Mapping[str, tuple[Scene, tuple[int, int]]] = MappingProxyType(
    {
        "configure": (configure, WIDE),
        "monitor": (monitor, WIDE),
        "monitor-80x24": (monitor, NARROW),
        "device": (device, WIDE),
        "history": (history, WIDE),
    }
)


def main(folder: Path) -> None:
    """Draw every picture into `folder`."""
    time.tzset()
    folder.mkdir(parents=True, exist_ok=True)
    for name, (scene, size) in SCENES.items():
        with tempfile.TemporaryDirectory(prefix="paceline-screenshots-") as home:
            os.environ["HOME"] = home
            svg = asyncio.run(scene(make_desk(Path(home)), size))
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
