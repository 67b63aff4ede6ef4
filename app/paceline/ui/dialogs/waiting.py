"""Waiting for: the running devices by how late they are, what each was heard to say last, and what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from paceline.engine.contract import Engine
from paceline.model.time import as_duration, seconds_between
from paceline.ui.dialogs.base import Dialog
from paceline.ui.formats import many, size
from paceline.ui.live import LiveJob
from paceline.ui.ports import Surroundings
from paceline.ui.theming import Palette
from paceline.ui.waiting import Heard, Waiting, listen, waited_for
from paceline.ui.widgets.device_rows import LATE
from paceline.ui.widgets.rows import Column, Part, RowList

LISTENED_TO = 8
"""Devices whose output is followed: the latest ones. Each costs the engine a queue."""
PEEKED = 4
"""Lines of the output that are shown."""


@dataclass(frozen=True, slots=True)
class WaitingAct:
    """What to do with which device."""

    act: Literal["open", "skip", "table"]
    device: str


class WaitingDialog(Dialog[WaitingAct]):
    """Looks once a second; arrows choose the device whose output is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "choose('skip')", "Skip or cancel", id="waiting.skip"),
        Binding("w", "choose('table')", "In the table", id="waiting.table"),
    ]

    def __init__(self, job: LiveJob, usual: Mapping[str, float], surroundings: Surroundings, palette: Palette) -> None:
        super().__init__()
        self._job, self._usual, self._surroundings, self._palette = job, usual, surroundings, palette
        self._heard: dict[str, Heard] = {}
        self._engine: Engine | None = None

    def compose(self) -> ComposeResult:
        """The title, the devices, the output, the keys."""
        columns: list[Column[Waiting]] = [
            Column("device", lambda row: row.device.name, 13),
            Column("doing", lambda row: row.doing),
            Column("for", lambda row: as_duration(int(row.in_state_s)), 7, is_number=True),
            Column("late", self._late, 10, is_number=True),
            Column("heard", self._last_heard, 8, is_number=True),
        ]
        with Vertical(classes="dialog waiting"):
            yield Static(classes="dialog-title", markup=False)
            yield RowList(
                columns,
                lambda row: row.device.name,
                title_style=lambda: self._palette["muted"],
                ellipsis=lambda: "…" if self._surroundings.settings.ui.glyphs != "ascii" else "...",
                empty="nothing runs",
                id="waiting-rows",
            )
            yield Static(id="waiting-peek", markup=False)
            yield Static(
                Content.styled("enter opens it   x skips it…   w in the table   esc goes back", "$muted"),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """The latest one is chosen, and listened to."""
        self._rows.focus()
        self._look()
        self.set_interval(1.0, self._look)
        self.run_worker(self._connect(), group="waiting", exit_on_error=False)

    async def _connect(self) -> None:
        self._engine = await self._surroundings.open_engine()
        self._look()

    @property
    def _rows(self) -> RowList[Waiting]:
        return cast(RowList[Waiting], self.query_one("#waiting-rows", RowList))

    def _look(self) -> None:
        """Rank anew, listen to the latest ones."""
        status = self._job.status
        found = waited_for(status, self._usual, self._surroundings.now())
        late = sum(row.lateness > LATE for row in found)
        title = f"Waiting for {many(len(found), 'device')}" + (f", {late} far over their usual time" if late else "")
        self.query_one(".dialog-title", Static).update(Content(title))
        self._rows.show(found)
        if self._engine is not None and self._job.is_live:
            for row in found[:LISTENED_TO]:
                self._listen(self._engine, row)
        self._peek()

    def _listen(self, engine: Engine, row: Waiting) -> None:
        name = row.device.name
        if name not in self._heard and len(self._heard) < 2 * LISTENED_TO:
            heard = self._heard[name] = Heard()
            work = listen(engine, self._job.id, row.device, heard, self._surroundings.now)
            self.run_worker(work, group="listen", exit_on_error=False)

    def _late(self, row: Waiting) -> list[Part]:
        if not row.lateness:
            return [("no history", self._palette["muted"])]
        style = self._palette["warning" if row.lateness > LATE else "muted"]
        return [(f"{row.lateness:.1f}x usual", style)]

    def _last_heard(self, row: Waiting) -> str:
        heard = self._heard.get(row.device.name)
        if heard is None or heard.at is None:
            return "nothing"
        return f"{int(seconds_between(heard.at, self._surroundings.now()))}s ago"

    def _peek(self) -> None:
        """What the chosen device said last."""
        row = self._rows.current
        heard = self._heard.get(row.device.name) if row else None
        peek = self.query_one("#waiting-peek", Static)
        if heard is None or not heard.received:
            said = "nothing heard since this was opened" if row else ""
            peek.update(Content.styled(said, "$muted"), layout=False)
            return
        lines = [Content.styled(f"{size(heard.received)} of command {heard.index}", "$muted")]
        peek.update(Content("\n").join([*lines, *map(Content, heard.tail(PEEKED))]), layout=False)

    def on_row_list_row_highlighted(self, event: RowList.RowHighlighted) -> None:
        """Another device's output."""
        event.stop()
        self._peek()

    def on_row_list_row_selected(self, event: RowList.RowSelected) -> None:
        """Open the device."""
        event.stop()
        self.action_choose("open")

    def action_choose(self, act: Literal["open", "skip", "table"]) -> None:
        """Do that with the device under the cursor."""
        row = self._rows.current
        if row is not None or act == "table":
            self.dismiss(WaitingAct(act, row.device.name if row else ""))
