"""Why devices are in trouble, in the operator's words: the short name of each failure, and how many have it."""

from collections import Counter
from collections.abc import Iterable

from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState
from paceline.model.tally import DeviceStatus

TROUBLE: tuple[DeviceState, ...] = (
    DeviceState.FAILED,
    DeviceState.UNREACHABLE,
    DeviceState.PARTIAL,
    DeviceState.UNKNOWN,
)
"""The states that are wrong, the worst first."""

WORDS: dict[FailureKind, str] = {
    FailureKind.DNS: "name not found",
    FailureKind.REFUSED: "refused connection",
    FailureKind.NO_ROUTE: "no route",
    FailureKind.CONNECT_TIMEOUT: "no TCP answer",
    FailureKind.NO_BANNER: "no SSH greeting",
    FailureKind.NOT_SSH: "not SSH",
    FailureKind.CLOSED_EARLY: "closed before login",
    FailureKind.ALGORITHMS: "no common algorithm",
    FailureKind.HOST_KEY_UNKNOWN: "unknown host key",
    FailureKind.HOST_KEY_CHANGED: "changed host key",
    FailureKind.HOST_KEY_REVOKED: "revoked host key",
    FailureKind.JUMP_FAILED: "jump host failed",
    FailureKind.JUMP_TARGET: "jump host cannot reach it",
    FailureKind.JUMP_FORBIDDEN: "jump host forbids it",
    FailureKind.CREDENTIAL_GONE: "login expired",
    FailureKind.CODE_NEEDED: "no one-time code",
    FailureKind.WRONG_DEVICE: "wrong device",
    FailureKind.AUTH_REJECTED: "rejected login",
    FailureKind.AUTH_TOO_MANY: "too many keys offered",
    FailureKind.AUTH_TIMEOUT: "login timed out",
    FailureKind.PASSWORD_EXPIRED: "expired password",
    FailureKind.SHELL_REFUSED: "refused terminal",
    FailureKind.NO_PROMPT: "no prompt",
    FailureKind.ENABLE_REJECTED: "rejected enable",
    FailureKind.COMMAND_REJECTED: "refused command",
    FailureKind.COMMAND_TIMEOUT: "command timed out",
    FailureKind.QUESTION: "asked a question",
    FailureKind.OUTPUT_CAP: "output too long",
    FailureKind.LOST: "connection lost",
    FailureKind.CLOSED: "session closed",
    FailureKind.KEEPALIVE: "stopped answering",
    FailureKind.PROTOCOL: "broken SSH",
    FailureKind.CANCELLED: "cancelled",
    FailureKind.INTERNAL: "bug in Paceline",
}
"""A failure in two or three words, as one counts them: `2 refused command`."""


def count_reasons(devices: Iterable[DeviceStatus]) -> list[tuple[FailureKind, int]]:
    """How many devices each failure keeps from succeeding: those in trouble, and those that wait to be tried again."""
    counts = Counter(
        device.failure
        for device in devices
        if device.failure is not None and (device.state in TROUBLE or device.outcome is not None)
    )
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].value))
