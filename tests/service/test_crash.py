"""kill -9 of the service at every commit of a job, and at fifty moments under load: nothing lost, nothing twice.

The proof is the devices' own log: every line that each of them received. Most of it is left to `make integration`.
"""

import asyncio
import contextlib
import hashlib
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.cli.desk import serving
from tests.service.conftest import Home, living
from tests.service.nursery import Nursery, nursery

from paceline.demo.fleet import Fleet
from paceline.engine.ports import AnyEvent, StoreError
from paceline.model import event as ev
from paceline.model.secret import Secrets
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.time import seeded
from paceline.store.names import device_folder, output_file
from paceline.store.reader import JournalReader

COMMANDS = ("show version", "show lldp neighbors")
GATES = {"max_failures": 100, "max_unreachable": 0}
MOST_COMMITS = 80
MOST_EVENTS = 60
Lines = Counter[tuple[str, str]]


@pytest.fixture(scope="module")
def services() -> Iterator[Nursery]:
    with nursery() as made:
        yield made


@pytest.fixture(scope="module")
def three() -> Iterator[Fleet]:
    with serving(devices=3, latency=0, faults=False) as running:
        yield running


@pytest.fixture(scope="module")
def thirty() -> Iterator[Fleet]:
    with serving(devices=30, latency=0, faults=False) as running:
        yield running


@dataclass
class Trial:
    """One job, the services that run it one after the other, and what the devices saw of it."""

    home: Home
    services: Nursery
    is_read_only: bool
    resumes: bool
    """By itself."""

    def __post_init__(self) -> None:
        more: dict[str, Any] = {"after_crash": "resume"} if self.resumes else {}
        self.home.preset("crash", COMMANDS, read_only=self.is_read_only, gates=GATES, **more)
        self.mark = self.home.mark()
        self.settled: set[str] = set()
        """Devices that had ended when a service died."""
        self.in_flight: set[str] = set()
        """Devices of a job that may change them that had a command in flight then."""

    def begin(self, kill_at: int = 0, *, is_after: bool = False) -> None:
        assert self.services.begin(self.home.environment(), kill_at, is_after=is_after)

    def order(self, devices: int, batch_size: int) -> str:
        """Order the job; its id, or nothing when the service died of it."""
        order: dict[str, Any] = {"preset": "crash", "where": "*", "batch_size": batch_size}
        if not self.is_read_only:
            order["expect_devices"] = devices
        with contextlib.suppress(httpx.HTTPError), self.home.http() as api:
            answer = api.post("/api/automation/jobs", json=order)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])
        return ""

    async def follow(self, job: str, most: int | None = None) -> bool:
        """Follow the job, or so many new events of it; whether it ended. The service may die before that."""
        with contextlib.suppress(StoreError):
            async with self.home.client() as client:
                status = await client.status(job)
                if status.state.is_final:
                    return True
                async for event in client.follow(job, status.seq):
                    if isinstance(event, ev.JobFinished):
                        return True
                    if most is not None and event.seq - status.seq >= most:
                        return False
        return False

    async def take_up(self, job: str) -> None:
        """What waits for the operator is resumed, as `jobs resume` does; the rest has gone on by itself."""
        async with self.home.client() as client:
            if self.resumes:
                return
            assert (await client.describe()).running == []
            await client.recover(job, Secrets())

    def kill(self) -> None:
        self.home.kill()
        assert self.services.ended() == -signal.SIGKILL

    # -- what a dead service leaves -------------------------------------------------------------------

    def left(self) -> JobStatus | None:
        """The job as it is kept, when journal and outputs were found whole; None where there is none."""
        events = self.events()
        if not events:
            return None
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        status = JobStatus()
        for event in events:
            status.apply(event)
            if isinstance(event, ev.CommandEnded) and event.state is CommandState.SUCCEEDED:
                name = output_file(event.index, event.command, event.attempt)
                data = (self.home.state / "jobs" / event.job / device_folder(event.device) / name).read_bytes()
                assert (len(data), hashlib.sha256(data).hexdigest()) == (event.bytes, event.sha256)
        return status

    def events(self) -> list[AnyEvent]:
        path = self.home.state / "journal.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        reader = JournalReader(path)
        try:
            found, events = reader.find("last"), list[AnyEvent]()
            while found and (group := reader.events(found[0], len(events))):
                events += group
            return events
        finally:
            reader.close()

    def received(self) -> Lines:
        """How often each device received each command."""
        return Counter((entry.device, entry.detail) for entry in self.home.seen(self.mark) if entry.detail in COMMANDS)

    def look(self, status: JobStatus) -> Lines:
        """Note how a dead service left the job: what must not run again. Gives what was received so far."""
        received = self.received()
        for name, device in status.devices.items():
            states = {command.text: command.state for command in device.commands or ()}
            if device.state.is_final:
                self.settled.add(name)
            elif not self.is_read_only and CommandState.RUNNING in states.values():
                self.in_flight.add(name)
            if not self.is_read_only:
                unknown = [line for line in COMMANDS if received[name, line] and states.get(line) in (None, "pending")]
                assert not unknown, f"{name} received what the journal does not know of"
        return received

    def check(self, status: JobStatus) -> None:
        """The job has come to its end, over any number of services."""
        assert status.state is JobState.FINISHED
        received, states = self.received(), {name: device.state for name, device in status.devices.items()}
        if self.is_read_only:
            assert set(states.values()) == {DeviceState.SUCCEEDED}
            assert all(received[name, line] for name in states for line in COMMANDS)
            return
        assert {name for name, state in states.items() if state is DeviceState.UNKNOWN} >= self.in_flight
        assert set(states.values()) <= {DeviceState.SUCCEEDED, DeviceState.UNKNOWN}
        # One that died before its bytes left is unknown as well, and received nothing.
        assert max(received.values(), default=0) <= 1, "a device received a command twice"
        succeeded = {name for name, state in states.items() if state is DeviceState.SUCCEEDED}
        assert all(received[name, line] == 1 for name in succeeded for line in COMMANDS)

    def check_untouched(self, before: Lines) -> None:
        """What had ended, or had a command in flight, was sent nothing since."""
        since = self.received() - before
        assert not {name for name, _ in since} & (self.settled | self.in_flight)


