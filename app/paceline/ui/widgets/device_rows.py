"""What a row of the device table says: its columns, their widths, the cells of one device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style

from paceline.model.holds import jump_trouble
from paceline.model.states import CommandState, DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import CommandStatus, DeviceStatus
from paceline.model.time import as_duration
from paceline.ui.formats import clock, fit
from paceline.ui.glyphs import Glyphs
from paceline.ui.reasons import WORDS
from paceline.ui.textual_internals import Heading
from paceline.ui.theming import Palette

Cell = tuple[str, Style]
Cells = tuple[Cell, ...]
"""One per column, each exactly as wide as its column."""

NUMBERS = frozenset({"done", "time"})
"""Columns whose text stands at the right."""
LATE = 3
"""Times what is usual from which on an age is shown as a warning."""

_RAN = frozenset(
    {CommandState.SUCCEEDED, CommandState.REJECTED, CommandState.TIMED_OUT, CommandState.LOST}
)  # fmt: skip


def arrange_columns(width: int, longest_name: int, longest_command: int) -> tuple[Heading, ...]:
    """The columns of a table `width` cells wide; device, command and why share what the others leave."""
    is_narrow = width < 100
    country = ("cc", 3) if is_narrow else ("country", 8)
    fixed = {"glyph": ("", 3), "country": country, "state": ("state", 12), "done": ("done", 6), "time": ("time", 8)}
    device = max(8, min(longest_name + 1, 16 if is_narrow else 28))
    left = max(0, width - device - sum(cells for _, cells in fixed.values()))
    command = min(max(longest_command + 2, 12), left // 2)
    fixed |= {"device": ("device", device), "command": ("command", command), "why": ("why", left - command)}
    order = ("glyph", "device", "country", "state", "command", "done", "time", "why")
    return tuple(_heading(key, *fixed[key]) for key in order)


def _heading(key: str, label: str, width: int) -> Heading:
    return Heading(key, f"{label:>{width - 2}}  " if key in NUMBERS else fit(label, width, ""), width)


def current_command(device: DeviceStatus) -> tuple[int, CommandStatus] | None:
    """The command that runs, else the last one that was sent, with its index from 1."""
    last: tuple[int, CommandStatus] | None = None
    for index, command in enumerate(device.commands or (), 1):
        if command.state is CommandState.RUNNING:
            return index, command
        if command.sent_at is not None:
            last = index, command
    return last


def commands_done(device: DeviceStatus) -> int:
    """Commands of the latest attempt that ran to an end, good or bad."""
    return sum(command.state in _RAN for command in device.commands or ())


@dataclass(slots=True)
class RowWriter:
    """Writes the cells of a device. `usual` is what history expects of a device, in seconds; empty without history."""

    status: JobStatus
    glyphs: Glyphs
    palette: Palette
    headings: tuple[Heading, ...] = ()
    usual: Mapping[str, float] | None = None

    def write(self, name: str, now: datetime) -> Cells:
        """The cells of a device as it stands."""
        device = self.status.devices[name]
        palette = self.palette
        state = palette.state(device.state)
        is_quiet = device.state in (DeviceState.PENDING, DeviceState.SKIPPED, DeviceState.CANCELLED)
        plain = palette["muted" if is_quiet else "foreground"]
        why, why_style = self.why(device, now)
        texts: dict[str, Cell] = {
            "glyph": (f" {self.glyphs.states[device.state]}", state),
            "device": (name, plain),
            "country": (device.country, plain),
            "state": (device.state.value, state),
            "command": self._command(device, plain),
            "done": (f"{commands_done(device)}/{self.status.commands_of(name)}", plain),
            "time": (self._time(device, now), plain),
            "why": (why, why_style),
        }
        ellipsis = self.glyphs.ellipsis
        return tuple(
            (
                f"{texts[heading.key][0]:>{heading.width - 2}}  "
                if heading.key in NUMBERS
                else fit(texts[heading.key][0], heading.width - 1, ellipsis) + " "
                if heading.width
                else "",
                texts[heading.key][1],
            )
            for heading in self.headings
        )

    def _command(self, device: DeviceStatus, style: Style) -> Cell:
        found = current_command(device)
        if found is not None:
            return found[1].text, style
        doing = {"connecting": "connecting", "login": "logging in", "code": "waits for a code", "ready": "ready"}.get(
            device.phase, self.glyphs.dash
        )
        return doing, self.palette["muted"]

    def _time(self, device: DeviceStatus, now: datetime) -> str:
        seconds = device.elapsed_s(now)
        if seconds is None or device.state is DeviceState.PENDING:
            return ""
        if device.state.is_final:
            return as_duration(seconds)
        # Tenths that tick cost a repaint each and tell nothing.
        return as_duration(int(seconds)) if seconds >= 10 else f"{max(0, int(seconds))}s"

    def why(self, device: DeviceStatus, now: datetime) -> Cell:
        """What is wrong, what it waits for, or what is usual."""
        palette = self.palette
        if device.state in (DeviceState.CONNECTING, DeviceState.RUNNING):
            usual_s = (self.usual or {}).get(device.name)
            legacy = f"legacy {', '.join(device.legacy)}" if device.legacy else ""
            if usual_s is None:
                return legacy, palette["muted"]
            is_late = (device.elapsed_s(now) or 0) > LATE * usual_s
            told = f"usual {as_duration(usual_s)}" + (f", {legacy}" if legacy else "")
            return told, palette["warning" if is_late else "muted"]
        trouble = jump_trouble(self.status, device)
        if trouble is not None and trouble.retry_at is not None:
            return f"again {clock(trouble.retry_at, now)}: {trouble.message}", palette["muted"]
        if device.state is DeviceState.PENDING and device.retry_at is not None:
            return f"again {clock(device.retry_at, now)}: {self._reason(device, 14)}", palette["muted"]
        if not device.message and device.failure is None:
            return self._marks(device), palette["muted"]
        is_quiet = device.state in (DeviceState.SKIPPED, DeviceState.CANCELLED, DeviceState.PENDING)
        return self._reason(device), palette["muted" if is_quiet else "foreground"]

    def _reason(self, device: DeviceStatus, taken: int = 0) -> str:
        """The whole message where it fits; else it follows the two or three words for its kind."""
        room = next((heading.width for heading in self.headings if heading.key == "why"), 0) - taken
        words = WORDS[device.failure] if device.failure is not None else ""
        if not device.message or not words or len(device.message) < room:
            return device.message or words
        return f"{words}: {device.message}"

    def _marks(self, device: DeviceStatus) -> str:
        spec = self.status.spec
        if spec is None:
            return ""
        if device.name_seen and device.name_seen != device.name and device.state.is_final:
            return f"calls itself {device.name_seen}"
        return device.legacy_words(spec.targets_by_name[device.name].device.legacy)


Key = Callable[[DeviceStatus], tuple[object, ...]]

_RANKS = {
    DeviceState.FAILED: 0,
    DeviceState.UNREACHABLE: 1,
    DeviceState.PARTIAL: 2,
    DeviceState.UNKNOWN: 3,
    DeviceState.RUNNING: 4,
    DeviceState.CONNECTING: 5,
    DeviceState.PENDING: 7,
    DeviceState.SUCCEEDED: 8,
    DeviceState.SKIPPED: 9,
    DeviceState.CANCELLED: 9,
}


def rank(device: DeviceStatus) -> int:
    """Trouble first: what is wrong, what runs, what waits to be tried again, what is open, what is well."""
    if device.state is DeviceState.PENDING and device.outcome is not None:
        return 6
    return _RANKS[device.state]
