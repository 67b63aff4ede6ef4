"""All countries of a job in one widget: a column of cards, or a few lines; those in trouble first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from paceline.model.status import JobStatus
from paceline.model.tally import CountryStatus
from paceline.ui.widgets.country_cells import CountryWriter, in_order
from paceline.ui.widgets.drawn import Drawn, Line, fit_line

CELL, CARD_BELOW = 26, 60
"""Cells of one country where several share a line; the width below which each has a card of its own."""
MOST_LINES = 3
"""Lines that countries may take where they stand above the table."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How many countries stand beside each other, how high each is, and how many rows of them are seen."""

    across: int
    height: int
    rows: int

    @classmethod
    def fit(cls, width: int, height: int, count: int) -> "Grid":
        """The roomiest one for so many countries."""
        if width >= CARD_BELOW:
            return cls(max(1, width // CELL), 1, max(1, height))
        each = next((each for each in (4, 3, 2) if each * count <= height + (each == 4)), 1)
        return cls(1, each, max(1, -(-height // each) if each > 1 else height))


def lines_for(width: int, count: int) -> int:
    """The lines that countries take above a table."""
    return min(MOST_LINES, -(-count // max(1, width // CELL)))


class CountryBoard(Drawn, can_focus=True):
    """Arrows choose, enter shows only that country's devices, enter again all of them."""

    LIVES_ON: ClassVar[str] = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Only this country", id="countries.choose"),
        Binding("down,j", "move(1, 0)", "Down", id="countries.down", show=False),
        Binding("up,k", "move(-1, 0)", "Up", id="countries.up", show=False),
        Binding("right,l", "move(0, 1)", "Right", id="countries.right", show=False),
        Binding("left,h", "move(0, -1)", "Left", id="countries.left", show=False),
        Binding("home,g", "move_to(0)", "First", id="countries.first", show=False),
        Binding("end,G", "move_to(-1)", "Last", id="countries.last", show=False),
    ]

    class Chosen(Message):
        """A country's code, or nothing: all of them."""

        def __init__(self, code: str) -> None:
            super().__init__()
            self.code = code

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._countries: Mapping[str, CountryStatus] = {}
        self._order: list[str] = []
        self._writer: CountryWriter | None = None
        self._now = datetime.min.replace(tzinfo=UTC)
        self._cursor = ""
        self._chosen = ""
        self._top = 0

    def show(self, status: JobStatus, writer: CountryWriter, now: datetime, chosen: str) -> None:
        """Draw what changed."""
        self._countries, self._writer, self._now, self._chosen = status.countries, writer, now, chosen
        self._order = in_order(status.countries)
        self._draw()

    def _draw(self) -> None:
        if self._writer is None or not self.size.width:
            return
        grid, count = self._grid, len(self._order)
        if self._cursor not in self._countries:
            self._cursor = self._order[0] if self._order else ""
        rows = -(-count // grid.across)
        at = self._order.index(self._cursor) // grid.across if self._cursor else 0
        seen = grid.rows - (1 if rows > grid.rows and grid.rows > 1 else 0)
        self._top = max(0, min(self._top, rows - seen, at)) if self.has_focus else 0
        if self.has_focus and at >= self._top + seen:
            self._top = at - seen + 1
        lines: list[Line] = []
        for row in range(self._top, min(rows, self._top + seen)):
            lines += self._row(self._order[row * grid.across : (row + 1) * grid.across], grid)
        hidden = count - (self._top + seen) * grid.across
        if seen < grid.rows and hidden > 0:
            more = f" {hidden} more {'countries' if hidden > 1 else 'country'}"
            lines.append(fit_line([(more, self._writer.palette["muted"])], self.size.width))
        self.draw(lines[: self.size.height])

    def _row(self, codes: list[str], grid: Grid) -> list[Line]:
        assert self._writer is not None
        width = self.size.width // grid.across
        cells = [
            self._writer.write(self._countries[code], self._now, width, grid.height, self._mark(code))
            for code in codes
        ]  # fmt: skip
        return [
            fit_line([part for cell in cells for part in cell[y]], self.size.width) for y in range(grid.height)
        ]  # fmt: skip

    def _mark(self, code: str) -> str:
        if self.has_focus and code == self._cursor:
            return "cursor"
        return "chosen" if code == self._chosen else ""

    @property
    def _grid(self) -> Grid:
        return Grid.fit(self.size.width, self.size.height, len(self._order))

    def on_resize(self) -> None:
        """Another grid."""
        self._draw()

    def on_focus(self) -> None:
        """The cursor shows; it begins where the filter is."""
        self._cursor = self._chosen or self._cursor
        self._draw()

    def on_blur(self) -> None:
        """The cursor goes."""
        self._draw()

    def action_move(self, rows: int, columns: int) -> None:
        """To a neighbour; at an edge nowhere."""
        index = self._order.index(self._cursor) + rows * self._grid.across + columns if self._cursor else -1
        if 0 <= index < len(self._order):
            self.action_move_to(index)

    def action_move_to(self, index: int) -> None:
        """To a country by its place; -1 is the last."""
        if self._order:
            self._cursor = self._order[index]
            self._draw()

    def action_choose(self) -> None:
        """Only this country's devices, or all again."""
        if self._cursor:
            self.post_message(self.Chosen("" if self._cursor == self._chosen else self._cursor))

    def on_click(self, event: events.Click) -> None:
        """The country under the mouse."""
        grid = self._grid
        row = self._top + event.y // grid.height
        index = row * grid.across + event.x // (self.size.width // grid.across)
        if 0 <= index < len(self._order):
            self._cursor = self._order[index]
            self.action_choose()
