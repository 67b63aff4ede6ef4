"""A table whose rows live with its owner: draws the lines in view and no others; cursor, header, columns that fit."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from paceline.model.text import printable
from paceline.ui.formats import fit

R = TypeVar("R")
Part = tuple[str, Style | None]
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. Of those without a width each takes an equal share of what is left."""

    title: str
    draw: Callable[[R], str | Sequence[Part]]
    width: int = 0
    is_number: bool = False
    """Set to the right."""
    from_width: int = 0
    """Columns of the table from which it is there."""
    below_width: int = 100_000
    """And from which it is not."""


class RowList(ScrollView, Generic[R], can_focus=True):
    """Rows of `R`. Drawing a row calls its columns' `draw`, once until `show` or `renew`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", id="rows.down", show=False),
        Binding("up,k", "move(-1)", "Up", id="rows.up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="rows.page_down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="rows.page_up", show=False),
        Binding("home,g", "edge(False)", "First", id="rows.first", show=False),
        Binding("end,G", "edge(True)", "Last", id="rows.last", show=False),
        Binding("enter", "select", "Open", id="rows.select", key_display="enter"),
    ]

    class RowHighlighted(Message):
        """The cursor is on another row; `row` is its number."""

        def __init__(self, rows: "RowList[Any]", row: int) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> "RowList[Any]":
            """For `@on` with a selector."""
            return self.rows

    class RowSelected(RowHighlighted):
        """Enter, or a click on the row the cursor is on."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        key: Callable[[R], Hashable],
        *,
        title_style: Callable[[], Style],
        ellipsis: Callable[[], str],
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own word
    ) -> None:
        super().__init__(id=id)
        self._columns, self._key, self._empty = tuple(columns), key, empty
        self._title_style, self._ellipsis = title_style, ellipsis
        self._rows: Sequence[R] = ()
        self._cursor = 0
        self._drawn: dict[int, Strip] = {}
        self._drawn_width = -1

    # -- rows and cursor ------------------------------------------------------------------------------

    def show(self, rows: Sequence[R], *, empty: str | None = None) -> None:
        """Show these rows; the cursor stays on its row where it is still there. `empty`: said when there are none."""
        here = self._key(self._rows[self._cursor]) if self._rows else None
        self._rows = rows
        self._empty = self._empty if empty is None else empty
        places = (number for number, row in enumerate(rows) if self._key(row) == here)
        self._cursor = next(places, min(self._cursor, max(0, len(rows) - 1)))
        self.virtual_size = Size(0, len(rows) + 1)
        self.renew()
        self._reveal()

    def renew(self, row: int | None = None) -> None:
        """Draw one row, or all of them, anew."""
        if row is None:
            self._drawn.clear()
            self.refresh()
        else:
            self._drawn.pop(row, None)
            self._refresh_row(row)

    @property
    def rows(self) -> Sequence[R]:
        """What it shows."""
        return self._rows

    @property
    def cursor(self) -> int:
        """The number of the row the cursor is on, from 0."""
        return self._cursor

    @property
    def current(self) -> R | None:
        """The row the cursor is on; None when there are none."""
        return self._rows[self._cursor] if self._rows else None

    def move_to(self, row: int) -> None:
        """Put the cursor on a row."""
        row = max(0, min(row, len(self._rows) - 1))
        if row != self._cursor and self._rows:
            before, self._cursor = self._cursor, row
            self._refresh_row(before)
            self._refresh_row(row)
            self.post_message(self.RowHighlighted(self, row))
        self._reveal()

    def action_move(self, rows: int) -> None:
        """So many rows down."""
        self.move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """So many pages down."""
        self.move_to(self._cursor + pages * max(1, self.size.height - 2))

    def action_edge(self, is_end: bool) -> None:
        """To the first or the last row."""
        self.move_to(len(self._rows) - 1 if is_end else 0)

    def action_select(self) -> None:
        """Open the row the cursor is on."""
        if self._rows:
            self.post_message(self.RowSelected(self, self._cursor))

    def on_click(self, event: events.Click) -> None:
        """The cursor goes there; once more opens it."""
        row = event.y + self.scroll_offset.y - 1
        if event.y < 1 or not 0 <= row < len(self._rows):
            return
        if row == self._cursor:
            self.action_select()
        self.move_to(row)

    # -- drawing --------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The header on the first line, rows under it."""
        width = self.size.width
        if width != self._drawn_width:
            self._drawn, self._drawn_width = {}, width
        base = self.rich_style
        number = y + self.scroll_offset.y - 1
        if y == 0:
            return self._header(width).apply_style(base)
        if not self._rows and y == 1:
            return Strip([Segment(fit(" " + self._empty, width), self._title_style())]).apply_style(base)
        if number >= len(self._rows):
            return Strip.blank(width, base)
        strip = self._drawn.get(number)
        if strip is None:
            strip = self._drawn[number] = self._row(self._rows[number], width)
        if number == self._cursor:
            # Reversed colours of states would make a patchwork: signs and words tell them here.
            strip = Strip([Segment(strip.text, Style(reverse=True, bold=self.has_focus))])
        return strip.apply_style(base)

    def notify_style_update(self) -> None:
        """Another theme: nothing that was drawn is right any more."""
        self._drawn.clear()
        super().notify_style_update()

    def _fitting(self, width: int) -> list[tuple[Column[R], int]]:
        columns = [column for column in self._columns if column.from_width <= width < column.below_width]
        fixed = sum(column.width for column in columns) + len(GAP) * (len(columns) - 1) + 2
        open_columns = sum(not column.width for column in columns)
        share = max(4, (width - fixed) // open_columns) if open_columns else 0
        return [(column, column.width or share) for column in columns]

    def _header(self, width: int) -> Strip:
        style = self._title_style()
        titles = (
            fit(column.title, cells).rstrip().rjust(cells) if column.is_number else fit(column.title, cells)
            for column, cells in self._fitting(width)
        )
        return Strip([Segment(fit(" " + GAP.join(titles), width), style)])

    def _row(self, row: R, width: int) -> Strip:
        segments = [Segment(" ")]
        for column, cells in self._fitting(width):
            drawn = column.draw(row)
            parts = [(drawn, None)] if isinstance(drawn, str) else drawn
            segments += self._cell(parts, cells, is_number=column.is_number)
            segments.append(Segment(GAP))
        return Strip(segments).adjust_cell_length(width)

    def _cell(self, parts: Sequence[Part], width: int, *, is_number: bool) -> list[Segment]:
        segments, left = [], width
        for raw, style in parts:
            text = printable(raw)
            cells = min(left, cell_len(text))
            segments.append(Segment(fit(text, cells, self._ellipsis()), style))
            left -= cells
        blank = Segment(" " * left)
        return [blank, *segments] if is_number else [*segments, blank]

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row + 1 - self.scroll_offset.y, self.size.width, 1))

    def _reveal(self) -> None:
        """Scroll so that the cursor's row is in view, under the header."""
        top, room = self.scroll_offset.y, max(1, self.size.height - 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + room:
            self.scroll_to(y=self._cursor - room + 1, animate=False)
