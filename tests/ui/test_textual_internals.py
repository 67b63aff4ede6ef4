"""The private parts of Textual that Paceline relies on are as they were, and do what they did."""

import hashlib
import inspect

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widgets import DataTable

from paceline.ui.textual_internals import RELIED_ON, DetachedTable, Heading

DIGESTS = {
    "_clear_caches": "01284b91a565",
    "_get_fixed_offset": "299a650f9e8e",
    "_get_row_region": "abb9e4c3b890",
    "_highlight_row": "e54b9f8578b8",
    "_on_click": "d46f17d288ea",
    "_on_mouse_move": "c13a359d2a76",
    "_post_selected_message": "2b2ec92ecf17",
    "_refresh_region": "6472aa906356",
    "_render_line": "a32c6991165c",
    "_scroll_cursor_into_view": "9e4419fb40c5",
    "_set_hover_cursor": "39cec18b5b5f",
    "_update_dimensions": "c62ef3216f7c",
    "coordinate_to_cell_key": "670e69e55ab1",
    "is_valid_row_index": "934a303e99fa",
    "render_line": "dfc24fd4f26a",
}
"""Of the sources in the release that `textual_internals` was written for. When one differs, read what changed there,
mend `textual_internals`, measure again, and put the new digest here."""


def digest(function: object) -> str:
    """A short hash of a function's source."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", RELIED_ON)
def test_what_is_relied_on_is_as_it_was(name: str) -> None:
    assert digest(getattr(DataTable, name)) == DIGESTS[name]


class Rows(DetachedTable):
    """Draws its names."""

    def render_row(self, row: int) -> Strip:
        return Strip([Segment(self.order[row] if row < len(self.order) else "")]).adjust_cell_length(self.size.width)


class TableApp(App[None]):
    """One table of names; notes its messages."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.said: list[tuple[str, str | None]] = []

    def compose(self) -> ComposeResult:
        yield Rows()

    def on_mount(self) -> None:
        table = self.query_one(Rows)
        table.arrange_columns([Heading("device", "device  ", 8), Heading("state", "state   ", 8)])
        table.arrange_rows([f"d{index}" for index in range(self.count)])
        table.focus()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.said.append(("highlighted", event.row_key.value))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.said.append(("selected", event.row_key.value))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        self.said.append(("header", event.column_key.value))


async def test_it_is_a_data_table_to_keys_and_messages() -> None:
    app = TableApp(10_000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(Rows)
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert app.said[-2:] == [("highlighted", "d2"), ("selected", "d2")]
        await pilot.press("pagedown")
        assert table.cursor_row == 21
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert (table.cursor_row, table.row_count, table.max_scroll_y) == (9_999, 10_000, 9_981)
        assert table.get_row_index("d77") == 77
        await pilot.press("ctrl+home")
        assert table.cursor_row == 0


async def test_the_mouse_finds_rows_and_headers() -> None:
    app = TableApp(100)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.click(Rows, offset=(3, 5))
        assert app.query_one(Rows).cursor_row == 4
        await pilot.click(Rows, offset=(3, 5))
        await pilot.click(Rows, offset=(10, 0))
        await pilot.pause()
        assert app.said[-2:] == [("selected", "d4"), ("header", "state")]
        app.query_one(Rows).arrange_rows(["d1"])
        await pilot.click(Rows, offset=(3, 9))
        assert app.query_one(Rows).cursor_row <= 4


async def test_a_table_without_rows_takes_every_key() -> None:
    app = TableApp(0)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.press("down", "up", "pagedown", "pageup", "enter", "ctrl+home", "ctrl+end")
        await pilot.pause()
        assert [said for said in app.said if said[0] == "selected"] == []
