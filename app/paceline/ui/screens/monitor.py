"""Monitor: the job as it runs. Is it healthy, how far, until when, and what are we waiting for?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.model.errors import PacelineError
from paceline.model.failure import FailureKind
from paceline.model.states import JobState
from paceline.ui.controls import JobControls
from paceline.ui.dialogs.order import order_dialog
from paceline.ui.dialogs.reason import reasons_dialog
from paceline.ui.live import Changes, LiveJob
from paceline.ui.outlook import JobOutlook
from paceline.ui.reasons import TROUBLE, count_reasons
from paceline.ui.screens.base import WIDE, PacelineScreen
from paceline.ui.widgets.country_board import CountryBoard, lines_for
from paceline.ui.widgets.country_cells import CountryWriter
from paceline.ui.widgets.device_order import DeviceFilter
from paceline.ui.widgets.device_table import DeviceTable
from paceline.ui.widgets.drawn import Drawn
from paceline.ui.widgets.filter_line import FilterLine
from paceline.ui.widgets.headline import Headline, HeadlineWriter
from paceline.ui.widgets.now_card import NowCard, write_card

NO_JOB = "No job is shown. {configure} configures and starts one, {history} opens an earlier one."


class MonitorScreen(PacelineScreen):
    """Monitor."""

    MODE: ClassVar[str] = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause", id="monitor.pause"),
        Binding("p", "resume", "Resume", id="monitor.resume"),
        Binding("a", "answer", "Answer", id="monitor.answer"),
        Binding("s", "stop", "Stop", id="monitor.stop"),
        Binding("r", "retune", "Pace", id="monitor.pace"),
        Binding("x", "skip", "Skip", id="monitor.skip"),
        Binding("n", "again", "New job", id="monitor.again"),
        Binding("f", "trouble", "Trouble", id="monitor.trouble"),
        Binding("w", "waiting_for", "Waiting", id="monitor.waiting_for"),
        Binding("slash", "search", "Filter", id="monitor.filter", key_display="/"),
        Binding("e", "reasons", "Reasons", id="monitor.reasons"),
        Binding("c", "countries", "Countries", id="monitor.countries"),
        Binding("o", "order", "Order", id="monitor.order"),
        Binding("escape", "back", "Show all", id="monitor.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._job: LiveJob | None = None
        self._changes = Changes()
        self._outlooks: dict[str, JobOutlook] = {}
        self._controls: JobControls | None = None
        self._second = 0
        self._stood = ("", "", False)
        """State, question and liveness when the footer was last drawn."""
        self._asked = ""
        """The question whose dialog opened by itself."""
        self._reasons: Sequence[tuple[FailureKind, int]] = ()

    def compose_body(self) -> ComposeResult:
        """A sentence without a job; headline, countries, table with one."""
        yield Static(id="no-job")
        yield Headline(id="headline")
        with Container(id="monitor-body"):
            yield CountryBoard(id="countries")
            with Vertical(id="monitor-main"):
                yield NowCard(id="now")
                yield FilterLine(id="filter-line")
                yield Input(id="filter", placeholder="words, state=failed, country=DE, reason=login", compact=True)
                yield DeviceTable(id="devices")

    def on_mount(self) -> None:
        """Without a job until one is taken."""
        super().on_mount()
        keys = self.paceline.surroundings.settings.ui.keys
        text = NO_JOB.format(configure=keys.get("app.configure", "1"), history=keys.get("app.history", "3"))
        self.query_one("#no-job", Static).update(Content(text))
        self.set_class(True, "-no-job")
        self.query_one("#filter").display = False

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        self.flush()

    def on_resize(self) -> None:
        """The countries have another place."""
        self._arrange_countries()

    @on(Drawn.Resized)
    def _resized(self) -> None:
        """A part has another width."""
        self._draw_anew()

    def _draw_anew(self) -> None:
        self._changes.everything = True
        self._flush_if_shown()

    # -- what is shown ------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Draw what changed since the last time, and once a second what counts seconds."""
        job, now = self.paceline.shown, self.paceline.surroundings.now()
        if job is not self._job:
            self._take(job, now)
        if job is None or not self.is_mounted:
            return
        second = int(now.timestamp())
        is_other_second, self._second = second != self._second, second
        if not self._changes and not (is_other_second and not job.status.state.is_final):
            return
        changes = self._changes.take()
        outlook = self._outlooks[job.id]
        outlook.renew(job.status, now)
        if changes.devices or changes.everything:
            self._draw_reasons(job, is_other_second or changes.everything)
        self._draw_job(job, outlook, now)
        self.query_one(DeviceTable).take(changes, now, may_move=is_other_second)
        self.query_one(FilterLine).show(self._shown_by, len(self.query_one(DeviceTable).order), job.status.total)
        self._note_standing(job)

    def _take(self, job: LiveJob | None, now: datetime) -> None:
        """Another job is shown."""
        if self._job is not None:
            self._job.unwatch(self._changes)
        self._job = job
        self.set_class(job is None, "-no-job")
        if job is None or job.status.spec is None:
            return
        self._changes = job.watch()
        outlook = self._outlooks.get(job.id)
        if outlook is None:
            outlook = self._outlooks[job.id] = JobOutlook(job.status.spec)
            self._load(job.id, outlook)
        self._controls = JobControls(self.paceline, job, outlook)
        self._asked = ""
        self._arrange_countries()
        table = self.query_one(DeviceTable)
        table.show_job(job, now)
        table.expect(outlook.usual)
        table.focus()

    @work(group="outlook", exit_on_error=False)
    async def _load(self, job: str, outlook: JobOutlook) -> None:
        try:
            await outlook.load(self.paceline.surroundings.expect)
        except PacelineError as error:
            self.notify(f"No history of durations: {error}", severity="warning", markup=False)
        if self._job is not None and self._job.id == job:
            self.query_one(DeviceTable).expect(outlook.usual)
            self._draw_anew()

    def _draw_job(self, job: LiveJob, outlook: JobOutlook, now: datetime) -> None:
        """Headline, card and countries; each repaints only what differs."""
        glyphs, palette, status = self.paceline.glyphs, self.paceline.palette, job.status
        headline, card = self.query_one(Headline), self.query_one(NowCard)
        writer = HeadlineWriter(glyphs, palette)
        headline.draw(writer.write(status, self._reasons, outlook.now, now, self._ways_on(job), headline.size.width))
        countries = CountryWriter(glyphs, palette, outlook.names, max(one.total for one in status.countries.values()))
        self.query_one(CountryBoard).show(status, countries, now, self._shown_by.country)
        if card.size.width:
            card.draw(write_card(status, now, outlook.usual, glyphs, palette, card.size.width))

    def _draw_reasons(self, job: LiveJob, is_due: bool) -> None:
        """Count them anew once a second: it looks at every device."""
        if is_due or not self._reasons:
            self._reasons = count_reasons(job.status.devices.values())

    def _ways_on(self, job: LiveJob) -> str:
        """The key that goes on from where the job stands, and what it does."""
        status = job.status
        if status.state.is_final:
            wrong = sum(status.counts.get(state, 0) for state in TROUBLE)
            return f"{self._key('again', 'n')} runs the {wrong} again" if wrong else ""
        if not job.is_live:
            return "not running here"
        ways = {
            JobState.HELD: f"{self._key('answer', 'a')} answers",
            JobState.PAUSED: f"{self._key('resume', 'p')} resumes",
            JobState.STOPPING: f"{self._key('stop', 's')} stops harder" if status.stop != "now" else "",
        }
        return ways.get(status.state, "")

    def _key(self, action: str, default: str) -> str:
        return self.paceline.surroundings.settings.ui.keys.get(f"monitor.{action}", default)

    def _arrange_countries(self) -> None:
        """A column at the left when wide; else as many lines as they take."""
        board = self.query_one(CountryBoard)
        if self.size.width >= WIDE:
            board.styles.height = "1fr"
        elif self._job is not None:
            board.styles.height = lines_for(self.size.width, len(self._job.status.countries))

    def _note_standing(self, job: LiveJob) -> None:
        """The footer's keys follow the job's state; a gate that holds asks by itself, once."""
        question = job.status.question
        stood = (job.status.state.value, question.id if question else "", job.is_live)
        if stood != self._stood:
            self._stood = stood
            self.refresh_bindings()
        if question is not None and job.is_live and question.id != self._asked:
            self._asked = question.id
            self.action_answer()

    # -- keys --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what fits the job's state."""
        job = self._job
        if action in ("pause", "resume", "stop", "retune", "skip", "answer"):
            if job is None or job.status.state.is_final:
                return False
            is_paused = job.status.state is JobState.PAUSED
            return {"pause": not is_paused, "resume": is_paused, "answer": job.status.question is not None}.get(
                action, True
            )
        if action in ("again", "trouble", "waiting_for", "search", "reasons", "countries", "order"):
            return job is not None
        return True

    def action_pause(self) -> None:
        """Ask to pause."""
        if self._controls:
            self._controls.pause()

    def action_resume(self) -> None:
        """Ask to go on."""
        if self._controls:
            self._controls.resume()

    def action_stop(self) -> None:
        """Ask how to stop."""
        if self._controls:
            self._controls.stop()

    def action_retune(self) -> None:
        """Ask for another pace."""
        if self._controls:
            self._controls.retune()

    def action_answer(self) -> None:
        """The gate's question."""
        if self._controls:
            self._controls.answer()

    def action_skip(self) -> None:
        """Ask what to skip."""
        table = self.query_one(DeviceTable)
        if self._controls:
            self._controls.skip(table.device, table.order if table.shown_by else ())

    def action_again(self) -> None:
        """Ask which devices a new job is for."""
        table = self.query_one(DeviceTable)
        if self._controls:
            self._controls.again(table.device, table.order, bool(table.shown_by))

    def action_reasons(self) -> None:
        """Choose a reason, then what to do with its devices."""
        job = self._job
        if job is None:
            return
        self._draw_reasons(job, True)
        if not self._reasons:
            self.notify("No device is in trouble.", markup=False)
            return

        def choose(kind: FailureKind | None) -> None:
            if kind is not None and self._controls is not None:
                named = DeviceFilter(reason=kind)
                devices = [device.name for device in job.status.devices.values() if named.shows(device)]
                self._controls.reason(kind, devices, lambda kind: self._filter(DeviceFilter(reason=kind)))

        self.app.push_screen(reasons_dialog(self._reasons), choose)

    def action_order(self) -> None:
        """Choose an order."""
        table = self.query_one(DeviceTable)
        self.app.push_screen(order_dialog(*table.sorted_by), lambda key: table.sort_by(key) if key else None)

    def action_countries(self) -> None:
        """To the countries."""
        self.query_one(CountryBoard).focus()

    # -- the filter ----------------------------------------------------------------------------------------

    @property
    def _shown_by(self) -> DeviceFilter:
        return self.query_one(DeviceTable).shown_by

    def _filter(self, shown_by: DeviceFilter) -> None:
        self.query_one(DeviceTable).filter(shown_by)
        self._changes.job = True
        self._flush_if_shown()

    def action_trouble(self) -> None:
        """Only what is in trouble, or everything again."""
        self._filter(replace(self._shown_by, is_trouble=not self._shown_by.is_trouble, is_waiting_for=False))

    def action_waiting_for(self) -> None:
        """Only what runs, or everything again."""
        self._filter(replace(self._shown_by, is_waiting_for=not self._shown_by.is_waiting_for, is_trouble=False))

    def action_search(self) -> None:
        """Type a filter."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.value = self._shown_by.text
        field.focus()

    def action_back(self) -> None:
        """From the countries or the filter to the table; from there to all devices."""
        field, table = self.query_one("#filter", Input), self.query_one(DeviceTable)
        if field.has_focus or not table.has_focus:
            if field.has_focus:
                self._filter(self._shown_by.typed(""))
            field.display = False
            table.focus()
        else:
            self._filter(DeviceFilter())

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        """Filter while it is typed; what is not understood is said and leaves the rows as they are."""
        try:
            self._filter(self._shown_by.typed(event.value))
        except ValueError as error:
            self.query_one(FilterLine).complain(str(error))

    @on(Input.Submitted, "#filter")
    def _submitted(self) -> None:
        """To the rows."""
        self.query_one("#filter").display = False
        self.query_one(DeviceTable).focus()

    @on(CountryBoard.Chosen)
    def _chosen(self, event: CountryBoard.Chosen) -> None:
        self._filter(replace(self._shown_by, country=event.code))

    @on(DeviceTable.RowSelected)
    def _opened(self, event: DeviceTable.RowSelected) -> None:
        if self._controls and event.row_key.value:
            self._controls.open(event.row_key.value)

    @on(DeviceTable.HeaderSelected)
    def _ordered(self, event: DeviceTable.HeaderSelected) -> None:
        key = event.column_key.value or "glyph"
        self.query_one(DeviceTable).sort_by("trouble" if key == "glyph" else key)
