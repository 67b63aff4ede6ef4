"""Jobs for the tests of Monitor, played to a moment that is worth a look."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.ui.conftest import Desk
from tests.ui.recording import Recording
from textual.events import Key
from textual.pilot import Pilot

from paceline.model.duration import Run
from paceline.model.event import AttemptEnded, JobHeld
from paceline.model.job import Gates
from paceline.plan.durations import expect
from paceline.ui.app import PacelineApp
from paceline.ui.dialogs.base import Dialog
from paceline.ui.screens.monitor import MonitorScreen
from paceline.ui.widgets.device_table import DeviceTable

IN_THE_MIDST = 30
"""Attempts that have ended when a job is in the midst of its second batch."""


def paced(desk: Desk, **changes: Any) -> Recording:
    """The health check of sixty devices in three batches, ten minutes apart."""
    pace: dict[str, Any] = {"batch_size": 20, "devices_per_hour": 120} | changes
    return desk.record(desk.spec(**pace))


def held(desk: Desk) -> Recording:
    """The same with a failure budget of none: it holds, and goes on when it is let."""
    spec = desk.spec(batch_size=20).model_copy(update={"gates": Gates(max_failures=0, unattended="hold")})
    answers = [{"at": 3_600.0 * hour, "do": "answer", "answer": "go_on"} for hour in range(1, 20)]
    return desk.record(spec, actions=answers)


def midst(recording: Recording) -> int:
    """The event at which so many attempts have ended."""
    ends = [event.seq for event in recording.events if isinstance(event, AttemptEnded)]
    return ends[IN_THE_MIDST - 1]


def at_gate(recording: Recording) -> int:
    """The event at which the job is held."""
    return recording.until(lambda event: isinstance(event, JobHeld))


def play(desk: Desk, recording: Recording, until: int | None = None, later_s: float = 1.0) -> None:
    """Play, and set the clock a little later."""
    desk.clock = desk.engine.play(recording.spec.id, until) + timedelta(seconds=later_s)


def with_history(app: PacelineApp) -> None:
    """As if every command had taken half a second before."""
    app.surroundings = replace(
        app.surroundings, expect=lambda spec: expect(spec, lambda _platform, _command: [Run("x", 0.5)] * 8)
    )


async def settle(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Let the application work until something is so."""
    for _ in range(400):
        await pilot.pause()
        if is_so():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came to that")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Keys, each when what it answers can be seen."""
    for key in keys:
        screen = pilot.app.screen
        if isinstance(screen, Dialog):
            await settle(pilot, lambda screen=screen: screen.accepts(Key("enter", None)))  # type: ignore[misc]
        await pilot.press(key)
        await pilot.pause()


async def show(pilot: Pilot[Any], job: str) -> MonitorScreen:
    """Show a job in Monitor and wait until it is drawn with its forecast and its countries' names."""
    app: PacelineApp = pilot.app  # type: ignore[assignment]
    app.show_job(job)
    return await drawn(pilot, job)


async def drawn(pilot: Pilot[Any], job: str) -> MonitorScreen:
    """Monitor, drawn with the job's forecast and its countries' names."""
    app: PacelineApp = pilot.app  # type: ignore[assignment]
    await settle(pilot, lambda: isinstance(app.screen_stack[0], MonitorScreen))
    screen: MonitorScreen = app.screen_stack[0]  # type: ignore[assignment]
    await settle(pilot, lambda: job in screen._outlooks and screen._outlooks[job].times is not None)
    await settle(pilot, lambda: bool(screen._outlooks[job].now.planned_s))
    screen._draw_anew()
    await pilot.pause()
    return screen


@asynccontextmanager
async def monitor(
    desk: Desk,
    recording: Recording,
    until: Callable[[Recording], int | None] = midst,
    size: tuple[int, int] = (120, 36),
) -> AsyncIterator[tuple[PacelineApp, Pilot[int], MonitorScreen]]:
    """Monitor on a job that was played so far."""
    app = desk.app(recording)
    play(desk, recording, until(recording))
    async with app.run_test(size=size) as pilot:
        yield app, pilot, await show(pilot, recording.spec.id)


def everything(recording: Recording) -> int | None:
    """Played to its end."""
    return None


def table_of(screen: MonitorScreen) -> DeviceTable:
    """The rows."""
    return screen.query_one(DeviceTable)


def told(app: PacelineApp) -> list[str]:
    """The toasts."""
    return [toast.message for toast in app._notifications]
