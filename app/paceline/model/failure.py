"""The words of failure: every way an attempt can go wrong, what it means, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class FailureKind(StrEnum):
    """Why an attempt did not do all it should. One row of the failure table each."""

    DNS = "dns"
    REFUSED = "refused"
    NO_ROUTE = "no_route"
    CONNECT_TIMEOUT = "connect_timeout"
    NO_BANNER = "no_banner"
    NOT_SSH = "not_ssh"
    CLOSED_EARLY = "closed_early"
    ALGORITHMS = "algorithms"
    HOST_KEY_UNKNOWN = "host_key_unknown"
    HOST_KEY_CHANGED = "host_key_changed"
    HOST_KEY_REVOKED = "host_key_revoked"
    JUMP_FAILED = "jump_failed"
    JUMP_TARGET = "jump_target"
    JUMP_FORBIDDEN = "jump_forbidden"
    CREDENTIAL_GONE = "credential_gone"
    WRONG_DEVICE = "wrong_device"
    AUTH_REJECTED = "auth_rejected"
    AUTH_TOO_MANY = "auth_too_many"
    AUTH_TIMEOUT = "auth_timeout"
    CODE_NEEDED = "code_needed"
    PASSWORD_EXPIRED = "password_expired"
    SHELL_REFUSED = "shell_refused"
    NO_PROMPT = "no_prompt"
    ENABLE_REJECTED = "enable_rejected"
    COMMAND_REJECTED = "command_rejected"
    COMMAND_TIMEOUT = "command_timeout"
    QUESTION = "question"
    OUTPUT_CAP = "output_cap"
    LOST = "lost"
    CLOSED = "closed"
    KEEPALIVE = "keepalive"
    PROTOCOL = "protocol"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


Phase = Literal["tcp", "banner", "key_exchange", "login", "shell", "prepare", "enable", "command", "any"]
"""How far an attempt had come."""

DeviceOutcome = Literal["unreachable", "failed", "succeeded", "pending", "cancelled"]


@dataclass(frozen=True, slots=True)
class FailureRule:
    """One row of the failure table of the guide."""

    phase: Phase
    outcome: DeviceOutcome
    """The device's state when this happens before its first command."""
    retries: int = 0
    """Further attempts this kind allows at most, whatever `retries.attempts` says."""
    only_read_only: bool = False
    """Whether those further attempts are for read-only jobs only."""
    counts_as_rejection: bool = False
    """Whether it counts toward the gate on rejected logins."""
    hint: str = ""


_NEVER_SENT_AGAIN = "Paceline does not try a rejected login again; correct it and run the open devices again."

