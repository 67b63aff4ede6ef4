"""Which devices a table shows, and in which order: the filter, the column, and what runs on top."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.ui.reasons import TROUBLE, WORDS
from paceline.ui.widgets.device_rows import commands_done, current_command, rank

_FIELDS = ("state", "country", "reason")


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a device must be to be shown. All of it must hold; empty: every device."""

    text: str = ""
    """As typed: words that must occur in name, country, command or message; `state=`, `country=`, `reason=`."""
    states: frozenset[DeviceState] = frozenset()
    countries: frozenset[str] = frozenset()
    reasons: frozenset[FailureKind] = frozenset()
    words: tuple[str, ...] = ()
    country: str = ""
    """Chosen on the board of countries."""
    reason: FailureKind | None = None
    """Chosen among the reasons."""
    is_trouble: bool = False
    is_waiting_for: bool = False
    """Only what is waited for: what runs, and what was granted and waits for a cap."""

    def __bool__(self) -> bool:
        return self != DeviceFilter()

    def typed(self, text: str) -> "DeviceFilter":
        """The same with another text. Raises ValueError with a sentence when it is not understood."""
        found: dict[str, list[str]] = {name: [] for name in _FIELDS}
        words: list[str] = []
        for word in text.split():
            name, sign, value = word.partition("=")
            if not sign:
                words.append(word.casefold())
            elif name.casefold() in found:
                found[name.casefold()] += [part for part in value.casefold().split(",") if part]
            else:
                raise ValueError(f"{name}= is not known here; there are state=, country= and reason=")
        states = frozenset(state for value in found["state"] for state in _states(value))
        reasons = frozenset(kind for value in found["reason"] for kind in _reasons(value))
        countries = frozenset(value.upper() for value in found["country"])
        return replace(
            self, text=text, states=states, reasons=reasons, countries=countries, words=tuple(words)
        )  # fmt: skip

    def shows(self, device: DeviceStatus) -> bool:
        """Whether a device is shown."""
        state = device.state
        if self.is_trouble and state not in TROUBLE and device.outcome is None:
            return False
        if self.is_waiting_for and state not in (DeviceState.RUNNING, DeviceState.CONNECTING):
            return False
        if (self.country and device.country != self.country) or (
            self.countries and device.country not in self.countries
        ):
            return False
        if self.states and state not in self.states:
            return False
        if self.reason is not None and (device.failure is not self.reason or state is DeviceState.SUCCEEDED):
            return False
        if self.reasons and device.failure not in self.reasons:
            return False
        return not self.words or self._has_words(device)

    def _has_words(self, device: DeviceStatus) -> bool:
        found = current_command(device)
        text = f"{device.name} {device.country} {found[1].text if found else ''} {device.message}".casefold()
        return all(word in text for word in self.words)

    def sentence(self, dot: str) -> str:
        """What is shown, in words: `country BR · trouble only · deu`."""
        parts = [
            f"country {self.country}" if self.country else "",
            WORDS[self.reason] if self.reason is not None else "",
            "trouble only" if self.is_trouble else "",
            "waiting for" if self.is_waiting_for else "",
            self.text,
        ]
        return f" {dot} ".join(part for part in parts if part)


def _states(value: str) -> list[DeviceState]:
    """The states that begin so: a filter is narrowed while it is typed."""
    found = [state for state in DeviceState if state.value.startswith(value)]
    if not found:
        near = get_close_matches(value, [state.value for state in DeviceState], 1)
        raise ValueError(f"state={value} is no state" + (f"; did you mean {near[0]}?" if near else ""))
    return found


def _reasons(value: str) -> Iterable[FailureKind]:
    found = [kind for kind in FailureKind if value in (kind.value, kind.value.replace("_", "-"))]
    found = found or [kind for kind, words in WORDS.items() if value in words.replace(" ", "-") or value in kind.value]
    if not found:
        raise ValueError(f"reason={value} is no reason; type part of one, such as reason=login or reason=timeout")
    return found


ORDERS: dict[str, str] = {
    "trouble": "trouble first",
    "device": "device",
    "country": "country",
    "state": "state",
    "command": "command",
    "done": "commands done",
    "time": "time",
    "why": "why",
}
"""The orders by their key, which is the column's, and their names."""


@dataclass(slots=True)
class DeviceOrder:
    """Keeps the shown devices in order. `update` looks only at devices that changed; `rebuild` at all of them."""

    status: JobStatus
    shown_by: DeviceFilter = field(default_factory=DeviceFilter)
    by: str = "trouble"
    is_reversed: bool = False
    names: list[str] = field(default_factory=list)
    """The shown devices in order, without what runs on top."""
    _keys: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)

    def rebuild(self) -> None:
        """Filter and sort all devices."""
        devices = self.status.devices
        self._places = {name: place for place, name in enumerate(devices)}
        key, shows = self._key(), self.shown_by.shows
        is_all = not self.shown_by
        self._keys = {name: key(device) for name, device in devices.items() if is_all or shows(device)}
        self.names = sorted(self._keys, key=self._keys.__getitem__, reverse=self.is_reversed)

    def update(self, changed: Iterable[str]) -> bool:
        """Take up what changed; returns whether the order or the set is another one."""
        key, shows, keys = self._key(), self.shown_by.shows, self._keys
        is_other = False
        for name in changed:
            device = self.status.devices[name]
            new = key(device) if shows(device) else None
            if new == keys.get(name):
                continue
            is_other = True
            if new is None:
                del keys[name]
            else:
                keys[name] = new
        if is_other:
            known = [name for name in self.names if name in keys]
            if len(known) != len(keys):
                have = set(known)
                known += [name for name in keys if name not in have]
            # Nearly sorted already: the sort is a single pass over what did not move.
            self.names = sorted(known, key=keys.__getitem__, reverse=self.is_reversed)
        return is_other

    def on_top(self, most: int) -> list[str]:
        """What runs now, the oldest first, at most so many; none unless trouble comes first."""
        if self.by != "trouble" or self.is_reversed:
            return []
        keys = self._keys
        found: list[str] = []
        for name in self.status.in_flight:
            if len(found) >= most:
                break
            if name in keys:
                found.append(name)
        return found

    def _key(self) -> Callable[[DeviceStatus], tuple[object, ...]]:
        places = self._places
        match self.by:
            case "device":
                return lambda device: (device.name,)
            case "country":
                return lambda device: (device.country, places[device.name])
            case "state":
                return lambda device: (list(DeviceState).index(device.state), places[device.name])
            case "command":
                return lambda device: (_command(device), places[device.name])
            case "done":
                return lambda device: (commands_done(device), places[device.name])
            case "time":
                return lambda device: (*_time(device), places[device.name])
            case "why":
                return lambda device: (*_why(device), places[device.name])
        return lambda device: (rank(device), places[device.name])


def _command(device: DeviceStatus) -> str:
    found = current_command(device)
    return found[1].text if found else "~"


def _time(device: DeviceStatus) -> tuple[int, float]:
    """What runs, the latest begun first; then what ended, by its time; then what never began."""
    if device.attempt_at is None:
        return 2, 0.0
    if not device.state.is_final:
        return 0, -device.attempt_at.timestamp()
    return 1, device.elapsed_s(device.attempt_at) or 0.0


def _why(device: DeviceStatus) -> tuple[bool, str, str]:
    return device.failure is None, WORDS[device.failure] if device.failure else "", device.message
