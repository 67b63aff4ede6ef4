"""What goes wrong in the simulated fleet, on which devices, and what that should look like to Paceline."""

from enum import StrEnum
from random import Random  # noqa: TID251 - the type of what is handed in

SHARE = 0.015
"""Devices that have one given fault, as a share of all; at least one each."""


class Fault(StrEnum):
    """One way in which a device misbehaves, in every session alike."""

    UNREACHABLE = "unreachable"
    """The port is closed."""
    SILENT = "silent"
    """TCP answers, SSH never greets."""
    LOGIN_REJECTED = "login_rejected"
    REFUSED_COMMAND = "refused_command"
    """The CPU command is not known."""
    HANGING_COMMAND = "hanging_command"
    """The table of interfaces never comes; an interrupt gives the prompt back."""
    CUT = "cut"
    """The session dies in the middle of the OSPF database or of the table of interfaces."""
    SLOW = "slow"
    """Everything takes its time."""
    UNKNOWN_KEY = "unknown_key"
    """The host key is not in known_hosts."""


NEEDS_TERMINAL = frozenset({Fault.REFUSED_COMMAND, Fault.HANGING_COMMAND, Fault.CUT})
"""Faults of a router's command line; exec-capable devices do not get them."""

REFUSED_TOPICS = frozenset({"cpu"})
HANGING_TOPICS = frozenset({"interfaces", "ip_interfaces"})
CUT_TOPICS = frozenset({"ospf_database", "interfaces", "ip_interfaces"})

SUCCEEDED = "succeeded"
_EXPECTED = {
    Fault.UNREACHABLE: "refused",
    Fault.SILENT: "no_banner",
    Fault.LOGIN_REJECTED: "auth_rejected",
    Fault.REFUSED_COMMAND: "command_rejected",
    Fault.HANGING_COMMAND: "command_timeout",
    Fault.CUT: "lost",
    Fault.SLOW: SUCCEEDED,
    Fault.UNKNOWN_KEY: "host_key_unknown",
}


def expected(fault: Fault | None) -> str:
    """What a job with the shipped presets should make of a device: `succeeded`, or the failure's kind."""
    return SUCCEEDED if fault is None else _EXPECTED[fault]


def deal(terminals: list[str], others: list[str], dice: Random) -> dict[str, Fault]:
    """Device name to fault: each fault on the same number of devices, at most a third of all devices touched.

    `terminals` are the names of devices with a command line, `others` of those without. The same names and dice
    give the same faults.
    """
    every = len(terminals) + len(others)
    each = max(1, round(every * SHARE))
    room = every // 3
    free_terminals = dice.sample(terminals, len(terminals))
    free_others = dice.sample(others, len(others))
    dealt: dict[str, Fault] = {}
    for _ in range(each):
        for fault in Fault:
            pool = free_terminals if free_terminals or fault in NEEDS_TERMINAL else free_others
            if pool and len(dealt) < room:
                dealt[pool.pop()] = fault
    return dealt