RULES: dict[FailureKind, FailureRule] = {
    FailureKind.DNS: FailureRule("tcp", "unreachable", hint="Correct the address in the inventory, or the resolver."),
    FailureKind.REFUSED: FailureRule(
        "tcp",
        "unreachable",
        1,
        hint="Is SSH on, on this port? Are all VTY lines taken, or is it in quiet mode?",
    ),
    FailureKind.NO_ROUTE: FailureRule(
        "tcp", "unreachable", 1, hint="No route from this host: check the address and the routing here."
    ),
    FailureKind.CONNECT_TIMEOUT: FailureRule(
        "tcp", "unreachable", 1, hint="Nothing answers: a firewall, an access list, or the device is down."
    ),
    FailureKind.NO_BANNER: FailureRule(
        "banner", "unreachable", 1, hint="TCP answers and SSH does not: the control plane may be overloaded."
    ),
    FailureKind.NOT_SSH: FailureRule(
        "banner",
        "unreachable",
        1,
        hint="Something else answers there: a VTY line, an access list, another service.",
    ),
    FailureKind.CLOSED_EARLY: FailureRule(
        "banner",
        "unreachable",
        2,
        hint="A session limit or an access list closes the connection before the login.",
    ),
    FailureKind.ALGORITHMS: FailureRule(
        "key_exchange",
        "failed",
        hint="It offers only what today's SSH no longer accepts; the message says which `legacy` words allow it.",
    ),
    FailureKind.HOST_KEY_UNKNOWN: FailureRule(
        "key_exchange",
        "failed",
        hint="Compare the fingerprint with the device's own, then `paceline hostkeys accept` it.",
    ),
    FailureKind.HOST_KEY_CHANGED: FailureRule(
        "key_exchange",
        "failed",
        hint="Was the device replaced? If not, someone may be in between. The message says how a new key gets in.",
    ),
    FailureKind.HOST_KEY_REVOKED: FailureRule(
        "key_exchange", "failed", hint="The key stands as @revoked in known_hosts: do not use this device."
    ),
    FailureKind.JUMP_FAILED: FailureRule("tcp", "unreachable", 3, hint="Log in to the jump host by hand first."),
    FailureKind.JUMP_TARGET: FailureRule("tcp", "unreachable", 1, hint="Try the address from the jump host."),
    FailureKind.JUMP_FORBIDDEN: FailureRule("tcp", "unreachable", hint="Allow forwarding on the jump host."),
    FailureKind.CREDENTIAL_GONE: FailureRule(
        "login", "pending", hint="Sign in again, then run the open devices again."
    ),
    FailureKind.WRONG_DEVICE: FailureRule(
        "prepare",
        "failed",
        hint="Correct the inventory's address, or state the prompt's name as `prompt_name`.",
    ),
    FailureKind.AUTH_REJECTED: FailureRule(
        "login",
        "failed",
        counts_as_rejection=True,
        hint="Wrong password, or the account is locked. " + _NEVER_SENT_AGAIN,
    ),
    FailureKind.AUTH_TOO_MANY: FailureRule(
        "login",
        "failed",
        counts_as_rejection=True,
        hint="Name one key_file: the agent offers more keys than it allows.",
    ),
    FailureKind.AUTH_TIMEOUT: FailureRule(
        "login",
        "unreachable",
        hint="The AAA server may be down, or the device is very slow: raise timeouts.login_s.",
    ),
    FailureKind.CODE_NEEDED: FailureRule(
        "login",
        "failed",
        counts_as_rejection=True,
        hint="It asks for a code: answer in Monitor, or at the terminal of `run`, within timeouts.login_s.",
    ),
    FailureKind.PASSWORD_EXPIRED: FailureRule(
        "login",
        "failed",
        counts_as_rejection=True,
        hint="Log in by hand and set a new password. " + _NEVER_SENT_AGAIN,
    ),
    FailureKind.SHELL_REFUSED: FailureRule(
        "shell", "failed", 1, hint="Are all VTY lines taken, or may this user not open a terminal?"
    ),
    FailureKind.NO_PROMPT: FailureRule(
        "prepare", "failed", hint="Is the platform right? Its prompt pattern must match the last line shown."
    ),
    FailureKind.ENABLE_REJECTED: FailureRule(
        "enable",
        "failed",
        counts_as_rejection=True,
        hint="Wrong enable secret, or no right to it. " + _NEVER_SENT_AGAIN,
    ),
    FailureKind.COMMAND_REJECTED: FailureRule(
        "command",
        "failed",
        hint="Check the command's words for this platform and release, and the user's rights.",
    ),
    FailureKind.COMMAND_TIMEOUT: FailureRule(
        "command",
        "failed",
        hint="Raise its timeout_s, or timeouts.command_idle_s where it is long silent; or look at the device's load.",
    ),
    FailureKind.QUESTION: FailureRule(
        "command",
        "failed",
        hint="Paceline answers no question by itself: use the command's form that does not ask.",
    ),
    FailureKind.OUTPUT_CAP: FailureRule("command", "succeeded", hint="The file holds the whole output."),
    FailureKind.LOST: FailureRule(
        "command", "failed", 1, only_read_only=True, hint="The network or the device cut it."
    ),
    FailureKind.CLOSED: FailureRule(
        "command",
        "failed",
        1,
        only_read_only=True,
        hint="The device ended the session: an idle limit, or someone cleared it.",
    ),
    FailureKind.KEEPALIVE: FailureRule(
        "command",
        "failed",
        1,
        only_read_only=True,
        hint="The device stopped answering while nothing was in flight.",
    ),
    FailureKind.PROTOCOL: FailureRule("any", "failed", hint="The SSH conversation broke; the code above says where."),
    FailureKind.CANCELLED: FailureRule("any", "cancelled", hint="Run the open devices again when you are ready."),
    FailureKind.INTERNAL: FailureRule("any", "failed", hint="This is a bug in Paceline; the log has what to report."),
}


def rule(kind: FailureKind) -> FailureRule:
    """The row of `kind`."""
    return RULES[kind]


def retries_allowed(kind: FailureKind, *, is_read_only: bool) -> int:
    """How many further attempts `kind` allows, before the preset's own limit."""
    row = RULES[kind]
    return 0 if row.only_read_only and not is_read_only else row.retries
