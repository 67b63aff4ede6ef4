"""Whether the device that answers is the one the inventory means."""

import ipaddress

from paceline.model.device import Device


def is_expected_name(device: Device, name_seen: str, prompt_host_max: int = 0) -> bool:
    """Compare the name in a prompt with what the inventory knows; case and domain do not count.

    Nothing seen proves nothing, and an entry that is named by its address says nothing about a name: both pass.
    """
    if not name_seen:
        return True
    if device.prompt_name:
        return _short(device.prompt_name, prompt_host_max) == _short(name_seen, prompt_host_max)
    if _is_address(device.name) and not device.sysname:
        return True
    known = {device.name, device.sysname, device.address}
    wanted = {_short(name, prompt_host_max) for name in known if name and not _is_address(name)}
    return _short(name_seen, prompt_host_max) in wanted


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _short(name: str, longest: int) -> str:
    """The name without its domain, in lower case, cut as the platform's prompt cuts it."""
    host = name.lower().split(".", 1)[0] if not _is_address(name) else name
    return host[:longest] if longest else host
