"""Old SSH algorithms by the settings' rules, on top of what the inventory says of a device."""

from collections.abc import Callable, Iterable

from paceline.model.device import Device
from paceline.model.selection import Selection
from paceline.model.settings import Settings


def with_legacy(devices: Iterable[Device], settings: Settings, parse: Callable[[str], Selection]) -> list[Device]:
    """The devices, each with the words of every rule that matches it. Raises what `parse` raises."""
    rules = [(parse(rule.where), rule.allow) for rule in settings.legacy]
    return [_with_words(device, [word for where, allow in rules if where.matches(device) for word in allow])
            for device in devices]  # fmt: skip


def _with_words(device: Device, words: list[str]) -> Device:
    whole = tuple(dict.fromkeys((*device.legacy, *words)))
    return device if whole == device.legacy else device.model_copy(update={"legacy": whole})
