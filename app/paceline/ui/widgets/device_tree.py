"""The devices of an inventory by country, with ticks: one widget that draws only the lines in view."""

from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from paceline.launch.ticks import Ticks
from paceline.model.device import UNKNOWN_COUNTRY, Device
from paceline.ui.formats import fit
from paceline.ui.widgets.tree_rows import Row, TreeRows

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


class DeviceTree(ScrollView, can_focus=True):
    """Countries with counts, devices below them. It changes the ticks it was given and says so."""

    LIVES_ON: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Select", id="configure.tick"),
        Binding("a", "tick_visible", "All", id="configure.all"),
        Binding("n", "untick", "None", id="configure.none"),
        Binding("down,j", "move(1)", "Down", id="configure.down", show=False),
        Binding("up,k", "move(-1)", "Up", id="configure.up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="configure.page_down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="configure.page_up", show=False),
        Binding("home,g", "edge(False)", "First", id="configure.first", show=False),
        Binding("end,G", "edge(True)", "Last", id="configure.last", show=False),
        Binding("right,l", "unfold(True)", "Open", id="configure.unfold", show=False),
        Binding("left,h", "unfold(False)", "Close", id="configure.fold", show=False),
        Binding("enter", "fold_or_tick", "Open or close", id="configure.enter", show=False),
        Binding("asterisk", "unfold_all", "Open or close all", id="configure.unfold_all", show=False),
    ]

    class TicksChanged(Message):
        """Other devices are ticked now."""

    class ClearAsked(Message):
        """The operator wants nothing ticked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.rows = TreeRows()
        self.ticks = Ticks(())
        self.names: dict[str, str] = {}
        """Countries' names by code; empty until they are known."""
        self.filter_text = ""
        self.cursor = 0
        self._widths = (0, 0)
        self._instead = "reading the inventory"

    @property
    def paceline(self) -> "PacelineApp":
        """The application, by its own type."""
        return cast("PacelineApp", self.app)

    # -- what it shows --------------------------------------------------------------------------------

    def show(self, ticks: Ticks) -> None:
        """Show other devices, all countries closed."""
        self.ticks, self.rows = ticks, TreeRows(ticks.devices)
        self._instead = "no device matches the filter" if ticks.devices else "no inventory yet: i opens one"
        self.filter_text = ""
        devices = ticks.devices
        self._widths = (
            max((len(device.name) for device in devices), default=0),
            max((len(device.address) for device in devices), default=0),
        )
        self.cursor = 0
        self.scroll_home(animate=False)
        self._rows_changed()

    def narrow(self, names: frozenset[str] | None, text: str) -> None:
        """Show only these devices; `text` is what chose them."""
        row = self.rows.rows[self.cursor] if len(self.rows) else None
        self.filter_text = text if names is not None else ""
        self.rows.narrow(names)
        place = self.rows.place_of(row) if row is not None else None
        self.cursor = place or 0
        self._rows_changed()

    @property
    def hidden_ticked(self) -> list[str]:
        """Ticked devices that the filter hides, in the inventory's order."""
        visible = self.rows.visible
        if visible is None:
            return []
        return [device.name for device in self.ticks.chosen if device.name not in visible]

    def _rows_changed(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows))
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        self._show_cursor()
        self.refresh()

    def _show_cursor(self) -> None:
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    # -- keys -----------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self._go(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self._go(self.cursor + pages * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, is_last: bool) -> None:
        """The first or the last row."""
        self._go(len(self.rows) - 1 if is_last else 0)

    def _go(self, row: int) -> None:
        row = max(0, min(row, len(self.rows) - 1))
        if row != self.cursor:
            before, self.cursor = self.cursor, row
            self.refresh_line(before)
            self.refresh_line(row)
            self._show_cursor()

    @property
    def row(self) -> Row | None:
        """What the cursor is on."""
        return self.rows.rows[self.cursor] if len(self.rows) else None

    def action_tick(self) -> None:
        """Tick or untick the device, or the country as far as it is shown."""
        if (row := self.row) is not None:
            self.ticks.toggle(self.rows.names_of(row))
            self._ticked()
            if isinstance(row, Device):
                self._go(self.cursor + 1)

    def action_tick_visible(self) -> None:
        """Tick every device that is shown; closed countries count."""
        self.ticks.choose(self.filter_text or "*", self.rows.all_names())
        self._ticked()

    def action_untick(self) -> None:
        """Ask for nothing ticked."""
        self.post_message(self.ClearAsked())

    def clear(self) -> None:
        """Untick all."""
        self.ticks.clear()
        self._ticked()

    def _ticked(self) -> None:
        self.refresh()
        self.post_message(self.TicksChanged())

    def action_unfold(self, is_open: bool) -> None:
        """Open the country; closing one from a device goes to its country."""
        row = self.row
        country = row.country if isinstance(row, Device) else row
        if country is None or (is_open and isinstance(row, Device)):
            return
        self.rows.open([country], is_open=is_open)
        place = self.rows.place_of(country)
        self.cursor = self.cursor if place is None else place
        self._rows_changed()

    def action_fold_or_tick(self) -> None:
        """Open or close a country; tick a device."""
        if isinstance(self.row, str):
            self.action_unfold(not self.rows.is_open(self.row))
        else:
            self.action_tick()

    def action_unfold_all(self) -> None:
        """Open all countries, or close them when all are open."""
        row, countries = self.row, self.rows.countries
        self.rows.open(countries, is_open=not all(map(self.rows.is_open, countries)))
        if row is not None:
            self.cursor = self.rows.place_of(row) or 0
        self._rows_changed()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes there; the box ticks, the rest of a country opens it."""
        row = event.y - self.gutter.top + self.scroll_offset.y
        if 0 <= row < len(self.rows):
            self._go(row)
            on_country = isinstance(self.row, str)
            if event.x - self.gutter.left >= (6 if on_country else 8) and on_country:
                self.action_fold_or_tick()
            else:
                self.ticks.toggle(self.rows.names_of(self.rows.rows[row]))
                self._ticked()

    # -- drawing --------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """The lines are as wide as the widget."""
        self._rows_changed()

    def on_focus(self) -> None:
        """The cursor shows."""
        self.refresh_line(self.cursor)

    def on_blur(self) -> None:
        """The cursor pales."""
        self.refresh_line(self.cursor)

    def render_line(self, y: int) -> Strip:
        """One row."""
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if place >= len(self.rows):
            if place == 0:
                text = fit(f"  {self._instead}", width, self.paceline.glyphs.ellipsis)
                return Strip([Segment(text, base + self.paceline.palette["muted"])], width)
            return Strip.blank(width, base)
        row = self.rows.rows[place]
        parts = self._country(row, width) if isinstance(row, str) else self._device(row, width)
        is_cursor = place == self.cursor
        if is_cursor and self.has_focus:
            cursor = self.paceline.palette.cursor
            return Strip([Segment(text, base + cursor) for text, _ in parts], width)
        bold = Style(bold=True) if is_cursor else Style()
        return Strip([Segment(text, base + style + bold) for text, style in parts], width)

    def _country(self, code: str, width: int) -> list[tuple[str, Style]]:
        glyphs, palette = self.paceline.glyphs, self.paceline.palette
        devices = self.rows.devices_of(code)
        if self.rows.visible is None:
            ticked = self.ticks.per_country[code]
        else:
            ticked = sum(device.name in self.ticks for device in devices)
        mark = glyphs.ticked if ticked == len(devices) else (glyphs.half_ticked if ticked else glyphs.unticked)
        sign = glyphs.opened if self.rows.is_open(code) else glyphs.closed
        count = f"{ticked}/{len(devices)} "
        name = "country not known" if code == UNKNOWN_COUNTRY else self.names.get(code, "")
        room = max(0, width - 9 - len(count))
        tone = palette["foreground"] if ticked else palette["muted"]
        return [
            (f"{sign} ", palette["accent"]),
            (f"[{mark}] ", palette["primary"] if ticked else palette["muted"]),
            (f"{code} ", palette["foreground"] + Style(bold=True)),
            (fit(name, room, glyphs.ellipsis), palette["foreground"]),
            (count, tone),
        ]

    def _device(self, device: Device, width: int) -> list[tuple[str, Style]]:
        glyphs, palette = self.paceline.glyphs, self.paceline.palette
        is_ticked = device.name in self.ticks
        derived = f" {device.country}~" if device.country_derived else ""
        room = max(0, width - 9 - len(derived))
        name_width = min(self._widths[0], max(room // 2, min(room, 12)))
        address_width = min(self._widths[1], max(0, room - name_width - 2))
        rest = room - name_width - address_width - 4
        parts = [
            (f"    [{glyphs.ticked if is_ticked else glyphs.unticked}] ", palette["primary" if is_ticked else "muted"]),
            (fit(device.name, name_width, glyphs.ellipsis), palette["foreground"]),
            ("  " + fit(device.address, address_width, glyphs.ellipsis), palette["muted"]),
            ("  " + fit(device.platform or "no platform", rest, glyphs.ellipsis) if rest > 2 else "", palette["muted"]),
        ]
        used = sum(len(text) for text, _ in parts) + len(derived) + 1
        return [*parts, (" " * max(0, width - used), Style()), (derived + " ", palette["warning"])]
