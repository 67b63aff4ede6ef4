"""Harmless changes that simulated routers take in exec mode, so that a job which changes something can be tried."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked first, if anything, and what is printed when it is done."""

    asks: str = ""
    lines: tuple[str, ...] = ()


CHANGES = {
    "clear_quietly": Change(),
    "clear_counters": Change('Clear "show interface" counters on all interfaces [confirm]'),
    "clear_ospf": Change("Reset ALL OSPF processes? [no]: "),
    "write": Change(lines=("Building configuration...", "[OK]")),
}
"""Topic to what becomes of it."""
IOS_COMMANDS = (
    ("clear arp-cache", "clear_quietly"),
    ("clear ip bgp <word> soft", "clear_quietly"),
    ("clear counters", "clear_counters"),
    ("clear ip ospf process", "clear_ospf"),
    ("write memory", "write"),
)
XR_COMMANDS = (
    ("clear arp-cache location <word>", "clear_quietly"),
    ("clear ospf statistics", "clear_quietly"),
    ("clear counters all", "clear_counters"),
    ("clear ospf process", "clear_ospf"),
)
JUNOS_COMMANDS = (
    ("clear arp", "clear_quietly"),
    ("clear interfaces statistics all", "clear_quietly"),
    ("clear ospf statistics", "clear_quietly"),
)
