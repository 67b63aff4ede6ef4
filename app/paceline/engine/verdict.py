"""What an attempt came to: the one pure function that settles it, and whether it may be tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

from paceline.model.failure import FailureKind, retries_allowed, rule
from paceline.model.states import CommandState, DeviceState


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """What is known when an attempt ends."""

    commands: Sequence[CommandState]
    """The states of the commands that were sent."""
    total: int
    """How many commands the device gets."""
    failure: FailureKind | None = None
    is_skipped: bool = False
    """Left out before it had a session."""
    is_cancelled: bool = False


_IN_DOUBT = (CommandState.LOST, CommandState.TIMED_OUT, CommandState.CANCELLED, CommandState.RUNNING)


def settle(end: AttemptEnd, *, is_read_only: bool) -> DeviceState:
    """The device's state after an attempt; the first rule that matches decides."""
    if end.is_skipped:
        return DeviceState.SKIPPED
    if not is_read_only and any(state in _IN_DOUBT for state in end.commands):
        return DeviceState.UNKNOWN
    if end.is_cancelled:
        return DeviceState.CANCELLED
    if not end.commands and end.failure is not None:
        outcome = rule(end.failure).outcome
        return DeviceState.UNREACHABLE if outcome == "unreachable" else DeviceState.FAILED
    succeeded = sum(state is CommandState.SUCCEEDED for state in end.commands)
    if succeeded == end.total:
        return DeviceState.SUCCEEDED
    return DeviceState.PARTIAL if succeeded else DeviceState.FAILED


def may_retry(end: AttemptEnd, state: DeviceState, attempt: int, attempts: int, *, is_read_only: bool) -> bool:
    """Whether another attempt follows number `attempt`, with `attempts` allowed in all."""
    if end.failure is None or end.is_cancelled or end.is_skipped:
        return False
    if state in (DeviceState.SUCCEEDED, DeviceState.UNKNOWN):
        return False
    if not is_read_only and end.commands:
        # Whatever the kind allows: another attempt would send the first commands once more.
        return False
    return attempt < min(attempts, 1 + retries_allowed(end.failure, is_read_only=is_read_only))
