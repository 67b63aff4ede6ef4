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


def changed_span(old: Line, new: Line) -> tuple[int, int] | None:
    """The cells from the first to the last difference of two lines as (x, width); None when they are alike."""
    if old == new:
        return None
    before = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        before += cell_len(one[0])
    after = 0
    for one, other in zip(reversed(old), reversed(new), strict=False):
        if one != other:
            break
        after += cell_len(one[0])
    width = max(width_of(old), width_of(new))
    # The same end counts only when it stands in the same place.
    after = after if width_of(old) == width_of(new) else 0
    return before, max(1, width - before - after)


class Drawn(Widget):
    """Shows `lines`; `draw` replaces them and repaints what differs."""

    class Resized(Message):
        """It has another size: whoever draws it draws it anew."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these lines, each fitted to the widget's width."""
        old, self._lines = self._lines, lines
        for y in range(max(len(old), len(lines))):
            if y >= len(old) or y >= len(lines):
                self.refresh(Region(0, y, self.size.width, 1))
            elif (span := changed_span(old[y], lines[y])) is not None:
                self.refresh(Region(span[0], y, span[1], 1))

    def on_resize(self) -> None:
        """Lines of another width are needed."""
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        """One of the lines; blank past the last."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        base = self.rich_style
        return Strip([Segment(text, base + style) for text, style in self._lines[y]]).adjust_cell_length(
            self.size.width, base
        )
