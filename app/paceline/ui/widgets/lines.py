"""A text of any length: draws the lines in view and no others, and marks what was searched for."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

MOST_COLUMNS = 4_200
"""Columns that can be scrolled to; a stored line is never longer."""


class Lines(Protocol):
    """What is shown."""

    @property
    def count(self) -> int:
        """How many lines there are so far."""
        ...

    def draw(self, number: int) -> list[Segment] | None:
        """A line from 0; None while it is not at hand."""
        ...


class LineView(ScrollView, can_focus=True):
    """Scrolls over `Lines`. What it cannot draw yet it asks for with `LinesMissed`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "go(1)", "Down", id="text.down", show=False),
        Binding("up,k", "go(-1)", "Up", id="text.up", show=False),
        Binding("right", "shift(8)", "Right", id="text.right", show=False),
        Binding("left", "shift(-8)", "Left", id="text.left", show=False),
        Binding("pagedown,space", "page(1)", "Page down", id="text.page_down", show=False),
        Binding("pageup,b", "page(-1)", "Page up", id="text.page_up", show=False),
        Binding("home,g", "edge(False)", "Top", id="text.top", show=False),
        Binding("end,G", "edge(True)", "Bottom", id="text.bottom", show=False),
    ]

    class LinesMissed(Message):
        """Lines in view are not at hand."""

        def __init__(self, view: "LineView", first: int, last: int) -> None:
            super().__init__()
            self.view, self.first, self.last = view, first, last

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._lines: Lines | None = None
        self._count = 0
        self._widest = 0
        self._strips: LRUCache[int, Strip] = LRUCache(2_000)
        self._needle = ""
        self._match: int | None = None
        self.mark_style: Callable[[bool], Style] = lambda is_current: Style(reverse=True, bold=is_current)
        """How what was searched for is marked: on the line that was jumped to, and elsewhere."""

    # -- what it shows --------------------------------------------------------------------------------

    def show(self, lines: Lines | None, *, keep_place: bool = False) -> None:
        """Show another text, from its top unless the place is to be kept."""
        self._lines, self._widest = lines, 0
        self._match = None
        self.renew()
        if not keep_place:
            self.scroll_to(0, 0, animate=False)

    def renew(self) -> None:
        """Draw everything anew: other colours, another text."""
        self._strips.clear()
        self._count = self._lines.count if self._lines else 0
        self._measure()
        self.refresh()

    def grow(self, *, follow: bool = False) -> None:
        """More lines came; with `follow` the last one stays in view when it was."""
        count = self._lines.count if self._lines else 0
        before, at_end = self._count, self.scroll_offset.y >= self.max_scroll_y
        # The last line may have become longer.
        self._strips.discard(before - 1)
        if count == before:
            self.refresh_line(before - 1)
            return
        self._count = count
        self._measure()
        if follow and at_end:
            self.scroll_end(animate=False, immediate=True)
        self.refresh()

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return self.scroll_offset.y >= self.max_scroll_y

    def mark(self, needle: str, match: int | None) -> None:
        """Mark `needle` wherever it stands, and go to line `match`."""
        self._needle, self._match = needle, match
        if match is not None:
            self.go_to(match)
        self.refresh()

    def go_to(self, line: int) -> None:
        """Bring a line into view, a third from the top."""
        top = self.scroll_offset.y
        if not top <= line < top + self.size.height:
            self.scroll_to(y=max(0, line - self.size.height // 3), animate=False)

    @property
    def top(self) -> int:
        """The first line in view."""
        return self.scroll_offset.y

    # -- keys: without animation, which costs a repaint a step on a slow link ------------------------

    def action_go(self, lines: int) -> None:
        """So many lines down."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_shift(self, columns: int) -> None:
        """So many columns to the right."""
        self.scroll_to(x=self.scroll_offset.x + columns, animate=False)

    def action_page(self, pages: int) -> None:
        """So many pages down, one line kept in view."""
        self.scroll_to(y=self.scroll_offset.y + pages * max(1, self.size.height - 1), animate=False)

    def action_edge(self, is_end: bool) -> None:
        """To the first line or the last."""
        self.scroll_to(x=0, y=self.max_scroll_y if is_end else 0, animate=False)

    # -- drawing --------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, number = self.size.width, y + self.scroll_offset.y
        if self._lines is None or number >= self._count:
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(number)
        if strip is None:
            segments = self._lines.draw(number)
            if segments is None:
                self._miss(number)
                return Strip.blank(width, self.rich_style)
            strip = self._strips[number] = Strip(segments)
            self._widen(strip.cell_length)
        if self._needle:
            strip = self._marked(strip, number)
        left = self.scroll_offset.x
        return strip.crop_extend(left, left + width, self.rich_style).apply_style(self.rich_style)

    def notify_style_update(self) -> None:
        """Another theme: nothing that was drawn is right any more."""
        self._strips.clear()
        super().notify_style_update()

    def _marked(self, strip: Strip, number: int) -> Strip:
        text, needle = strip.text, self._needle
        hay = text.lower() if needle == needle.lower() else text
        style = self.mark_style(number == self._match)
        parts, at = [], 0
        found = hay.find(needle)
        while found >= 0:
            begin = cell_len(text[:found])
            end = begin + cell_len(text[found : found + len(needle)])
            parts += [strip.crop(at, begin), strip.crop(begin, end).apply_style(style)]
            at, found = end, hay.find(needle, found + len(needle))
        return Strip.join([*parts, strip.crop(at)]) if parts else strip

    def _miss(self, number: int) -> None:
        first = max(0, self.scroll_offset.y)
        last = min(self._count - 1, first + self.size.height)
        self.post_message(self.LinesMissed(self, min(first, number), max(last, number)))

    def _widen(self, cells: int) -> None:
        if cells > self._widest:
            self._widest = cells
            self.call_after_refresh(self._measure)

    def _measure(self) -> None:
        size = Size(min(self._widest, MOST_COLUMNS), self._count)
        if size != self.virtual_size:
            self.virtual_size = size
