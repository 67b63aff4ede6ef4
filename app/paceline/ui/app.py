"""The application: which screen shows, which jobs are followed, and the way out."""

from collections.abc import Coroutine, Sequence
from importlib import import_module
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from paceline.engine.contract import JobId
from paceline.model.control import Control, ControlError, Stop
from paceline.model.errors import PacelineError
from paceline.model.event import JobFinished, LoginAsked
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.tally import Question
from paceline.ui.ascii import AsciiFilter
from paceline.ui.dialogs.base import Dialog
from paceline.ui.dialogs.leave import LEAVE_ID, Leaving, leave_dialog
from paceline.ui.dialogs.palette import Command, PaletteDialog
from paceline.ui.follow import follow_job
from paceline.ui.glyphs import Glyphs, choose_glyphs
from paceline.ui.live import LiveJob
from paceline.ui.messages import JobChanged, JobLost, JobTaken, ViewersChanged
from paceline.ui.ports import Surroundings
from paceline.ui.screens.base import PacelineScreen
from paceline.ui.screens.configure import ConfigureScreen
from paceline.ui.stylesheet_internals import KeptStylesheet
from paceline.ui.terminal_app import TerminalApp
from paceline.ui.theming import Palette, to_textual

if TYPE_CHECKING:
    from paceline.launch.earlier import Earlier


FLUSH_HZ, FLUSH_SLOW_HZ = 10, 2
"""Repaints per second at most: on ordinary links, and with `low_bandwidth`."""

NEWS_S = 60
"""How long the words stay that tell what happened since the operator left."""


