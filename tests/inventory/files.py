"""Helpers of the inventory tests: write a file, load it, look at what came of it."""

from pathlib import Path

from paceline.inventory.load import load
from paceline.inventory.result import Inventory
from paceline.model.device import Device

PLATFORMS = ("cisco_ios", "cisco_xr", "juniper_junos", "frr")
ALIASES = {"ios": "cisco_ios", "iosxr": "cisco_xr", "cisco.iosxr.iosxr": "cisco_xr", "junos": "juniper_junos"}


def read(folder: Path, content: str | bytes, name: str = "fleet.csv") -> Inventory:
    """Write `content` to a private file of this name, and load it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return load(path, aliases=ALIASES, known_platforms=PLATFORMS)


def only(inventory: Inventory) -> Device:
    """The one device of an inventory that has one."""
    (device,) = inventory.devices
    return device


def reasons(inventory: Inventory) -> list[str]:
    """The problems as sentences, without the usual note on missing platforms."""
    return [str(problem) for problem in inventory.problems if "no platform" not in problem.reason]
