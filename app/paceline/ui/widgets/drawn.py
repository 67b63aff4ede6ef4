"""A widget of lines that it draws itself, and of which it repaints only the part that changed."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from paceline.ui.formats import fit
from paceline.ui.widgets.paint_budget import PaintBudget

Part = tuple[str, Style]
"""Text without control sequences, and its style."""
Line = tuple[Part, ...]


def width_of(parts: Sequence[Part]) -> int:
    """The cells that parts take."""
    return sum(cell_len(text) for text, _ in parts)


def fit_line(parts: Sequence[Part], width: int, ellipsis: str = "…") -> Line:
    """Exactly `width` cells of a line: cut with an ellipsis, or padded."""
    fitted: list[Part] = []
    room = width
    for index, (text, style) in enumerate(parts):
        cells = cell_len(text)
        is_last_that_fits = cells == room and index < len(parts) - 1 and width_of(parts[index + 1 :])
        if cells > room or is_last_that_fits:
            # What is cut is marked, and the mark takes the place of what stood there.
            fitted.append((fit(text + " " * is_last_that_fits, room, ellipsis), style))
            return tuple(fitted)
        fitted.append((text, style))
        room -= cells
    if room > 0:
        fitted.append((" " * room, Style.null()))
    return tuple(part for part in fitted if part[0])


def spread(left: Sequence[Part], right: Sequence[Part], width: int, ellipsis: str = "…") -> Line:
    """`left` at the left, cut where `right` needs the room, and `right` at the right."""
    room = max(0, width - width_of(right))
    return (*fit_line(left, room, ellipsis), *right) if room else fit_line(right, width, ellipsis)


def changed_spans(old: Line, new: Line) -> list[tuple[int, int]]:
    """Where two lines differ, as (x, width) in cells; differences that stand close together are one."""
    if old == new:
        return []
    before, after = _by_cell(old), _by_cell(new)
    length = max(len(before), len(after))
    before += [_BLANK] * (length - len(before))
    after += [_BLANK] * (length - len(after))
    spans: list[tuple[int, int]] = []
    for x, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other:
            continue
        if spans and x - sum(spans[-1]) < APART:
            spans[-1] = (spans[-1][0], x + 1 - spans[-1][0])
        else:
            spans.append((x, 1))
    return spans


APART = 12
"""Cells between two differences from which on they are painted apart: moving the cursor costs about as many bytes."""
_BLANK: Part = (" ", Style.null())


def _by_cell(line: Line) -> list[Part]:
    cells: list[Part] = []
    for text, style in line:
        if text.isascii():
            cells += [(character, style) for character in text]
            continue
        for character in text:
            # A wide sign takes two cells; a combining one none, and changes the one before it.
            width = cell_len(character)
            cells += [(character, style)] * width
            if not width and cells:
                cells[-1] = (cells[-1][0] + character, style)
    return cells


def segments_of(line: Sequence[Part], base: Style) -> list[Segment]:
    """The line on a ground. A blank takes on the colour before it: each change of colour is bytes on the terminal."""
    segments: list[Segment] = []
    before = base
    for text, style in line:
        style = base + style
        if segments and (style == before or (text.isspace() and _is_ground(style, base) and _is_ground(before, base))):
            segments[-1] = Segment(segments[-1].text + text, before)
        else:
            segments.append(Segment(text, style))
            before = style
    return segments


def _is_ground(style: Style, base: Style) -> bool:
    """Whether a blank in `style` looks as one in `base`."""
    return style.bgcolor == base.bgcolor and not style.reverse and not style.underline


class Drawn(Widget):
    """Shows `lines`; `draw` replaces them and repaints what differs."""

    class Resized(Message):
        """Lines of another width are needed: whoever draws it draws it anew."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()
        self._base: Style | None = None
        self.budget = PaintBudget(bytes_per_s=1_000, burst=3_000, balance=3_000)
        """What it costs; whoever draws it asks whether that can wait."""

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these lines, each fitted to the widget's width."""
        old, self._lines = self._lines, lines
        for y in range(max(len(old), len(lines))):
            is_whole = y >= len(old) or y >= len(lines)
            spans = [(0, self.size.width)] if is_whole else changed_spans(old[y], lines[y])
            for x, width in spans:
                self.budget.spend(width)
                self.refresh(Region(x, y, width, 1))

    def on_resize(self) -> None:
        """Say so."""
        self.post_message(self.Resized())

    def notify_style_update(self) -> None:
        """Another ground. Lines of another theme's colours come from whoever draws them."""
        super().notify_style_update()
        self._base = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of the lines; blank past the last."""
        base = self._base = self._base or self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, base)
        return Strip(segments_of(self._lines[y], base)).adjust_cell_length(self.size.width, base)
