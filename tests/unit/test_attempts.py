"""What each attempt on a device came to, from its events."""

from tests.engine.harness import make_devices, make_spec
from tests.virtual_loop import EPOCH

from paceline.model import event as ev
from paceline.model.attempts import attempts_of
from paceline.model.failure import FailureKind
from paceline.model.states import CommandState, DeviceState
from paceline.model.time import after

SPEC = make_spec(make_devices(2), commands=("show a", "show b"))


def device(kind: type[ev.JobEvent], second: int, attempt: int, **fields: object) -> ev.JobEvent:
    """An event of d1; the numbers of a job with other devices have gaps between them."""
    common = {"seq": second * 7 + 2, "at": after(EPOCH, second), "job": SPEC.id, "device": "d1", "country": "??"}
    return kind.model_validate({**common, "attempt": attempt, **fields})


def test_every_attempt_has_its_own_verdict_commands_and_times() -> None:
    events = [
        device(ev.AttemptStarted, 1, 1, batch=1),
        device(ev.AttemptEnded, 4, 1, state="unreachable", failure="refused", message="no", retry_at=after(EPOCH, 9)),
        device(ev.AttemptStarted, 10, 2, batch=3),
        device(ev.LoggedIn, 11, 2, name_seen="d1"),
        device(ev.CommandSent, 12, 2, command="show a", index=1),
        device(
            ev.CommandEnded, 13, 2, command="show a", index=1, state="succeeded", seconds=1, bytes=5, sha256="0" * 64
        ),
        device(ev.AttemptEnded, 14, 2, state="partial", failure="lost", message="cut"),
    ]
    first, second = attempts_of(SPEC, "d1", events)
    assert (first.attempt, first.state, first.failure) == (1, DeviceState.UNREACHABLE, FailureKind.REFUSED)
    assert (first.started_at, first.finished_at) == (after(EPOCH, 1), after(EPOCH, 4))
    assert first.commands is None
    assert (second.attempt, second.state, second.message) == (2, DeviceState.PARTIAL, "cut")
    assert (second.started_at, second.finished_at) == (after(EPOCH, 10), after(EPOCH, 14))
    assert [command.state for command in second.commands or ()] == [CommandState.SUCCEEDED, CommandState.SKIPPED]


def test_an_interruption_ends_what_ran() -> None:
    interrupted = ev.JobInterrupted(seq=99, at=after(EPOCH, 20), job=SPEC.id, message="its process died")
    events = [
        device(ev.AttemptStarted, 1, 1, batch=1),
        device(ev.LoggedIn, 2, 1, name_seen="d1"),
        device(ev.CommandSent, 3, 1, command="show a", index=1),
        interrupted,
        device(ev.AttemptStarted, 30, 2, batch=2),
    ]
    first, second = attempts_of(SPEC, "d1", events)
    assert first.message == "its process died"
    assert [command.state for command in first.commands or ()] == [CommandState.LOST, CommandState.PENDING]
    assert second.state is DeviceState.CONNECTING


def test_a_device_that_never_began_has_none() -> None:
    assert attempts_of(SPEC, "d1", []) == []
