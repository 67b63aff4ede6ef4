"""Frames as the terminal gets them: what pyte shows must be what was drawn, whatever was there before."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from paceline.ui.canvas import Canvas, Piece

WIDTH, HEIGHT = 24, 4
STYLES = [
    None, Style(color="red"), Style(bold=True, color="red", bgcolor="blue"), Style(bgcolor="#102030"),
    Style(color="#808080", bgcolor="#102030"), Style(reverse=True),
    Style(dim=True, underline=True, color="bright_blue"),
]  # fmt: skip
COLOURS = ColorSystem.EIGHT_BIT


def drawn_whole(lines: list[list[Segment]]) -> pyte.Screen:
    """The same picture drawn by Rich, each segment with its style and a reset."""
    text = "\r\n".join(
        "".join(s.text if s.style is None else s.style.render(s.text, color_system=COLOURS) for s in line)
        for line in lines
    )
    return shown(text)


def shown(data: str, screen: pyte.Screen | None = None) -> pyte.Screen:
    screen = screen or pyte.Screen(WIDTH, HEIGHT)
    screen.reset_mode(pyte.modes.DECAWM)
    pyte.Stream(screen).feed(data)
    return screen


def pieces(lines: list[list[Segment]]) -> list[Piece]:
    return [(y, 0, line) for y, line in enumerate(lines)]


signs = st.sampled_from("ab │━✓…")
segments = st.lists(st.tuples(st.text(signs, min_size=1, max_size=6), st.sampled_from(STYLES)), min_size=1, max_size=5)


def filled(parts: list[tuple[str, Style | None]]) -> list[Segment]:
    """One whole line."""
    line, left = [], WIDTH
    for text, style in parts:
        line.append(Segment(text[:left], style))
        left -= len(text[:left])
    return [*line, Segment(" " * left, parts[-1][1])]


pictures = st.lists(segments.map(filled), min_size=HEIGHT, max_size=HEIGHT)


@given(st.lists(pictures, min_size=1, max_size=4))
def test_the_terminal_shows_each_frame_after_any_other(frames: list[list[list[Segment]]]) -> None:
    canvas, screen = Canvas(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    for frame in frames:
        shown(canvas.draw(pieces(frame), COLOURS), screen)
        assert screen.buffer == drawn_whole(frame).buffer
        assert canvas.draw(pieces(frame), COLOURS) == ""


def test_a_number_that_ticks_costs_its_digits_alone() -> None:
    canvas, style = Canvas(WIDTH, HEIGHT), Style(color="red", bgcolor="blue")
    canvas.draw([(1, 0, [Segment("batch 5/13  03:12", style)])], COLOURS)
    assert canvas.draw([(1, 0, [Segment("batch 5/13  03:11", style)])], COLOURS) == "\x1b[2;17H\x1b[0;31;44m1\x1b[0m"


def test_only_the_colour_that_changes_is_told() -> None:
    red, green = Style(color="red", bgcolor="blue"), Style(color="green", bgcolor="blue")
    data = Canvas(WIDTH, HEIGHT).draw([(0, 0, [Segment("a", red), Segment("b", green)])], COLOURS)
    assert data == "\x1b[1;1H\x1b[0;31;44ma\x1b[32mb\x1b[0m"


@pytest.mark.parametrize("text", ["漢字", "e\u0301", "a漢b"])
def test_wide_and_combined_signs_are_written_whole_every_time(text: str) -> None:
    canvas = Canvas(WIDTH, HEIGHT)
    for _ in range(2):
        assert text in canvas.draw([(0, 3, [Segment(text), Segment("|")])], COLOURS)
    assert canvas.draw([(0, 12, [Segment("x")])], COLOURS) == "\x1b[1;13H\x1b[0mx"


def test_nothing_is_written_outside_the_terminal() -> None:
    canvas = Canvas(WIDTH, HEIGHT)
    assert canvas.draw([(HEIGHT, 0, [Segment("below")]), (0, WIDTH, [Segment("beside")])], COLOURS) == ""
    assert canvas.draw([(0, WIDTH - 2, [Segment("cut off")])], COLOURS).endswith("cu")
