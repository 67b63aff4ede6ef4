"""Monitor: the job as it runs. Is it healthy, how far, until when, and what are we waiting for?"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from paceline.model.errors import PacelineError
from paceline.model.failure import FailureKind
from paceline.model.states import JobState
from paceline.model.status import JobStatus
from paceline.ui.controls import JobControls
from paceline.ui.dialogs.base import Dialog
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
from paceline.ui.widgets.headline import HeadlineWriter, Keys
from paceline.ui.widgets.job_devices import JobDevices

MORE = (
    ("reasons", "e", "reasons"),
    ("countries", "c", "countries"),
    ("order", "o", "order"),
    ("again", "n", "new job"),
)
"""Bindings that the footer has no room for at 80 columns: id, key, name."""
CONTROLS = frozenset({"pause", "resume", "stop", "retune", "skip", "answer"})
ON_A_JOB = frozenset({"again", "trouble", "waiting_for", "search", "reasons", "countries", "order"})


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
        Binding("f", "trouble", "Trouble", id="monitor.trouble"),
        Binding("w", "waiting_for", "Waiting", id="monitor.waiting_for"),
        Binding("slash", "search", "Filter", id="monitor.filter", key_display="/"),
        Binding("e", "reasons", "Reasons", id="monitor.reasons", show=False),
        Binding("u", "reattach", "Re-attach", id="monitor.reattach"),
        Binding("n", "again", "New job", id="monitor.again", show=False),
        Binding("c", "countries", "Countries", id="monitor.countries", show=False),
        Binding("o", "order", "Order", id="monitor.order", show=False),
        Binding("escape", "back", "Show all", id="monitor.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._job: LiveJob | None = None
        self._changes = Changes()
        self._outlooks: dict[str, JobOutlook] = {}
        self._controls: JobControls | None = None
        self._second = 0
        self._stood: tuple[object, ...] = ()
        """State, question and liveness when the footer was last drawn."""
        self._asked: set[str] = set()
        """The questions whose dialogs opened by themselves."""
        self._reasons: Sequence[tuple[FailureKind, int]] = ()
        self._is_counted = False

    def compose_body(self) -> ComposeResult:
        """A sentence without a job; headline, countries, devices with one."""
        yield Static(id="no-job")
        yield Drawn(id="headline")
        with Container(id="monitor-body"):
            yield CountryBoard(id="countries")
            yield JobDevices(id="pane")

    def on_mount(self) -> None:
        """Without a job until one is taken."""
        configure, history = self._key("app.configure", "1"), self._key("app.history", "3")
        text = f"No job is shown. {configure} configures and starts one, {history} opens an earlier one."
        self.query_one("#no-job", Static).update(Content(text))
        self.set_class(True, "-no-job")
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw_anew())

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

    @property
    def _pane(self) -> JobDevices:
        return self.query_one(JobDevices)

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
        if not self._changes and not is_other_second:
            return
        changes = self._changes.take()
        outlook = self._outlooks[job.id]
        outlook.renew(job.status, now)
        self._is_counted = self._is_counted and not (changes.devices or changes.everything)
        if not self._is_counted and (is_other_second or changes.everything):
            # Once a second: it looks at every device.
            self._is_counted, self._reasons = True, count_reasons(job.status.devices.values())
        is_due = is_other_second or changes.everything or self._standing(job) != self._stood
        self._draw_headline(job, outlook, now, is_due=is_due)
        if is_due:
            self._draw_countries(job, outlook, now)
            self._pane.draw_card(outlook.usual, now)
        self._pane.take(changes, now, may_move=is_other_second)
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
        self._asked = set()
        self._arrange_countries()
        self._pane.show_job(job, now)
        self._pane.table.expect(outlook.usual)

    @work(group="outlook", exit_on_error=False)
    async def _load(self, job: str, outlook: JobOutlook) -> None:
        try:
            await outlook.load(self.paceline.surroundings.expect)
        except PacelineError as error:
            self.notify(f"Without a forecast: {error}", severity="warning", markup=False)
        if self._job is not None and self._job.id == job:
            self._pane.table.expect(outlook.usual)
            self._draw_anew()

    def _draw_headline(self, job: LiveJob, outlook: JobOutlook, now: datetime, *, is_due: bool) -> None:
        headline = self.query_one("#headline", Drawn)
        headline.budget.fill(asyncio.get_running_loop().time())
        if is_due or headline.budget.is_open:
            writer = HeadlineWriter(self.paceline.glyphs, self.paceline.palette)
            keys = Keys(self._ways_on(job), tuple((self._key(f"monitor.{id_}", key), what) for id_, key, what in MORE))
            headline.draw(writer.write(job.status, self._reasons, outlook.now, now, keys, headline.size.width))

    def _draw_countries(self, job: LiveJob, outlook: JobOutlook, now: datetime) -> None:
        countries = job.status.countries
        largest = max(country.total for country in countries.values())
        writer = CountryWriter(self.paceline.glyphs, self.paceline.palette, outlook.names, largest)
        self.query_one(CountryBoard).show(job.status, writer, now, self._pane.shown_by.country)

    def _arrange_countries(self) -> None:
        """A column at the left when wide; else as many lines as they take."""
        board = self.query_one(CountryBoard)
        if self.size.width >= WIDE:
            board.styles.height = "1fr"
        elif self._job is not None:
            board.styles.height = lines_for(self.size.width, len(self._job.status.countries))

    def _ways_on(self, job: LiveJob) -> str:
        """The key that goes on from where the job stands, and what it does."""
        status = job.status
        if status.state.is_final:
            wrong = sum(status.counts.get(state, 0) for state in TROUBLE)
            return f"{self._key('monitor.again', 'n')} runs {wrong} again" if wrong else ""
        if job.is_lost:
            return f"not live: {self._key('monitor.reattach', 'u')} re-attaches"
        if not job.is_live:
            return "not running here"
        if status.question is not None or status.asked:
            return f"{self._key('monitor.answer', 'a')} answers"
        if status.state is JobState.PAUSED or status.paused_countries:
            return f"{self._key('monitor.resume', 'p')} resumes"
        is_harder = status.state is JobState.STOPPING and status.stop != "now"
        return f"{self._key('monitor.stop', 's')} stops harder" if is_harder else ""

    def _key(self, binding: str, default: str) -> str:
        return self.paceline.surroundings.settings.ui.keys.get(binding, default)

    def _standing(self, job: LiveJob) -> tuple[object, ...]:
        return job.id, job.status.state, *questions_of(job.status), job.is_live

    def _note_standing(self, job: LiveJob) -> None:
        """The footer's keys follow the job's state; a gate that holds asks by itself, once."""
        standing = self._standing(job)
        if standing != self._stood:
            self._stood = standing
            self.refresh_bindings()
        first = next(iter(questions_of(job.status)), "")
        if first and job.is_live and first not in self._asked and not isinstance(self.app.screen, Dialog):
            self._asked.add(first)
            if self._controls:
                self._controls.answer(by_itself=True)

    # -- keys --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what fits the job's state."""
        job = self._job
        if action in ON_A_JOB:
            return job is not None
        if action == "reattach":
            return job is not None and job.is_lost and not job.status.state.is_final
        if action not in CONTROLS:
            return True
        if job is None or job.status.state.is_final:
            return False
        is_paused = job.status.state is JobState.PAUSED
        fits = {"pause": not is_paused, "resume": is_paused, "answer": bool(questions_of(job.status))}
        return fits.get(action, True)

    def action_pause(self) -> None:
        """Ask to pause: the job, the country that is chosen, or that of the device under the cursor."""
        job, device = self._job, self._pane.table.device
        if self._controls and job:
            at_hand = [self._pane.shown_by.country, job.status.devices[device].country if device else ""]
            self._controls.pause([code for code in at_hand if code])

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
        if self._controls:
            self._controls.skip(self._pane.table.device, self._pane.table.order if self._pane.shown_by else ())

    def action_reattach(self) -> None:
        """Follow the job again, in the service that is there now."""
        if self._job is not None:
            self.paceline.reattach(self._job)

    def action_again(self) -> None:
        """Ask which devices a new job is for."""
        if self._controls:
            self._controls.again(self._pane.table.device, self._pane.table.order, bool(self._pane.shown_by))

    def action_reasons(self) -> None:
        """Choose a reason, then what to do with its devices."""
        job, controls = self._job, self._controls
        if job is None or controls is None:
            return
        reasons = count_reasons(job.status.devices.values())
        if not reasons:
            self.notify("No device is in trouble.", markup=False)
            return

        def choose(kind: FailureKind | None) -> None:
            if kind is not None:
                having = DeviceFilter(reason=kind)
                devices = [device.name for device in job.status.devices.values() if having.shows(device)]
                controls.reason(kind, devices, lambda kind: self._pane.filter(DeviceFilter(reason=kind)))

        self.app.push_screen(reasons_dialog(reasons), choose)

    def action_trouble(self) -> None:
        """Only what is in trouble, or everything again."""
        self._pane.toggle_trouble()

    def action_waiting_for(self) -> None:
        """What runs, the latest first; in the table what runs already stands alone: everything again."""
        if self._pane.shown_by.is_waiting_for or self._controls is None:
            self._pane.toggle_waiting_for()
        else:
            self._controls.waiting_for(self._pane.toggle_waiting_for)

    def action_search(self) -> None:
        """Type a filter."""
        self._pane.search()

    def action_order(self) -> None:
        """Choose an order."""
        self._pane.ask_order()

    def action_back(self) -> None:
        """What was told goes first; then to the rows; from there to all devices."""
        if not self.paceline.dismiss_news():
            self._pane.go_back()

    def action_countries(self) -> None:
        """To the countries."""
        self.query_one(CountryBoard).focus()

    @on(CountryBoard.Chosen)
    def _chosen(self, event: CountryBoard.Chosen) -> None:
        self._pane.choose_country(event.code)

    @on(JobDevices.Filtered)
    def _filtered(self) -> None:
        """The board marks the country that is shown."""
        if self._job is not None:
            self._draw_countries(self._job, self._outlooks[self._job.id], self.paceline.surroundings.now())

    @on(DeviceTable.RowSelected)
    def _opened(self, event: DeviceTable.RowSelected) -> None:
        if self._controls and event.row_key.value:
            self._controls.open(event.row_key.value, list(self._pane.table.order))


def questions_of(status: JobStatus) -> tuple[str, ...]:
    """The ids of what is asked: by logins, which wait for a moment only, then by a gate."""
    return (*status.asked, *([status.question.id] if status.question is not None else []))
