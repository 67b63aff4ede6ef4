"""The table of a job's devices. Its rows live in the job's status; it paints only the cells that changed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.geometry import Region
from textual.strip import Strip

from paceline.ui.live import Changes, LiveJob
from paceline.ui.textual_internals import DetachedTable
from paceline.ui.widgets.device_order import DeviceFilter, DeviceOrder
from paceline.ui.widgets.device_rows import Cells, RowWriter, arrange_columns
from paceline.ui.widgets.drawn import segments_of
from paceline.ui.widgets.paint_budget import SLOW_BYTES_PER_S, PaintBudget

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

Painted = tuple[Cells, str]
"""What stands on a line of the terminal: the cells, and how: `cursor`, `now` or nothing."""


class DeviceTable(DetachedTable, inherit_bindings=False):
    """Every device of a job, a line each. What runs stands on top, then trouble, then the rest."""

    LIVES_ON: ClassVar[str] = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open", id="table.open"),
        Binding("up,k", "cursor_up", "Up", id="table.up", show=False),
        Binding("down,j", "cursor_down", "Down", id="table.down", show=False),
        Binding("pageup", "page_up", "Page up", id="table.page_up", show=False),
        Binding("pagedown", "page_down", "Page down", id="table.page_down", show=False),
        Binding("home,g,ctrl+home", "scroll_top", "First", id="table.first", show=False),
        Binding("end,G,ctrl+end", "scroll_bottom", "Last", id="table.last", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.dirty: set[str] = set()
        """Devices that changed since rows were last put in order."""
        self._order: DeviceOrder | None = None
        self._writer: RowWriter | None = None
        self._now = datetime.min.replace(tzinfo=UTC)
        self._on_top: Sequence[str] = ()
        self._cells: dict[str, Cells] = {}
        self._strips: dict[str, tuple[Painted, Strip]] = {}
        self._painted: dict[int, Painted] = {}
        self._styles: dict[str, Style] = {}
        self._is_anchored = False
        self._followed = ""
        self._budget = PaintBudget()
        self._first = 0
        """The line in view that paints first: when not all may, each has its turn."""

    # -- what it shows ----------------------------------------------------------------------------------

    def show_job(self, job: LiveJob, now: datetime) -> None:
        """Another job: everything anew, the cursor at the top."""
        app = cast("PacelineApp", self.app)
        self._now = now
        if app.surroundings.settings.ui.low_bandwidth:
            self._budget.bytes_per_s = SLOW_BYTES_PER_S
        self._order = DeviceOrder(job.status)
        self._writer = RowWriter(job.status, app.glyphs, app.palette)
        self._is_anchored, self._followed = False, ""
        self._order.rebuild()
        self._fit_columns()
        self._arrange()
        self.move_cursor(row=0)

    def expect(self, usual: Mapping[str, float]) -> None:
        """What history says that each device takes, in seconds."""
        if self._writer is not None:
            self._writer.usual = usual
            self._forget()

    @property
    def shown_by(self) -> DeviceFilter:
        """The filter in force."""
        return self._order.shown_by if self._order else DeviceFilter()

    def filter(self, shown_by: DeviceFilter) -> None:
        """Show other devices; the cursor stays on its device where that is still shown."""
        if self._order is not None and shown_by != self._order.shown_by:
            self._order.shown_by = shown_by
            self._order.rebuild()
            self._arrange()

    def sort_by(self, column: str) -> None:
        """Order by a column, or `trouble`; the same one again reverses it."""
        order = self._order
        if order is None:
            return
        order.is_reversed = not order.is_reversed if order.by == column else False
        order.by = column
        order.rebuild()
        self._arrange()

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The order's key, and whether it is reversed."""
        return (self._order.by, self._order.is_reversed) if self._order else ("trouble", False)

    @property
    def device(self) -> str | None:
        """The device under the cursor."""
        row = self.cursor_row
        return self.order[row] if 0 <= row < len(self.order) else None

    # -- one flush ------------------------------------------------------------------------------------------

    def take(self, changes: Changes, now: datetime, *, may_move: bool) -> None:
        """Paint what changed. Rows change places only when `may_move`: once a second, so that an eye can follow."""
        if self._order is None:
            return
        self._now = now
        self._budget.fill(asyncio.get_running_loop().time())
        if changes.everything:
            self._forget()
            self._order.rebuild()
            self._arrange()
            return
        self.dirty |= changes.devices
        for name in changes.devices:
            self._cells.pop(name, None)
        if may_move and self._budget.is_open:
            self._tick()
            moved = self._order.update(self.dirty)
            self.dirty = set()
            if moved or list(self._on_top) != self._order.on_top(self._most_on_top):
                self._arrange()
        self._paint(can_wait=True)

    def _tick(self) -> None:
        """Ages of what runs are other ones, once a second."""
        assert self._order is not None
        for name in self._order.status.in_flight:
            self._cells.pop(name, None)

    @property
    def _height(self) -> int:
        return max(0, self.size.height - self.header_height)

    @property
    def _most_on_top(self) -> int:
        # All of them, when they are all that is asked for.
        return 100_000 if self.shown_by.is_waiting_for else max(1, self._height // 3)

    def _arrange(self) -> None:
        """Put the rows in order, and the cursor onto its device."""
        assert self._order is not None
        self._on_top = top = self._order.on_top(self._most_on_top)
        names = self._order.names
        if top:
            above = set(top)
            names = [*top, *(name for name in names if name not in above)]
        row = self.cursor_row
        self.arrange_rows(names)
        if self._is_anchored and self._followed in self.position:
            row = self.position[self._followed]
        row = max(0, min(row, len(names) - 1))
        if row != self.cursor_row:
            self.set_cursor_quietly(row)
            self._scroll_cursor_into_view()
        if self.device is not None and self.device != self._followed:
            self._followed = self.device
            self._highlight_row(row)
        self._paint()

    def _paint(self, *, can_wait: bool = False) -> None:
        """Ask for a repaint of those cells in view that differ from what stands there.

        What can wait is left for a later flush once the budget is used up, so that a storm of changes stays cheap.
        """
        top, width, height, budget = self.scroll_offset.y, self.size.width, self._height, self._budget
        for turn in range(height):
            if can_wait and not budget.is_open:
                self._first = (self._first + turn) % height
                return
            y = (self._first + turn) % height
            old, new = self._painted.get(y), self._line(top + y)
            if old is None or old == new:
                # What was never painted, or forgotten, comes with the repaint of the whole widget.
                continue
            line = y + self.header_height
            if old[1] != new[1] or not old[0] or not new[0]:
                region = Region(0, line, width, 1)
            else:
                x, span = _difference(old[0], new[0])
                region = Region(x, line, span, 1)
            budget.spend(region.width)
            self.refresh(region)
            self._painted[y] = new

    def _line(self, row: int) -> Painted:
        if row >= len(self.order) or self._writer is None:
            return (), ""
        name = self.order[row]
        cells = self._cells.get(name)
        if cells is None:
            cells = self._cells[name] = self._writer.write(name, self._now)
        if row == self.cursor_row:
            return cells, "cursor"
        return cells, "now" if row < len(self._on_top) else ""

    # -- drawing ----------------------------------------------------------------------------------------------

    def render_row(self, row: int) -> Strip:
        """A line from its cells; kept until they change."""
        line = self._painted[row - self.scroll_offset.y] = self._line(row)
        cells, look = line
        if not cells:
            return Strip.blank(self.size.width, self._style("surface"))
        name = self.order[row]
        kept = self._strips.get(name)
        if kept is not None and kept[0] == line:
            return kept[1]
        if look == "cursor":
            cursor = self._style("cursor")
            strip = Strip([Segment("".join(text for text, _ in cells), cursor)])
        else:
            ground = self._style(look or "surface")
            strip = Strip(segments_of(cells, ground))
        strip = strip.adjust_cell_length(self.size.width, self._style(look or "surface"))
        self._strips[name] = (line, strip)
        return strip

    def _style(self, look: str) -> Style:
        """The widget's own ground, that of what runs, or the cursor's."""
        if look not in self._styles:
            if look == "surface":
                self._styles[look] = self.rich_style
            else:
                component = {"cursor": "datatable--cursor", "now": "datatable--even-row"}[look]
                self._styles[look] = self.get_component_rich_style(component)
        return self._styles[look]

    def _forget(self) -> None:
        for cache in (self._cells, self._strips, self._painted, self._styles):
            cache.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours are other ones: another theme, or the focus came or went."""
        super().notify_style_update()
        if getattr(self, "_strips", None) is not None:
            if self._writer is not None:
                self._writer.palette = cast("PacelineApp", self.app).palette
            self._forget()

    def _fit_columns(self) -> None:
        if self._writer is None or not self.size.width:
            return
        status = self._writer.status
        name = max((len(name) for name in status.devices), default=0)
        sets = status.spec.command_sets if status.spec is not None else ()
        command = max((len(command.command) for commands in sets for command in commands), default=0)
        self._writer.headings = arrange_columns(self.size.width, name, command)
        self.arrange_columns(self._writer.headings)
        self._forget()

    def on_resize(self, event: events.Resize) -> None:
        """Other widths, and another third for what runs."""
        self._fit_columns()
        if self._order is not None:
            self._arrange()

    # -- the cursor ---------------------------------------------------------------------------------------------

    def watch_cursor_coordinate(self, old_coordinate: Coordinate, new_coordinate: Coordinate) -> None:
        """The operator moved it: it stays on that device from now on, until it is sent home."""
        super().watch_cursor_coordinate(old_coordinate, new_coordinate)
        if old_coordinate.row != new_coordinate.row and self.device is not None:
            self._followed = self.device
            self._is_anchored = new_coordinate.row > 0

    def action_scroll_top(self) -> None:
        """The first row, and from now on whatever stands there."""
        super().action_scroll_top()
        self._is_anchored = False
        self.scroll_to(y=0, animate=False)


def _difference(old: Cells, new: Cells) -> tuple[int, int]:
    """The x and the width of the columns from the first to the last that differ."""
    x = start = end = 0
    for one, other in zip(old, new, strict=True):
        width = len(other[0])
        if one != other:
            end = x + width
        elif not end:
            start = x + width
        x += width
    return start, max(1, end - start)