@pytest.mark.parametrize(
    ("when", "is_read_only"),
    [
        ("before", False),
        *(
            pytest.param(*case, marks=pytest.mark.integration)
            for case in [("before", True), ("after", True), ("after", False)]
        ),
    ],
)
def test_a_service_killed_at_any_commit_of_a_job(
    tmp_path_factory: pytest.TempPathFactory, services: Nursery, three: Fleet, when: str, is_read_only: bool
) -> None:
    with living(tmp_path_factory.mktemp("s"), three) as home:
        for kill_at in range(1, MOST_COMMITS):
            # A read-only job is taken up by the next service, or by the operator: every other time.
            trial = Trial(home, services, is_read_only, resumes=is_read_only and kill_at % 2 == 0)
            trial.begin(kill_at, is_after=when == "after")
            job = trial.order(3, batch_size=3)
            if job and asyncio.run(trial.follow(job)) and home.pid:
                # More commits than it has.
                trial.kill()
                status = trial.left()
                assert status is not None
                trial.check(status)
                return
            assert services.ended() == -signal.SIGKILL
            status = trial.left()
            if status is None:
                assert (kill_at, when) == (1, "before")
                continue
            before = trial.look(status)
            if not status.state.is_final:
                trial.begin()
                asyncio.run(trial.take_up(status.id))
                asyncio.run(trial.follow(status.id))
                trial.kill()
                status = trial.left()
                assert status is not None
            trial.check(status)
            trial.check_untouched(before)
    raise AssertionError("the job never came to its end")


@pytest.mark.parametrize(
    ("is_read_only", "kills"),
    [(False, 8), *(pytest.param(kind, 25, marks=pytest.mark.integration) for kind in (True, False))],
)
def test_a_service_killed_time_and_again_under_load(
    tmp_path_factory: pytest.TempPathFactory, services: Nursery, thirty: Fleet, is_read_only: bool, kills: int
) -> None:
    rng = seeded(kills)
    with living(tmp_path_factory.mktemp("s"), thirty) as home:
        while kills > 0:
            trial = Trial(home, services, is_read_only, resumes=is_read_only)
            trial.begin()
            job, before = trial.order(30, batch_size=8), Lines()
            while not asyncio.run(trial.follow(job, rng.randrange(1, MOST_EVENTS))):
                trial.kill()
                kills -= 1
                status = trial.left()
                assert status is not None
                trial.check_untouched(before)
                before = trial.look(status)
                trial.begin()
                if not status.state.is_final:
                    asyncio.run(trial.take_up(job))
            trial.kill()
            status = trial.left()
            assert status is not None
            trial.check(status)
            trial.check_untouched(before)
