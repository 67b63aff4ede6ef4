"""What Paceline touches of Textual's private parts; `tests/ui/test_textual_internals.py` fails when these change.

**A DataTable whose rows stand in a plain list of names.** Textual 8.2 keeps rows in dictionaries, measures each through
Rich and repaints all of them when a cell changes (at 10,000 rows: a second to fill, 50 ms and 27 KB for a cell).
`DetachedTable` keeps cursor, keys, mouse, header, component classes and messages as they are, and takes the rows away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rich.style import Style
from rich.text import Text
from textual import events
from textual._two_way_dict import TwoWayDict
from textual.geometry import Region, Size
from textual.widgets import DataTable
from textual.widgets.data_table import Column, ColumnKey, Row, RowKey

RELIED_ON = (
    "_clear_caches",
    "_get_fixed_offset",
    "_get_row_region",
    "_highlight_row",
    "_on_click",
    "_on_mouse_move",
    "_post_selected_message",
    "_refresh_region",
    "_render_line",
    "_scroll_cursor_into_view",
    "_set_hover_cursor",
    "_update_dimensions",
    "coordinate_to_cell_key",
    "is_valid_row_index",
    "render_line",
)
"""Methods of DataTable that are overridden here, or that work only because of what they do inside."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its key, the text of its header (as wide as the column, padded by the caller), its width in cells."""

    key: str
    label: str
    width: int


class DetachedTable(DataTable[str]):
    """A DataTable over `order`, a list of names; each row is one line. A subclass draws them in `render_row`."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        self.order: Sequence[str] = []
        """Row to name."""
        self.position: dict[str, int] = {}
        """Name to row."""
        super().__init__(
            show_row_labels=False, cursor_type="row", cell_padding=0, name=name, id=id, classes=classes
        )  # fmt: skip
        self.rows = _Rows(self)
        self._row_locations = cast(Any, _Locations(self))
        self._data = cast(Any, self.rows)

    def arrange_rows(self, order: Sequence[str]) -> None:
        """Show these rows, in this order. The cursor is the caller's business, and so is what must be painted."""
        self.order = order
        self.position = {name: row for row, name in enumerate(order)}
        self._resize_content()

    def arrange_columns(self, headings: Iterable[Heading]) -> None:
        """Show these columns instead of those before."""
        columns = [
            Column(ColumnKey(heading.key), Text(heading.label, no_wrap=True, end=""), heading.width)
            for heading in headings
        ]
        self.columns = {column.key: column for column in columns}
        self._column_locations = TwoWayDict({column.key: index for index, column in enumerate(columns)})
        self._update_count += 1
        self._clear_caches()
        self._resize_content()
        self.refresh()

    def render_row(self, row: int) -> Any:
        """The Strip of a row; one past the last is asked for too."""
        raise NotImplementedError

    def set_cursor_quietly(self, row: int) -> None:
        """Put the cursor on a row without scrolling, painting or a message."""
        self.set_reactive(DataTable.cursor_coordinate, self.cursor_coordinate._replace(row=row))

    # -- instead of Textual's ---------------------------------------------------------------------------

    @property
    def row_count(self) -> int:
        """Rows shown."""
        return len(self.order)

    @property
    def ordered_rows(self) -> list[Row]:
        """One Row for all: they are all one line high."""
        return [_ROW] * len(self.order)

    @property
    def _y_offsets(self) -> list[tuple[RowKey, int]]:
        return []

    @property
    def _total_row_height(self) -> int:
        return len(self.order)

    def _get_row_region(self, row_index: int) -> Region:
        if not self.is_valid_row_index(row_index):
            return Region(0, 0, 0, 0)
        return Region(0, row_index + self.header_height, self.size.width, 1)

    def _highlight_row(self, row_index: int) -> None:
        # The parent's says that row -1 of an empty table is highlighted.
        if self.is_valid_row_index(row_index):
            super()._highlight_row(row_index)

    def _update_dimensions(self, new_rows: Iterable[RowKey]) -> None:
        self._resize_content()

    def _resize_content(self) -> None:
        width = sum(column.width for column in self.columns.values())
        self.virtual_size = Size(width, len(self.order) + self.header_height)

    def render_line(self, y: int) -> Any:
        """The header is the parent's; rows are drawn by `render_row`."""
        if y < self.header_height:
            return super().render_line(y)
        return self.render_row(y - self.header_height + self.scroll_offset.y)

    def _set_hover_cursor(self, active: bool) -> None:
        # The parent repaints the row under the mouse at every move; rows here do not follow the mouse.
        self._show_hover_cursor = active

    async def _on_click(self, event: events.Click) -> None:
        # The parent's handler, which follows this one, reads row and column from the style that was clicked on.
        self._say_where(event)

    def _on_mouse_move(self, event: events.MouseMove) -> None:
        self._say_where(event)

    def _say_where(self, event: events.MouseEvent) -> None:
        if event.y < self.header_height:
            return
        row = event.y - self.header_height + self.scroll_offset.y
        event.style = Style.from_meta({"row": row, "column": 0}) if row < len(self.order) else Style()


_ROW = Row(RowKey(), 1)


class _Rows(dict[RowKey, Row]):
    """`rows` and `_data`: as many as there are names."""

    def __init__(self, table: DetachedTable) -> None:
        super().__init__()
        self._table = table

    def __len__(self) -> int:
        return len(self._table.order)

    def __bool__(self) -> bool:
        return bool(self._table.order)

    def __contains__(self, key: object) -> bool:
        return _name(key) in self._table.position

    def __getitem__(self, key: RowKey) -> Row:
        if key not in self:
            raise KeyError(key)
        return _ROW


class _Locations(TwoWayDict[RowKey, int]):
    """`_row_locations`: key to row and back."""

    def __init__(self, table: DetachedTable) -> None:
        super().__init__({})
        self._table = table

    def get(self, key: RowKey) -> int | None:
        return self._table.position.get(_name(key))

    def get_key(self, value: int) -> RowKey | None:
        order = self._table.order
        return RowKey(order[value]) if 0 <= value < len(order) else None

    def contains_value(self, value: int) -> bool:
        return 0 <= value < len(self._table.order)

    def __len__(self) -> int:
        return len(self._table.order)

    def __contains__(self, item: object) -> bool:
        return _name(item) in self._table.position


def _name(key: object) -> str:
    return (key.value or "") if isinstance(key, RowKey) else str(key)
