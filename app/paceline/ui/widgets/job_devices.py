"""The devices of a job: the table, what filters and orders it, and the card of what it waits for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from paceline.ui.dialogs.order import order_dialog
from paceline.ui.live import Changes, LiveJob
from paceline.ui.widgets.device_order import DeviceFilter
from paceline.ui.widgets.device_table import DeviceTable
from paceline.ui.widgets.drawn import Drawn
from paceline.ui.widgets.filter_line import FilterLine
from paceline.ui.widgets.now_card import write_card

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


class JobDevices(Vertical):
    """What the screen's keys do to the table stands here."""

    class Filtered(Message):
        """Other devices are shown."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._job: LiveJob | None = None
        self._complaint = ""

    def compose(self) -> ComposeResult:
        """The card, the filter, the rows."""
        yield Drawn(id="now")
        yield FilterLine(id="filter-line")
        field = Input(id="filter", placeholder="words, state=failed, country=DE, reason=login", compact=True)
        field.display = False
        yield field
        yield DeviceTable(id="devices")

    @property
    def table(self) -> DeviceTable:
        """The rows."""
        return self.query_one(DeviceTable)

    @property
    def shown_by(self) -> DeviceFilter:
        """The filter in force."""
        return self.table.shown_by

    @property
    def field(self) -> Input:
        """Where the filter is typed."""
        return self.query_one("#filter", Input)

    # -- what is shown ------------------------------------------------------------------------------------

    def show_job(self, job: LiveJob, now: datetime) -> None:
        """Another job: all its devices."""
        self._job = job
        self._complaint = ""
        self.field.display = False
        self.table.show_job(job, now)
        self.table.focus()

    def take(self, changes: Changes, now: datetime, *, may_move: bool) -> None:
        """Draw what changed in the rows."""
        self.table.take(changes, now, may_move=may_move)
        self._say()

    def draw_card(self, usual: Mapping[str, float], now: datetime) -> None:
        """The oldest in flight."""
        card, app = self.query_one("#now", Drawn), cast("PacelineApp", self.app)
        if self._job is None:
            return
        # A job that has ended waits for nothing.
        card.set_class(self._job.status.state.is_final, "-over")
        if card.size.width:
            card.draw(write_card(self._job.status, now, usual, app.glyphs, app.palette, card.size.width))

    def _say(self) -> None:
        total = self._job.status.total if self._job is not None else 0
        self.query_one(FilterLine).show(self.shown_by, len(self.table.order), total, self._complaint)

    # -- the filter ----------------------------------------------------------------------------------------

    def filter(self, shown_by: DeviceFilter) -> None:
        """Show other devices."""
        self.table.filter(shown_by)
        self._say()
        self.post_message(self.Filtered())

    def toggle_trouble(self) -> None:
        """Only what is in trouble, or everything again."""
        self.filter(replace(self.shown_by, is_trouble=not self.shown_by.is_trouble, is_waiting_for=False))

    def toggle_waiting_for(self) -> None:
        """Only what runs, the oldest first, or everything again."""
        self.filter(replace(self.shown_by, is_waiting_for=not self.shown_by.is_waiting_for, is_trouble=False))

    def choose_country(self, code: str) -> None:
        """Only this country's; empty: all."""
        self.filter(replace(self.shown_by, country=code))

    def search(self) -> None:
        """Type a filter."""
        self.field.display = True
        self.field.value = self.shown_by.text
        self.field.focus()

    def go_back(self) -> None:
        """From the field to the rows, without what was typed; from the rows to all devices."""
        if self.field.has_focus:
            self._complaint = ""
            self.field.display = False
            self.filter(self.shown_by.typed(""))
            self.table.focus()
        elif not self.table.has_focus:
            self.table.focus()
        else:
            self.filter(DeviceFilter())

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        """Filter while it is typed; what is not understood is said and leaves the rows as they are."""
        event.stop()
        if not self.field.display:
            return
        try:
            shown_by, self._complaint = self.shown_by.typed(event.value), ""
        except ValueError as error:
            self._complaint = str(error)
            self._say()
        else:
            self.filter(shown_by)

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        """To the rows; a filter that was not understood stays open."""
        event.stop()
        if not self._complaint:
            self.field.display = False
            self.table.focus()

    # -- the order -------------------------------------------------------------------------------------------

    def ask_order(self) -> None:
        """Choose an order."""
        table = self.table

        def sort(key: str | None) -> None:
            if key:
                table.sort_by(key)

        self.app.push_screen(order_dialog(*table.sorted_by), sort)

    @on(DeviceTable.HeaderSelected)
    def _ordered(self, event: DeviceTable.HeaderSelected) -> None:
        event.stop()
        key = event.column_key.value or "glyph"
        self.table.sort_by("trouble" if key == "glyph" else key)
