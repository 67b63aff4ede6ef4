"""Jobs that may change devices: what reaches a device, whatever fails and whenever the engine dies."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import JOB, SECRETS, UNLIMITED, act, make_devices, make_spec, run_job
from tests.virtual_loop import VirtualLoop, run, virtual_now

from paceline.engine.local import LocalEngine
from paceline.engine.logins import LoginLimits
from paceline.engine.ports import StoreError
from paceline.model.control import Answer, ControlError
from paceline.model.event import CommandSent, JobEvent, JobFinished, JobHeld
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.session.base import CommandResult
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemoryJournal, MemoryOutputs

LINES = ("clear a", "clear b", "clear c")
OK = CommandResult(CommandState.SUCCEEDED)
REFUSED = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid")
QUESTION = CommandResult(CommandState.REJECTED, FailureKind.QUESTION, "it asks [confirm]", is_in_step=False)
NO_CHANNEL = CommandResult(CommandState.REJECTED, FailureKind.SHELL_REFUSED, "no channel", is_in_step=False)
LOST = CommandResult(CommandState.LOST, FailureKind.LOST, "connection lost", is_in_step=False)
CUT = CommandResult(CommandState.LOST, FailureKind.CLOSED, "closed the session", is_in_step=False)
TIMED_OUT = CommandResult(CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT, "no prompt", is_in_step=False)
RESULTS = (OK, REFUSED, QUESTION, NO_CHANNEL, LOST, CUT, TIMED_OUT)


def changing(count: int, **more: Any) -> JobSpec:
    """A job of three changing lines."""
    return make_spec(make_devices(count), commands=LINES, read_only=False, **more)


@pytest.mark.parametrize(
    ("place", "result", "state", "sent"),
    [
        (0, REFUSED, DeviceState.FAILED, 1),
        (1, REFUSED, DeviceState.PARTIAL, 2),
        (0, QUESTION, DeviceState.FAILED, 1),
        (1, NO_CHANNEL, DeviceState.PARTIAL, 2),
        (0, LOST, DeviceState.UNKNOWN, 1),
        (1, CUT, DeviceState.UNKNOWN, 2),
        (2, TIMED_OUT, DeviceState.UNKNOWN, 3),
    ],
)
def test_a_device_ends_at_its_first_command_that_does_not_succeed(
    place: int, result: CommandResult, state: DeviceState, sent: int
) -> None:
    script = Script(results={LINES[place]: result})
    outcome = run_job(changing(1, retries={"attempts": 5}), {"d1": script})
    device = outcome.status.devices["d1"]
    assert device.state is state
    assert device.commands is not None
    assert device.commands[place].state is result.state
    # Nothing is sent after it, and no attempt follows, however retryable its kind is.
    assert [what for _, _, what in outcome.sessions.log] == ["connect", "login", *LINES[:sent], "close"]


def test_a_device_that_was_never_sent_anything_is_tried_again() -> None:
    script = Script(failures={1: FailureKind.REFUSED})
    outcome = run_job(changing(1), {"d1": script})
    assert outcome.status.devices["d1"].state is DeviceState.SUCCEEDED
    assert [what for _, _, what in outcome.sessions.log].count("connect") == 2


def test_stop_now_in_the_middle_of_a_command_leaves_the_device_unknown() -> None:
    outcome = run_job(changing(1), {"d1": Script(hangs_on=LINES[1])}, actions=[{"at": 10, "do": "stop", "stop": "now"}])
    assert outcome.status.devices["d1"].state is DeviceState.UNKNOWN


def test_the_third_device_that_does_not_succeed_holds_the_job_by_default() -> None:
    scripts = {f"d{n}": Script(results={LINES[0]: REFUSED if n % 2 else LOST}) for n in range(1, 7)}
    spec = changing(6, pace={"batch_size": 1})
    outcome = run_job(spec, scripts, actions=[{"at": 60, "do": "answer", "answer": "stop"}])
    (held,) = outcome.of_type("job_held")
    assert (held.gate, held.message) == ("max_failures", "3 devices did not succeed, the budget is 2")
    assert outcome.status.final_counts()["skipped"] == 3


@pytest.mark.parametrize("typed", [None, 0, 2, 4])
def test_the_engine_starts_none_whose_number_of_devices_was_not_typed(typed: int | None) -> None:
    spec = changing(3, confirmed_devices=typed)

    async def main() -> None:
        journal = MemoryJournal()
        engine = LocalEngine(ScriptedSessions(), journal, MemoryOutputs(), virtual_now)
        with pytest.raises(ValueError, match=r"may change 3 devices, and the number"):
            await engine.start(spec, SECRETS)
        assert not journal.events

    run(main())


# -- whatever fails, whenever the engine dies ---------------------------------------------------------------


class SlowJournal(MemoryJournal):
    """Commits a moment later, as a disk does. With `dies_after` committed events the whole process stands still."""

    def __init__(self, events: Sequence[JobEvent] = (), dies_after: int = 0) -> None:
        super().__init__()
        if events:
            self.events[JOB] = list(events)
        self._dies_after = dies_after

    def open(
        self, spec: JobSpec, committed: Callable[[Sequence[JobEvent]], None], failed: Callable[[StoreError], None]
    ) -> Any:
        """See MemoryJournal."""
        return _SlowWriter(self.events.setdefault(spec.id, []), committed, self._dies_after)


@dataclass
class _SlowWriter:
    events: list[JobEvent]
    committed: Callable[[Sequence[JobEvent]], None]
    dies_after: int
    waiting: deque[JobEvent] = field(default_factory=deque)
    is_dead: bool = False

    def append(self, event: JobEvent, *, urgent: bool = False) -> None:
        self.waiting.append(event)
        asyncio.get_running_loop().call_later(0.003 if urgent else 0.02, self.commit)

    def commit(self) -> None:
        while self.waiting and not self.is_dead:
            event = self.waiting.popleft()
            self.events.append(event)
            self.committed((event,))
            if len(self.events) == self.dies_after:
                self.is_dead = True
                asyncio.get_running_loop().stop()


class Fleet(ScriptedSessions):
    """Notes every line that reached a device before the journal had that it would be sent."""

    journal: MemoryJournal
    unannounced: list[str]

    def note(self, device: str, what: str) -> None:
        """See ScriptedSessions."""
        super().note(device, what)
        told = {(e.device, e.command) for e in self.journal.events[JOB] if isinstance(e, CommandSent)}
        if what in LINES and (device, what) not in told:
            self.unannounced.append(f"{device}: {what}")


async def answer_all(engine: LocalEngine, *, goes_on: bool) -> None:
    """Every gate is answered the same way, those that asked before a crash too; a stop at last: some ask for ever."""
    status = await engine.status(JOB)
    asked, left = list(status.questions), 6 if goes_on else 0
    async for event in engine.follow(JOB, status.seq):
        if isinstance(event, JobHeld):
            asked.append(event.question)
        while asked:
            with contextlib.suppress(ControlError):
                await engine.control(JOB, Answer(question=asked.pop(), answer="go_on" if left > 0 else "stop"))
            left -= 1


def live(
    spec: JobSpec, fleet: Fleet, dies_after: Sequence[int], actions: list[dict[str, Any]], *, goes_on: bool
) -> None:
    """Run the job in one process after the other, each killed after so many events; the last one ends it."""
    events: list[JobEvent] = []
    began_at = 0.0
    for more in (*dies_after, 0):
        journal = fleet.journal = SlowJournal(events, len(events) + more if more else 0)

        async def main(engine: LocalEngine, *, is_first: bool) -> None:
            await (engine.start(spec, SECRETS) if is_first else engine.recover(JOB, SECRETS))
            hands = asyncio.create_task(act(engine, JOB, actions if is_first else [], is_lenient=True))
            answers = asyncio.create_task(answer_all(engine, goes_on=goes_on))
            await engine.wait(JOB)
            await asyncio.gather(hands, answers)

        limits = LoginLimits(UNLIMITED, 1_000, burst=10_000)
        engine = LocalEngine(fleet, journal, MemoryOutputs(), virtual_now, limits)
        loop = VirtualLoop()
        loop._virtual.time = began_at
        is_killed = False
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # noqa: B023 - used before the next round
            try:
                runner.run(main(engine, is_first=not events))
            except RuntimeError as error:
                assert "stopped before Future completed" in str(error), error
                is_killed = True
        began_at, events = loop._virtual.time + 30, journal.events[JOB]
        if not is_killed or isinstance(events[-1], JobFinished):
            return


@st.composite
def changing_scripts(draw: st.DrawFn) -> Script:
    kinds = st.sampled_from([kind for kind in FailureKind if kind is not FailureKind.CANCELLED])
    return Script(
        connect_s=draw(st.floats(0, 2)),
        login_s=draw(st.floats(0, 2)),
        command_s=draw(st.floats(0, 3)),
        failures=draw(st.dictionaries(st.integers(1, 3), kinds, max_size=2)),
        results={line: draw(st.sampled_from(RESULTS)) for line in LINES if draw(st.integers(0, 3)) == 0},
        hangs_on=draw(st.sampled_from(["", "", "", LINES[1]])),
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_device_is_ever_sent_a_command_twice(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    scripts = {f"d{n}": data.draw(changing_scripts()) for n in range(1, count + 1)}
    is_stopped = any(script.hangs_on for script in scripts.values())
    actions = [{"at": data.draw(st.floats(1, 40)), "do": "stop", "stop": "now"}] if is_stopped else []
    kills = data.draw(st.lists(st.integers(1, 25), max_size=0 if is_stopped else 3))
    spec = changing(
        count,
        pace={"batch_size": data.draw(st.integers(0, 3)), "mode": data.draw(st.sampled_from(["batches", "rolling"]))},
        retries={"attempts": data.draw(st.integers(1, 4)), "backoff_s": 1, "sweep": data.draw(st.booleans())},
        gates={"max_unreachable": 0},
    )
    fleet = Fleet(scripts)
    fleet.unannounced = []
    live(spec, fleet, kills, actions, goes_on=data.draw(st.booleans()))

    status = JobStatus()
    for event in fleet.journal.events[JOB]:
        status.apply(event)
    assert status.state in (JobState.FINISHED, JobState.STOPPED)
    assert fleet.unannounced == [], "a line left before its command_sent was on disk"
    received = Counter((device, what) for _, device, what in fleet.log if what in LINES)
    assert all(times == 1 for times in received.values()), "a device received a line twice"
    for device in status.devices.values():
        got = [what for _, name, what in fleet.log if name == device.name and what in LINES]
        assert got == list(LINES[: len(got)])
        states = [command.state for command in device.commands or ()]
        assert all(state is CommandState.SUCCEEDED for state in states[: max(0, len(got) - 1)]), "sent after a failure"
        in_doubt = {CommandState.LOST, CommandState.TIMED_OUT, CommandState.CANCELLED, CommandState.RUNNING}
        if device.state in (DeviceState.FAILED, DeviceState.PARTIAL, DeviceState.SKIPPED, DeviceState.UNREACHABLE):
            assert not in_doubt & set(states[: len(got)]), "it may have been applied, and is not unknown"
        if device.state in (DeviceState.SKIPPED, DeviceState.UNREACHABLE):
            assert not got
        assert (device.state is DeviceState.SUCCEEDED) <= (states == [CommandState.SUCCEEDED] * len(LINES))