class PacelineApp(TerminalApp):
    """Holds what outlives a screen: the jobs that are followed and the engine's worker."""

    TITLE = "paceline"
    CSS_PATH = [  # noqa: RUF012 - Textual's own
        "styles/base.tcss",
        "styles/dialogs.tcss",
        "styles/configure.tcss",
        "styles/monitor.tcss",
        "styles/history.tcss",
        "styles/device.tcss",
        "styles/help.tcss",
    ]
    MODES: ClassVar[dict[str, Any]] = {
        "configure": ConfigureScreen,
        "monitor": lambda: _make("monitor", "MonitorScreen"),
        "history": lambda: _make("history", "HistoryScreen"),
    }
    DEFAULT_MODE = "configure"
    ENABLE_COMMAND_PALETTE = False
    """Textual's own: `dialogs/palette.py` is ours."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "switch_mode('configure')", "Configure", id="app.configure", show=False),
        Binding("2", "switch_mode('monitor')", "Monitor", id="app.monitor", show=False),
        Binding("3", "switch_mode('history')", "History", id="app.history", show=False),
        Binding("question_mark", "help", "Help", id="app.help", key_display="?"),
        Binding("ctrl+p", "palette", "Commands", id="app.palette", show=False),
        Binding("q", "leave", "Leave", id="app.leave"),
        Binding("ctrl+c", "leave", "Leave", id="app.interrupt", show=False, priority=True, system=True),
        Binding("ctrl+l", "redraw", "Redraw", id="app.redraw", show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", id="app.suspend", show=False),
    ]

    def __init__(self, surroundings: Surroundings) -> None:
        ui = surroundings.settings.ui
        self.glyphs: Glyphs = choose_glyphs(ui.glyphs)
        super().__init__(surroundings.paths.state, is_unicode=self.glyphs.is_unicode)
        self.surroundings = surroundings
        self.flush_hz = FLUSH_SLOW_HZ if ui.low_bandwidth else FLUSH_HZ
        self.jobs: dict[JobId, LiveJob] = {}
        """Every job that was started or opened here."""
        self.shown: LiveJob | None = None
        """The job that Monitor shows."""
        self.wanted_again: tuple[JobSpec, tuple[str, ...], Earlier | None] | None = None
        """A job, devices of it, and what it came to, that Configure is to take up."""
        self.has_news = False
        """Whether it was told what happened since the operator left, and not put away."""
        self._is_leaving = False
        self._viewers: dict[JobId, int] = {}
        for theme in surroundings.themes.by_name.values():
            self.register_theme(to_textual(theme))
        self.theme = ui.theme if ui.theme in surroundings.themes.by_name else "paceline-dark"
        # With the theme's own colours from the first: Textual would parse with others, and then again.
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        if ui.keys:
            from paceline.ui.keymap import usable

            self.set_keymap(usable(ui.keys))

    @property
    def palette(self) -> Palette:
        """The theme's colours for lines that widgets draw themselves."""
        return Palette(self.surroundings.themes.by_name[self.theme])

    # -- jobs ---------------------------------------------------------------------------------------

    async def begin_job(self, spec: JobSpec, secrets: Secrets) -> JobId:
        """Start a job; show it with `show_job`. Raises StoreError, ValueError: nothing was started then."""
        engine = await self.surroundings.open_engine()
        return await engine.start(spec, secrets)

    async def start_job(self, spec: JobSpec, secrets: Secrets) -> None:
        """Start a job, follow it and show it. Raises StoreError, ValueError: nothing was started then."""
        self.show_job(await self.begin_job(spec, secrets))

    def show_job(self, job: JobId) -> None:
        """Follow a job of our engine and show it in Monitor as soon as its status is there."""
        self._follow(job)
        self.switch_mode("monitor")

    async def open_job(self, job: JobId) -> None:
        """Show a job: live where it runs, otherwise as it was kept. Raises StoreError, UnknownJobError."""
        known = self.jobs.get(job)
        if known is None or (not known.is_live and not known.status.state.is_final):
            self._tell_since(job)
            if job in await self.surroundings.find_running():
                self.show_job(job)
                return
            status = await self.surroundings.library.status(job)
            self.jobs[job] = LiveJob(status, is_live=False)
        self.shown = self.jobs[job]
        self.switch_mode("monitor")

    def open_device(self, job: LiveJob, device: str, order: Sequence[str] = ()) -> None:
        """Show one device over Monitor; `order` are the names that next and previous go through."""
        from paceline.ui.screens.device import DeviceScreen

        if not self.is_screen_installed("device"):
            self.install_screen(DeviceScreen(), "device")
        screen = self.get_screen("device", DeviceScreen)
        screen.open(job, device, order)
        if self.screen is not screen:
            self.push_screen(screen)

    def run_again(self, spec: JobSpec, devices: Sequence[str], before: "Earlier | None" = None) -> None:
        """Take a frozen job to Configure, limited to these devices: what starts there continues it, `before` says
        where."""
        self.wanted_again = (spec, tuple(devices), before)
        self.switch_mode("configure")

    def control(self, job: JobId, *controls: Control) -> None:
        """Tell the engine, one after the other; what does not fit any more is answered with a toast."""
        self._guarded(self._control(job, controls))

    def supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        """Hand over what a login asked for; one that waits no more is answered with a toast."""
        self._guarded(self._supply(job, question, secrets))

    def sign_in(self, job: LiveJob, question: Question, answer: Control) -> None:
        """Hand over again what the job lost to log in with, then answer its question."""
        from paceline.ui.resume import sign_in

        self._guarded(sign_in(self, job, question, answer))

    def reattach(self, job: LiveJob) -> None:
        """Follow a job again that was lost, in the service that is there now; one is started when none is."""
        self._guarded(self._reattach(job))

    @property
    def running(self) -> list[LiveJob]:
        """The jobs that are followed here and have not ended."""
        return [job for job in self.jobs.values() if job.is_live and not job.status.state.is_final]

    @property
    def at_stake(self) -> list[LiveJob]:
        """Those that would end with this process."""
        return [] if self.surroundings.jobs_outlive_us else self.running

    @work(group="follow", exit_on_error=False)
    async def _follow(self, job: JobId) -> None:
        try:
            engine = await self.surroundings.open_engine()
        except PacelineError as error:
            self.post_message(JobLost(job, str(error)))
            return
        await follow_job(engine, job, self.post_message)

    async def _reattach(self, job: LiveJob) -> None:
        await self.surroundings.open_engine()
        if job.id in await self.surroundings.find_running():
            self.show_job(job.id)
            return
        await self.open_job(job.id)
        if self.shown is not None and not self.shown.status.state.is_final:
            keys = self.surroundings.settings.ui.keys
            history, resume = keys.get("app.history", "3"), keys.get("history.resume", "u")
            said = f"{job.status.name} is interrupted, and all that had ended is kept: History ({history}) resumes it "
            self.notify(f"{said}with {resume}.", severity="warning", timeout=20, markup=False)

    @work(group="since", exit_on_error=False)
    async def _tell_since(self, job: JobId) -> None:
        """What happened while nobody looked; it goes with the next esc, or by itself."""
        from paceline.ui.since import since_words

        since = await self.surroundings.since(job)
        if since is not None and (words := since_words(since, self.glyphs, self.surroundings.now())):
            self.has_news = True
            self.notify(words, timeout=NEWS_S, markup=False)

    def dismiss_news(self) -> bool:
        """Take what was told away; False when there is nothing."""
        has_news, self.has_news = self.has_news, False
        if has_news:
            self.clear_notifications()
        return has_news

    @work(group="control", exit_on_error=False)
    async def _guarded(self, action: Coroutine[Any, Any, None]) -> None:
        try:
            await action
        except (PacelineError, ValueError) as error:
            self.notify(str(error), severity="error", markup=False)

    async def _supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        await (await self.surroundings.open_engine()).supply(job, question, secrets)

    async def _control(self, job: JobId, controls: Sequence[Control]) -> None:
        engine = await self.surroundings.open_engine()
        refused: list[str] = []
        for control in controls:
            try:
                await engine.control(job, control)
            except ControlError as error:
                refused.append(str(error))
        if refused:
            raise ControlError(refused[0] + (f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""))

    def on_job_taken(self, message: JobTaken) -> None:
        """The worker has a status: it is the shown one from now on."""
        self.jobs[message.status.id] = self.shown = LiveJob(message.status)

    def on_job_changed(self, message: JobChanged) -> None:
        """Fold one event in; widgets repaint on their own time."""
        job = self.jobs[message.event.job]
        job.fold(message.event)
        if isinstance(message.event, LoginAsked) and self.current_mode != "monitor":
            self.notify(f"{message.event.device} asks for a code: Monitor has the question.", markup=False)
        if isinstance(message.event, JobFinished) and self._is_leaving and not self.running and not self.ended_by:
            self.exit(0)

    def on_job_lost(self, message: JobLost) -> None:
        """Say it: what is on the screen does not change any more."""
        if message.job in self.jobs:
            self.jobs[message.job].lose()
        self.notify(message.why, severity="error", timeout=30, markup=False)

    def on_viewers_changed(self, message: ViewersChanged) -> None:
        """Who else may pause or stop a job should be no surprise."""
        job = self.jobs.get(message.job)
        before = self._viewers.get(message.job, 1)
        self._viewers[message.job] = message.count
        if message.count == before or max(before, message.count) < 2:
            return
        others = message.count - 1
        name = job.status.name if job else message.job
        said = (
            f"{name} is followed from {others} other place{'s' if others > 1 else ''}: control is shared."
            if others
            else f"{name} is followed from nowhere else any more."
        )
        self.notify(said, markup=False)

    # -- screens, keys, the way out -------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys typed before a dialog appeared are not its answer."""
        screen = self.screen if self.screen_stack else None
        if isinstance(event, events.Key) and isinstance(screen, Dialog) and not screen.accepts(event):
            return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Say what is wrong with the operator's files, once the first screen is there."""
        self.call_after_refresh(self._tell)
        if self.surroundings.opening.job:
            self._guarded(self.open_job(self.surroundings.opening.job))

    def _tell(self) -> None:
        surroundings = self.surroundings
        told = list(surroundings.notices)
        if surroundings.settings.ui.keys:
            from paceline.ui.keymap import key_problems

            settings = surroundings.paths.settings
            told += [
                f"{settings}: ui.keys.{at.id}: {at.sentence}" for at in key_problems(surroundings.settings.ui.keys)
            ]
        for notice in told:
            self.notify(notice, severity="warning", timeout=20, markup=False)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Where the terminal has no more than ASCII, nothing else is drawn: Textual's own signs included."""
        filters = super().get_line_filters()
        return filters if self.glyphs.is_unicode else [*filters, AsciiFilter()]

    def get_key_display(self, binding: Binding) -> str:
        """The key as the footer shows it; what has no ASCII sign gets its name."""
        shown = super().get_key_display(binding)
        return shown if self.glyphs.is_unicode else shown.replace("⏎", "enter")

    def action_help(self) -> None:
        """What the keys of this screen do, and the guide."""
        # Help brings a Markdown reader along, which nobody else needs.
        from paceline.ui.screens.help import HelpScreen

        if not self.is_screen_installed("help"):
            self.install_screen(HelpScreen(), "help")
        screen = self.get_screen("help", HelpScreen)
        if self.screen is not screen:
            screen.of(self.screen.active_bindings)
            self.push_screen(screen)

    def action_palette(self) -> None:
        """Everything that can be done from here, by its name."""
        from paceline.ui.commands import action_commands, theme_commands
        from paceline.ui.dialogs.palette import PaletteDialog

        active = self.screen.active_bindings
        palette = PaletteDialog([*action_commands(self, active), *theme_commands(self)])
        self.push_screen(palette, self._run_command)
        self._offer_jobs(palette)

    @work(group="palette", exclusive=True, exit_on_error=False)
    async def _offer_jobs(self, palette: PaletteDialog) -> None:
        from paceline.ui.commands import job_commands

        try:
            jobs = await self.surroundings.library.jobs()
        except PacelineError:
            # History says it, with the reason; the palette has its actions without them.
            return
        if self.screen is palette:
            palette.add(list(job_commands(jobs, lambda job: self._guarded(self.open_job(job)))))

    async def _run_command(self, command: Command | None) -> None:
        if command is not None:
            done = command.run()
            if isawaitable(done):
                await done

    async def action_quit(self) -> None:
        """Textual's own way out (ctrl+q) is no way around the question."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave; with a job running here the operator decides first what becomes of it."""
        running = self.running
        if not running:
            self.exit(0)
        elif self.screen.id != LEAVE_ID:
            outlive = self.surroundings.jobs_outlive_us
            self.push_screen(leave_dialog(running, jobs_outlive_us=outlive), self._leave)

    def _leave(self, answer: Leaving) -> None:
        if answer is None:
            return
        if answer == "go_on":
            self.exit(0)
            return
        self._is_leaving = True
        if not self.running:
            # The last one ended while the question stood.
            self.exit(0)
        for job in self.running:
            self.control(job.id, Stop(stop=answer, by=self.surroundings.operator, why="the screens were closed"))


class AttachedApp(PacelineApp):
    """Opens on Monitor: who comes back to a job wants to see that, and no inventory."""

    DEFAULT_MODE = "monitor"


def _make(module: str, name: str) -> PacelineScreen:
    """A main screen that the first frame does not need."""
    made: PacelineScreen = getattr(import_module(f"paceline.ui.screens.{module}"), name)()
    return made
