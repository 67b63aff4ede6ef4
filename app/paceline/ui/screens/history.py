"""History: all jobs, the newest first; open one, run it again, take up one that was interrupted."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from paceline.launch.confirm import left_to_run, read_count
from paceline.model.errors import PacelineError
from paceline.model.job import JobSpec
from paceline.model.states import DeviceState
from paceline.model.text import printable
from paceline.report.calibration import Calibration
from paceline.ui.dialogs.secret import SecretDialog
from paceline.ui.formats import clock, many, place
from paceline.ui.past import (
    PastJob,
    against_forecast,
    calibration_sentence,
    count_parts,
    elapsed,
    forecast_sentence,
    job_sign,
    job_token,
    live_job,
    past_job,
    with_status,
)
from paceline.ui.resume import count_dialog, gather_secrets, resume_dialog
from paceline.ui.screens.base import MEDIUM, WIDE, PacelineScreen
from paceline.ui.widgets.rows import Column, Part, RowList


class HistoryScreen(PacelineScreen):
    """The list is read anew whenever it is seen; lines of jobs that run here stay current."""

    MODE: ClassVar[str] = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again(False)", "Run again…", id="history.again"),
        Binding("R", "again(True)", "Run the rest…", id="history.again_open"),
        Binding("u", "resume", "Resume…", id="history.resume"),
        Binding("c", "copy", "Copy", id="history.copy"),
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/"),
        Binding("escape", "unfilter", "All jobs", id="history.unfilter", key_display="esc", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[PastJob] = []
        self._shown: list[PastJob] = []
        self._filter = ""
        self._is_read = False
        self._calibration: Calibration | None = None

    # -- parts ----------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """The table, what there is to say of the job under the cursor, the filter."""
        yield RowList(
            self._columns(),
            lambda job: job.id,
            title_style=lambda: self.paceline.palette["muted"],
            ellipsis=lambda: self.paceline.glyphs.ellipsis,
            id="history-jobs",
        )
        yield Static(id="history-detail")
        yield Input(placeholder="filter by name, id or state", id="history-filter", select_on_focus=False)

    def _columns(self) -> list[Column[PastJob]]:
        return [
            Column("state", self._state, 13),
            Column("name", self._job_name),
            Column("when", lambda job: clock(job.created_at, self._now()), 12),
            Column("devices", self._devices, 7, is_number=True),
            Column("came to", self._counts, 16, below_width=MEDIUM),
            Column("came to", self._counts, 26, from_width=MEDIUM),
            Column("took", lambda job: elapsed(job, self._now()), 7, is_number=True),
            Column("forecast", self._against, 8, is_number=True, from_width=MEDIUM),
            Column("continues", lambda job: job.summary.continues, from_width=WIDE),
        ]

    @property
    def table(self) -> RowList[PastJob]:
        """The jobs."""
        return self.query_one("#history-jobs", RowList)

    def _now(self) -> Any:
        return self.paceline.surroundings.now()

    def _state(self, job: PastJob) -> list[Part]:
        style = self.paceline.palette[job_token(job.state)]
        return [(f"{job_sign(job.state, self.paceline.glyphs)} {job.state.replace('_', ' ')}", style)]

    def _job_name(self, job: PastJob) -> list[Part]:
        """A job that may change devices has a mark; where there is no room for words the detail below says it."""
        if job.summary.read_only:
            return [(job.summary.name, None)]
        mark = "may change " if self.size.width >= MEDIUM else "! "
        return [(mark, self.paceline.palette["warning"]), (job.summary.name, None)]

    def _devices(self, job: PastJob) -> str:
        is_over = job.summary.finished_at or job.ended == job.devices
        return str(job.devices) if is_over else f"{job.ended}/{job.devices}"

    def _counts(self, job: PastJob) -> list[Part]:
        palette = self.paceline.palette
        zeros = self.size.width >= MEDIUM
        return [(text, palette[token]) for text, token in count_parts(job.counts, self.paceline.glyphs, zeros=zeros)]

    def _against(self, job: PastJob) -> list[Part]:
        text, token = against_forecast(job)
        return [(text, self.paceline.palette[token])]

    # -- reading and drawing --------------------------------------------------------------------------

    def on_mount(self) -> None:
        """The filter is not there until it is asked for."""
        self.query_one("#history-filter").display = False
        self.table.focus()

    def on_screen_resume(self) -> None:
        """Read the list anew."""
        self._read()

    @work(group="history-read", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        surroundings = self.paceline.surroundings
        try:
            summaries = await surroundings.library.jobs()
        except PacelineError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        running = {job.id: job.status for job in self.paceline.running}
        self._jobs = [
            live_job(summary, running[summary.id]) if summary.id in running else past_job(summary)
            for summary in summaries
        ]
        self._is_read = True
        self._draw()
        await self._grade()

    async def _grade(self) -> None:
        """How good forecasts were; the list does not wait for it."""
        try:
            found = await self.paceline.surroundings.library.calibration()
        except PacelineError:
            # The list, which was read from the same file, tells of it.
            return
        if found != self._calibration:
            self._calibration = found
            self._draw_detail()

    def flush(self) -> None:
        """Lines of jobs that run here, when something happened in them."""
        running = {job.id: job.status for job in self.paceline.running}
        for number, job in enumerate(self._shown):
            status = running.get(job.id)
            if status is not None and status.seq != job.seq:
                self._shown[number] = with_status(job, status)
                self.table.renew(number)
            elif status is None and job.is_live and self._ended_here(job):
                # It has ended since: the journal has its line now.
                self._read()
                return

    def _ended_here(self, job: PastJob) -> bool:
        kept = self.paceline.jobs.get(job.id)
        return kept is not None and kept.is_live and kept.status.state.is_final

    def _draw(self) -> None:
        words = self._filter.lower().split()
        self._shown = [job for job in self._jobs if job.has(words)]
        if self._jobs:
            empty = f'no job has "{self._filter}" in its name, id or state'
        else:
            empty = "no jobs yet: configure one with 1" if self._is_read else ""
        self.table.show(self._shown, empty=empty)
        self._draw_detail()

    def _draw_detail(self) -> None:
        job, glyphs = self.table.current, self.paceline.glyphs
        detail = self.query_one("#history-detail", Static)
        if job is None:
            detail.update("")
            return
        pace = job.summary.pace
        size = many(pace.batch_size, "device") if pace.batch_size else "all devices"
        rate = f", {pace.devices_per_hour:g} an hour" if pace.devices_per_hour else ", no rate"
        kind = "" if job.summary.read_only else "may change devices"
        parts = [kind, f"{pace.mode} of {size}{rate}", forecast_sentence(job)]
        lines = [
            Content.assemble((printable(job.id), "bold"), (self._continues(job), "$muted")),
            Content(f" {glyphs.dot} ".join(part for part in parts if part)),
            Content.styled(place(self._folder(job)), "$muted"),
        ]
        if job.is_open:
            lines.append(Content.styled("Its process ended before it did: resume it, or run it again.", "$warning"))
        elif job.is_live and job.id not in {live.id for live in self.paceline.running}:
            lines.append(Content.styled("Another process runs it: enter shows how it stands now.", "$muted"))
        if said := calibration_sentence(self._calibration):
            lines.append(Content.styled(said, "$muted"))
        detail.update(Content("\n").join(lines))

    def _continues(self, job: PastJob) -> str:
        before = f"  continues {printable(job.summary.continues)}" if job.summary.continues else ""
        later = [other.id for other in self._jobs if other.summary.continues == job.id]
        return before + (f"  continued by {printable(later[0])}" if later else "")

    def _folder(self, job: PastJob) -> Path:
        return self.paceline.surroundings.paths.state / "jobs" / job.id

    def on_row_list_row_highlighted(self) -> None:
        """Another job."""
        self._draw_detail()
        self.refresh_bindings()

    # -- keys -----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only an interrupted job can be resumed."""
        job = self.table.current if self._shown else None
        return action != "resume" or (job is not None and job.is_open)

    def on_row_list_row_selected(self) -> None:
        """Show the job in Monitor."""
        if (job := self.table.current) is not None:
            self._guard(lambda: self.paceline.open_job(job.id))

    def action_again(self, is_open_only: bool) -> None:
        """A new job like this one: on all of its devices, or on those that did not succeed."""
        if (job := self.table.current) is not None:
            self._guard(lambda: self._run_again(job, is_open_only=is_open_only))

    def action_resume(self) -> None:
        """Take up an interrupted job."""
        if (job := self.table.current) is not None and job.is_open:
            self._guard(lambda: self._resume(job))

    def action_copy(self) -> None:
        """Send the folder's path to the terminal's clipboard; not every terminal takes it, so it is shown too."""
        if (job := self.table.current) is not None:
            self.app.copy_to_clipboard(str(self._folder(job)))
            self.notify(f"Sent to the terminal's clipboard: {self._folder(job)}", markup=False)

    def action_filter(self) -> None:
        """Ask for words."""
        line = self.query_one("#history-filter", Input)
        line.display = True
        line.focus()

    def action_unfilter(self) -> None:
        """All jobs again."""
        line = self.query_one("#history-filter", Input)
        line.value, line.display = "", False
        self.table.focus()

    @on(Input.Changed, "#history-filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self._filter = event.value.strip()
        self._draw()

    @on(Input.Submitted, "#history-filter")
    def _filter_kept(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value.strip())
        self.table.focus()

    # -- what takes a while ---------------------------------------------------------------------------

    @work(group="history-act", exit_on_error=False)
    async def _guard(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await act()
        except (PacelineError, ValueError) as error:
            self.notify(str(error), severity="error", timeout=15, markup=False)

    async def _run_again(self, job: PastJob, *, is_open_only: bool) -> None:
        library = self.paceline.surroundings.library
        if not is_open_only:
            spec = await library.spec(job.id)
            self.paceline.run_again(spec, [target.device.name for target in spec.targets])
            return
        status = await library.status(job.id)
        names = [device.name for device in status.devices.values() if device.state is not DeviceState.SUCCEEDED]
        unknown = status.counts.get(DeviceState.UNKNOWN, 0)
        if unknown and not job.summary.read_only:
            self.notify(
                f"{unknown} of them are unknown: what they were sent may have been applied. Look at them first.",
                severity="warning",
                timeout=20,
                markup=False,
            )
        if not names or status.spec is None:
            self.notify(f"Every device of {job.summary.name} succeeded: nothing is left to run again.", markup=False)
            return
        self.paceline.run_again(status.spec, names)

    async def _resume(self, job: PastJob) -> None:
        spec: JobSpec = await self.paceline.surroundings.library.spec(job.id)
        if not await self.app.push_screen_wait(resume_dialog(spec, job.ended)):
            return
        if not spec.read_only and not await self._counted(job):
            return
        secrets = await gather_secrets(spec, self._ask)
        if secrets is None:
            return
        engine = await self.paceline.surroundings.open_engine()
        self.paceline.show_job(await engine.recover(job.id, secrets))

    async def _counted(self, job: PastJob) -> bool:
        """Whether the number of devices that a job goes on changing was typed."""
        left, problem = left_to_run(await self.paceline.surroundings.library.status(job.id)), ""
        while True:
            typed = await self.app.push_screen_wait(count_dialog(left, problem))
            if typed is None:
                return False
            if read_count(typed) == left:
                return True
            problem = f"{typed} is not their number"

    async def _ask(self, label: str) -> str | None:
        why = "It stays in memory, for this job alone."
        return await self.app.push_screen_wait(SecretDialog(label, why))
