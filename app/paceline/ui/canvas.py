"""What the terminal shows now, cell by cell, so that a frame costs only the bytes that change something.

Textual writes a changed widget's lines whole, every segment with its style and a reset: over SSH that is several times
what changed.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment

_UNKNOWN = "\0"
"""A cell that may hold anything: one that was never drawn, or half of a wide sign."""
_RESET = "\x1b[0m"

_COLOUR = r"{0}8;5;\d+|{0}8;2;\d+;\d+;\d+|{0}[0-7]|{0}9|{1}[0-7]"
_LOOK = re.compile(
    rf"(?P<marks>(?:\d(?:;|$)|21(?:;|$))*)(?P<front>{_COLOUR.format(3, 9)})?;?(?P<back>{_COLOUR.format(4, 10)})?"
)

Piece = tuple[int, int, Iterable[Segment]]
"""Line, column, and what stands there from now on."""


class Canvas:
    """A terminal of this size, of which nothing is known yet."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._text = [_UNKNOWN * width] * height
        self._styles: list[list[str]] = [[""] * width for _ in range(height)]

    def draw(self, pieces: Iterable[Piece], colours: ColorSystem) -> str:
        """What brings the terminal from what it shows to this; empty when that is the same."""
        pen = _Pen()
        for line, column, segments in pieces:
            if line < self.size[1]:
                self._draw_piece(pen, line, column, segments, colours)
        return pen.finish()

    def _draw_piece(
        self, pen: "_Pen", line: int, column: int, segments: Iterable[Segment], colours: ColorSystem
    ) -> None:
        shown, styles, width = self._text[line], self._styles[line], self.size[0]
        for text, style, control in segments:
            if control or not text or column >= width:
                continue
            look = "" if style is None else _look(style.render("|", color_system=colours, legacy_windows=True))
            cells = len(text) if text.isascii() else cell_len(text)
            if cells != len(text):
                # Wide signs and combined ones: written whole, and again the next time.
                pen.write(line, column, look, text, cells)
                shown = shown[:column] + _UNKNOWN * cells + shown[column + cells :]
            else:
                text = text[: width - column]
                cells = len(text)
                begin, end = _changed(shown[column : column + cells], styles[column : column + cells], text, look)
                if begin < end:
                    pen.write(line, column + begin, look, text[begin:end], end - begin)
                    shown = shown[:column] + text + shown[column + cells :]
            styles[column : column + cells] = [look] * cells
            column += cells
        self._text[line] = shown[:width]
        del styles[width:]


class _Pen:
    """Where the terminal's cursor is and how it writes, as far as this frame has moved it."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        self._look: str | None = None

    def write(self, line: int, column: int, look: str, text: str, cells: int) -> None:
        """Text at a place; a move and a style only where they differ from the last ones."""
        if self._at != (line, column):
            if self._at is not None and self._at[0] == line and column > self._at[1]:
                self._out.append(f"\x1b[{column - self._at[1]}C")
            else:
                self._out.append(f"\x1b[{line + 1};{column + 1}H")
        if look != self._look:
            self._out.append(_change(self._look, look))
            self._look = look
        self._out.append(text)
        self._at = (line, column + cells)

    def finish(self) -> str:
        """All of it, with no style left on."""
        if self._look:
            self._out.append(_RESET)
        return "".join(self._out)


def _look(rendered: str) -> str:
    """The parameters of a style's escape sequence: `1;38;5;75` of `ESC[1;38;5;75m|ESC[0m`."""
    return rendered[2 : rendered.index("m")] if rendered.startswith("\x1b[") else ""


@lru_cache(maxsize=4_096)
def _change(old: str | None, new: str) -> str:
    """The shortest way from one style to the other; None: whatever is on."""
    if old is None or not new:
        return f"\x1b[0;{new}m" if new else _RESET
    (old_marks, old_front, old_back), (marks, front, back) = _parts(old), _parts(new)
    if old_marks != marks or (old_front and not front) or (old_back and not back):
        return f"\x1b[0;{new}m"
    return f"\x1b[{';'.join(part for part, was in ((front, old_front), (back, old_back)) if part != was)}m"


def _parts(look: str) -> tuple[str, str, str]:
    """Attributes, foreground and background of a style's parameters."""
    match = _LOOK.fullmatch(look)
    return (match["marks"] or "", match["front"] or "", match["back"] or "") if match else (look, "", "")


def _changed(shown: str, styles: Sequence[str], text: str, look: str) -> tuple[int, int]:
    """From where to where cells differ; an empty range when none does."""
    count = len(text)
    if shown == text and styles.count(look) == count:
        return 0, 0
    begin, end = 0, count
    while begin < end and shown[begin] == text[begin] and styles[begin] == look:
        begin += 1
    while end > begin and shown[end - 1] == text[end - 1] and styles[end - 1] == look:
        end -= 1
    return begin, end
