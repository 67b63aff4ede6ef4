"""The screens on a job of 10,000 devices, fed by a scripted engine in the process: `python -m tests.bench.busy_monitor
FOLDER CHANGES_PER_SECOND`. Each `j` is answered, after the frame that shows it, by a mark on the terminal."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.large_job import large_spec
from textual import events

from paceline import ui
from paceline.config.paths import find_paths
from paceline.config.themes import load_themes
from paceline.engine.contract import Engine
from paceline.engine.ports import AnyEvent, JobSummary
from paceline.model import event as ev
from paceline.model.control import Control
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec, Pace
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.settings import Settings
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.time import now
from paceline.plan.durations import expect
from paceline.report.calibration import Calibration
from paceline.ui.app import PacelineApp
from paceline.ui.ports import Opening, Surroundings

AT_ONCE = 200
"""Devices in flight."""
DONE = 30_000
"""Events that lie behind when the screens open; all of them when none is to follow."""
HAND_OVER_S = 0.05
"""As far apart as groups of events are; see `GROUP_BUSY_S` of `store/journal.py`."""
MARK = "\x1b]777;{}\x07"
"""An operating system command that terminals ignore."""


def busy_life(spec: JobSpec, begin: datetime, step: timedelta) -> Iterator[ev.JobEvent]:
    """Events of a rolling job, many devices side by side, one in sixteen in trouble."""
    seq = 0

    def stamp() -> dict[str, Any]:
        nonlocal seq
        seq += 1
        return {"seq": seq, "at": begin + seq * step, "job": spec.id}

    def one(number: int, name: str, country: str) -> Iterator[ev.JobEvent]:
        about: dict[str, Any] = {"device": name, "country": country, "attempt": 1}
        yield ev.BatchStarted(**stamp(), number=number + 1, n=1, due=begin, devices=(name,))
        yield ev.AttemptStarted(**stamp(), **about, batch=number + 1)
        if number % 16 == 7:
            what = {"failure": FailureKind.CONNECT_TIMEOUT, "message": "no TCP answer within 10 s"}
            yield ev.AttemptEnded(**stamp(), **about, state=DeviceState.UNREACHABLE, **what)
            return
        yield ev.Connected(**stamp(), **about)
        yield ev.LoggedIn(**stamp(), **about, name_seen=name)
        for index, command in enumerate(spec.command_sets[0], start=1):
            of: dict[str, Any] = {**about, "command": command.command, "index": index}
            yield ev.CommandSent(**stamp(), **of)
            result = {"state": CommandState.SUCCEEDED, "seconds": 0.25, "bytes": 2_000, "sha256": "0" * 64}
            yield ev.CommandEnded(**stamp(), **of, **result)
        yield ev.AttemptEnded(**stamp(), **about, state=DeviceState.SUCCEEDED)

    yield ev.JobCreated(**stamp(), spec=spec)
    yield ev.JobStarted(**stamp())
    waiting = (one(number, t.device.name, t.device.country) for number, t in enumerate(spec.targets))
    running = deque(islice(waiting, AT_ONCE))
    while running:
        device = running.popleft()
        event = next(device, None)
        if event is not None:
            yield event
            running.append(device)
        elif (following := next(waiting, None)) is not None:
            running.append(following)
    counts = {"succeeded": 9_375, "unreachable": 625}
    yield ev.JobFinished(**stamp(), state=JobState.FINISHED, counts=counts)


class FeedingEngine:
    """Engine and library of one job, whose events come at a steady rate once it is followed."""

    def __init__(self, life: list[ev.JobEvent], per_second: float) -> None:
        self._life, self._per_second = life, per_second
        self._done = life[:DONE] if per_second else life
        self.job = life[0].job

    async def status(self, job: str) -> JobStatus:
        """What lies behind."""
        status = JobStatus()
        for event in self._done:
            status.apply(event)
        return status

    async def follow(self, job: str, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """What is due, every twentieth of a second. A rate of 0: nothing ever."""
        loop = asyncio.get_running_loop()
        begin, given = loop.time(), after
        while given < len(self._life):
            due = after + int((loop.time() - begin) * self._per_second)
            for event in self._life[given:due]:
                yield event
            given = max(given, due)
            await asyncio.sleep(HAND_OVER_S if self._per_second else 3_600)

    async def jobs(self) -> list[JobSummary]:
        """None: it is not over."""
        return []

    async def spec(self, job: str) -> JobSpec:
        """The frozen job."""
        first = self._life[0]
        assert isinstance(first, ev.JobCreated)
        return first.spec

    async def device_events(self, job: str, device: str) -> list[AnyEvent]:
        """What happened to one device."""
        return [event for event in self._done if getattr(event, "device", "") == device]

    async def start(self, spec: JobSpec, secrets: Secrets) -> str:
        """Nothing starts here."""
        return spec.id

    async def recover(self, job: str, secrets: Secrets) -> str:
        """Nothing is taken up here."""
        return job

    async def watch(self, job: str, device: str) -> AsyncGenerator[OutputChunk, None]:
        """Nothing is printed."""
        return
        yield

    async def control(self, job: str, control: Control) -> None:
        """Nothing obeys."""

    async def supply(self, job: str, question: str, secrets: Secrets) -> None:
        """Nothing asks."""

    async def output(
        self, job: str, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """Nothing was printed."""
        return OutputPage(b"", 0, 0, True)

    async def calibration(self) -> Calibration:
        """No forecast is graded."""
        return Calibration(0, None)

    async def session_log(self, job: str, device: str, offset: int = 0, limit: int = 1_000_000) -> OutputPage:
        """Nothing was said."""
        return OutputPage(b"", 0, 0, True)


class MarkingApp(PacelineApp):
    """Tells, after the frame that shows it, that a `j` was obeyed."""

    CSS_PATH = [str(Path(ui.__file__).parent / path) for path in PacelineApp.CSS_PATH]  # noqa: RUF012 - Textual's own
    _marks = 0
    _marked: events.Event | None = None

    async def on_event(self, event: events.Event) -> None:
        await super().on_event(event)
        # A key that nobody takes comes by again on its way up.
        if isinstance(event, events.Key) and event.key == "j" and event is not self._marked:
            self._marked = event
            self._marks += 1
            self.call_after_refresh(self._mark, self._marks)

    def _mark(self, number: int) -> None:
        if self._driver is not None:
            self._driver.write(MARK.format(number))


def main(folder: Path, per_second: float) -> None:
    """Open Monitor on the job."""
    spec = large_spec(Pace(batch_size=AT_ONCE, mode="rolling"))
    step = timedelta(seconds=1 / (per_second or 500))
    life = list(busy_life(spec, now() - DONE * step, step))
    engine = FeedingEngine(life, per_second)
    paths = replace(find_paths(), config=folder / "config", state=folder / "state", cache=folder / "cache")
    paths.config.mkdir(exist_ok=True)
    # Without one Configure, which opens first, would welcome a new operator.
    inventory = folder / "fleet.csv"
    inventory.write_text("name,address,platform,country\nr1,192.0.2.1,cisco_iosxr,DE\n", encoding="utf-8")

    settings, themes = Settings(inventory=str(inventory)), load_themes(paths)

    async def open_engine() -> Engine:
        return engine

    app = MarkingApp(
        Surroundings(
            paths=paths, settings=settings, themes=themes, now=now, library=engine,
            open_engine=open_engine, expect=expect, note=lambda _: None, operator="alice@jump01",
            opening=Opening("health-check"),
        )
    )  # fmt: skip
    app.call_later(app.show_job, engine.job)
    app.run()
    print(*app.last_words)


if __name__ == "__main__":
    import gc

    gc.disable()
    main(Path(sys.argv[1]), float(sys.argv[2]))
