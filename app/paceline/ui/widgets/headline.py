"""The headline of Monitor: five lines that answer how far, until when, what is wrong, and what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style

from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.text import printable
from paceline.ui.formats import bar, clock, zone
from paceline.ui.glyphs import Glyphs
from paceline.ui.reasons import TROUBLE, WORDS
from paceline.ui.theming import Palette
from paceline.ui.widgets.drawn import Line, Part, fit_line, spread, width_of
from paceline.ui.widgets.headline_text import (
    REVERSED,
    Outlook,
    end_of,
    failure_share,
    state_word,
    until_when,
    waits_for,
    where_it_stands,
)
from paceline.ui.widgets.pace_line import write_pace

_BOLD = Style(bold=True)
_WELL = (DeviceState.SUCCEEDED, DeviceState.RUNNING, DeviceState.CONNECTING, DeviceState.PENDING)
ROOMY = 100
"""Columns from which counts stand further apart."""
_LEFT_OUT = (DeviceState.SKIPPED, DeviceState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that the headline tells of."""

    ways_on: str = ""
    """The one that goes on from where the job stands, with what it does."""
    more: tuple[tuple[str, str], ...] = ()
    """Those that the footer has no room for, with their names; the first belongs to the reasons."""


@dataclass(frozen=True, slots=True)
class HeadlineWriter:
    """Writes the five lines for a width."""

    glyphs: Glyphs
    palette: Palette

    def write(
        self,
        status: JobStatus,
        reasons: Sequence[tuple[FailureKind, int]],
        outlook: Outlook,
        now: datetime,
        keys: Keys,
        width: int,
    ) -> list[Line]:
        """State and wait; bar and end; pace; counts; reasons."""
        return [
            self._state(status, now, keys.ways_on, width),
            self._progress(status, outlook, now, width),
            write_pace(status, now, self.palette, width),
            self._counts(status, width),
            self._why(reasons, keys, width),
        ]

    def _state(self, status: JobStatus, now: datetime, keys: str, width: int) -> Line:
        palette = self.palette
        state = palette.job(status.state) + _BOLD
        if status.state in REVERSED:
            state += Style(reverse=True)
        left: list[Part] = [
            (f" {printable(status.name)}", palette["foreground"] + _BOLD),
            ("  ", Style.null()),
            *([] if status.spec is None or status.spec.read_only else [("MAY CHANGE  ", palette["warning"] + _BOLD)]),
            (f" {state_word(status)} " if status.state in REVERSED else state_word(status), state),
            ("  ", Style.null()),
        ]
        waits = waits_for(status, now)
        if not status.state.is_final and status.state not in REVERSED:
            left.append((f"{where_it_stands(status)} {self.glyphs.dot} ", palette["foreground"]))
        # A gate's message may hold what a device said.
        left.append((printable(waits or end_of(status)), palette["foreground"]))
        right: list[Part] = [(f"  {keys}", palette["accent"] + _BOLD)] if keys else []
        right.append((f"  {clock(now)} {zone(now)} ", palette["muted"]))
        return spread(left, right, width, self.glyphs.ellipsis)

    def _progress(self, status: JobStatus, outlook: Outlook, now: datetime, width: int) -> Line:
        palette = self.palette
        when = until_when(status, outlook, now)
        right: list[Part] = [(f" {status.ended}/{status.total}", palette["foreground"] + _BOLD)]
        right.append((f"  {when} " if when else " ", palette["foreground"]))
        done, still = bar(status.ended, status.total, max(0, width - width_of(right) - 1), self.glyphs)
        token = "success" if status.state is JobState.FINISHED else "primary"
        return fit_line([(" ", Style.null()), (done, palette[token]), (still, palette["muted"]), *right], width)

    def _counts(self, status: JobStatus, width: int) -> Line:
        left_out = [state for state in _LEFT_OUT if status.counts.get(state, 0)]
        cells = 7 if width >= ROOMY else 6
        parts: list[Part] = [(" ", Style.null())]
        parts += [self._count(status, state, cells) for state in TROUBLE]
        parts.append(("  ", Style.null()))
        parts += [self._count(status, state, cells) for state in (*_WELL, *left_out)]
        share = [(f"  {failure_share(status)} ", self.palette["muted"])]
        return spread(parts, share if width_of(parts) + width_of(share) <= width else [], width, self.glyphs.ellipsis)

    def _count(self, status: JobStatus, state: DeviceState, cells: int) -> Part:
        count = status.counts.get(state, 0)
        style = self.palette.state(state) + _BOLD if count else self.palette["muted"]
        return f"{self.glyphs.states[state]} {count} ".ljust(cells), style

    def _why(self, reasons: Sequence[tuple[FailureKind, int]], keys: Keys, width: int) -> Line:
        palette = self.palette
        parts: list[Part] = [(" why   ", palette["muted"])]
        if not reasons:
            parts.append(("nothing is wrong", palette["muted"]))
        for kind, count in reasons:
            parts += [(f"{count} ", palette["error"] + _BOLD), (f"{WORDS[kind]}   ", palette["foreground"])]
        right: list[Part] = []
        for more in (keys.more, keys.more[:1]):
            hints = [((f"  {key}", palette["accent"] + _BOLD), (f" {what}", palette["muted"])) for key, what in more]
            right = [part for hint in hints for part in hint]
            if width_of(parts) + width_of(right) + 2 < width:
                break
        return spread(parts, [*right, (" ", Style.null())], width, self.glyphs.ellipsis)
