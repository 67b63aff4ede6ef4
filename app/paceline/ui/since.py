"""The words with which a job is opened again: what became of it since the operator left."""

from datetime import datetime

from paceline.model.states import DeviceState
from paceline.report.since import Held, Since
from paceline.ui.formats import clock
from paceline.ui.glyphs import Glyphs

MOST_HOLDS = 3
"""Times of standing still that are listed; the rest is counted."""
_ORDER = (
    DeviceState.SUCCEEDED, DeviceState.PARTIAL, DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.UNKNOWN,
    DeviceState.SKIPPED, DeviceState.CANCELLED,
)  # fmt: skip


def since_words(since: Since, glyphs: Glyphs, now: datetime) -> str:
    """`since you left 23:10: +412 ✓, 9 ✗, held 02:14–02:20`; empty when nothing happened."""
    if not since:
        return ""
    parts = [f"{count} {glyphs.states[state]}" for state in _ORDER if (count := since.count(state))]
    if parts:
        parts[0] = f"+{parts[0]}"
    parts += [_held(hold, glyphs, now) for hold in since.holds[:MOST_HOLDS]]
    if (more := len(since.holds) - MOST_HOLDS) > 0:
        parts.append(f"and {more} times more")
    if since.became is not None:
        parts.append(since.became.value.replace("_", " "))
    return f"since you left {clock(since.left_at, now)}: {', '.join(parts)}"


def _held(hold: Held, glyphs: Glyphs, now: datetime) -> str:
    if hold.until is None:
        return f"{hold.word} since {clock(hold.since, now)}"
    dash = "–" if glyphs.is_unicode else "-"
    return f"{hold.word} {clock(hold.since, now)}{dash}{clock(hold.until, now)}"
