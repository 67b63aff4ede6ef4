"""The signs of states and bars, in two sets: Unicode, and ASCII for terminals whose encoding has no others."""

import codecs
import locale
from dataclasses import dataclass
from typing import Literal

from paceline.model.states import CommandState, DeviceState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set. Every sign is one cell wide."""

    is_unicode: bool
    states: dict[DeviceState, str]
    commands: dict[CommandState, str]
    bar_done: str
    bar_open: str
    spark: str
    """Eight or so heights, lowest first."""
    ticked: str
    unticked: str
    half_ticked: str
    closed: str
    """A branch that can be opened."""
    opened: str
    dash: str
    ellipsis: str
    dot: str
    """Between parts of a line."""
    arrow: str


UNICODE = Glyphs(
    is_unicode=True,
    states={
        DeviceState.PENDING: "·",
        DeviceState.CONNECTING: "◌",
        DeviceState.RUNNING: "▶",
        DeviceState.SUCCEEDED: "✓",
        DeviceState.PARTIAL: "◐",
        DeviceState.FAILED: "✗",
        DeviceState.UNREACHABLE: "⊘",
        DeviceState.SKIPPED: "–",
        DeviceState.CANCELLED: "◼",
        DeviceState.UNKNOWN: "?",
    },
    commands={
        CommandState.PENDING: "·",
        CommandState.RUNNING: "▶",
        CommandState.SUCCEEDED: "✓",
        CommandState.REJECTED: "✗",
        CommandState.TIMED_OUT: "✗",
        CommandState.LOST: "✗",
        CommandState.SKIPPED: "–",
        CommandState.CANCELLED: "◼",
    },
    bar_done="━",
    bar_open="─",
    spark="▁▂▃▄▅▆▇█",
    ticked="■",
    unticked=" ",
    half_ticked="◪",
    closed="▸",
    opened="▾",
    dash="–",
    ellipsis="…",
    dot="·",
    arrow="→",
)

ASCII = Glyphs(
    is_unicode=False,
    states={
        DeviceState.PENDING: ".",
        DeviceState.CONNECTING: "o",
        DeviceState.RUNNING: ">",
        DeviceState.SUCCEEDED: "+",
        DeviceState.PARTIAL: "%",
        DeviceState.FAILED: "x",
        DeviceState.UNREACHABLE: "!",
        DeviceState.SKIPPED: "-",
        DeviceState.CANCELLED: "#",
        DeviceState.UNKNOWN: "?",
    },
    commands={
        CommandState.PENDING: ".",
        CommandState.RUNNING: ">",
        CommandState.SUCCEEDED: "+",
        CommandState.REJECTED: "x",
        CommandState.TIMED_OUT: "x",
        CommandState.LOST: "x",
        CommandState.SKIPPED: "-",
        CommandState.CANCELLED: "#",
    },
    bar_done="=",
    bar_open="-",
    spark="_.-:=+*#",
    ticked="x",
    unticked=" ",
    half_ticked="-",
    closed=">",
    opened="v",
    dash="-",
    ellipsis="~",
    dot="-",
    arrow="->",
)


def choose_glyphs(wanted: Literal["auto", "unicode", "ascii"], encoding: str | None = None) -> Glyphs:
    """The set that settings ask for; `auto` is Unicode where the locale's encoding is a Unicode one.

    It is the locale that counts, not Python's UTF-8 mode, which `LC_ALL=C` switches on.
    """
    if wanted == "auto":
        try:
            name = codecs.lookup(encoding or locale.getencoding()).name
        except LookupError:
            name = "ascii"
        return UNICODE if name.startswith("utf") else ASCII
    return UNICODE if wanted == "unicode" else ASCII
