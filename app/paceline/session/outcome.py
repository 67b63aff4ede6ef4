"""How a command ends when the session ends under it."""

import asyncssh

from paceline.model.failure import FailureKind
from paceline.model.states import CommandState
from paceline.session.base import CommandResult
from paceline.session.failures import one_line, other
from paceline.session.login import STOPPED_ANSWERING


def failed(state: CommandState, kind: FailureKind, reason: str) -> CommandResult:
    """A result after which the session is of no more use."""
    return CommandResult(state, kind, reason, is_in_step=False)


def broken(
    error: Exception | None, connection: asyncssh.SSHClientConnection, *, is_closed: bool, size: int
) -> CommandResult:
    """The result of a command under which the session ended: closed by the device, lost, or broken off by SSH."""
    after = f" after {size} bytes" if size else ""
    if connection.get_extra_info(STOPPED_ANSWERING):
        return failed(CommandState.LOST, FailureKind.KEEPALIVE, "the device stopped answering")
    if error is None or is_closed:
        kind, reason = (
            (FailureKind.CLOSED, f"the device closed the session{after}")
            if is_closed
            else (FailureKind.LOST, f"connection lost{after}")
        )
        return failed(CommandState.LOST, kind, reason)
    if isinstance(error, asyncssh.ConnectionLost | OSError):
        return failed(CommandState.LOST, FailureKind.LOST, f"connection lost{after}")
    found = other(error, "the session")
    return failed(CommandState.LOST, found.kind, one_line(found.message))
