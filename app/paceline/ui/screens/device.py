"""One device of a job: how it went, its commands, what it printed (live while it runs), its session log."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from paceline.launch.earlier import earlier
from paceline.model.attempts import attempts_of
from paceline.model.audit import secrets_shown
from paceline.model.errors import PacelineError
from paceline.model.job import Target
from paceline.model.states import CommandState
from paceline.model.tally import DeviceStatus
from paceline.model.text import printable
from paceline.ui.device_files import DeviceFiles, told_of
from paceline.ui.dialogs.masks import secrets_dialog
from paceline.ui.formats import place
from paceline.ui.live import Changes, LiveJob
from paceline.ui.paged import PagedText
from paceline.ui.screens.base import PacelineScreen
from paceline.ui.widgets.command_list import CommandList
from paceline.ui.widgets.device_facts import facts
from paceline.ui.widgets.rows import RowList
from paceline.ui.widgets.text_panel import PlainLines, TextPanel, title


class DeviceScreen(PacelineScreen):
    """Lies over Monitor. There is one; `open` says which device it shows."""

    MODE: ClassVar[str] = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="device.back", key_display="esc"),
        Binding("slash", "find", "Search", id="device.search", key_display="/"),
        Binding("n", "step(1)", "Next match", id="device.next_match", show=False),
        Binding("N", "step(-1)", "Previous match", id="device.previous_match", show=False),
        Binding("l", "log", "Log", id="device.log"),
        Binding("a", "attempt", "Attempt", id="device.attempt"),
        Binding("c", "copy", "Copy", id="device.copy"),
        Binding("s", "secrets", "Secrets…", id="device.secrets", show=False),
        Binding("r", "again", "Run again…", id="device.again"),
        Binding("J", "neighbour(1)", "Next device", id="device.next", show=False),
        Binding("K", "neighbour(-1)", "Previous device", id="device.previous", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._job: LiveJob | None = None
        self._device = ""
        self._order: Sequence[str] = ()
        self._changes = Changes()
        self._earlier: list[DeviceStatus] = []
        """What earlier attempts came to; the last one is in the job's status."""
        self._attempt = 0
        """The attempt shown; 0: the latest."""
        self._shows_log = False
        self._shows_secrets = False
        """Until another device is opened, or this one left."""
        self._has_chosen = False
        """Whether the operator chose a command: until then the one that runs is shown."""
        self._followed = 0
        """The row that was gone to without the operator."""
        self._shown: tuple[int, int, bool, bool] | None = None
        """Attempt, number, log, whether it was final: what the panel shows."""
        self._live: tuple[int, int, PagedText] | None = None
        """Attempt, number and text of the command that runs."""
        self._told = Content()

    # -- which device ---------------------------------------------------------------------------------

    def open(self, job: LiveJob, device: str, order: Sequence[str] = ()) -> None:
        """Show `device`; `order` are the names that next and previous go through."""
        if self._job is not None:
            self._job.unwatch(self._changes)
        self._job, self._device, self._order = job, device, order
        self._changes = job.watch()
        self._earlier, self._attempt = [], 0
        self._shows_log = self._has_chosen = self._shows_secrets = False
        self._shown = self._live = None
        if self.is_mounted:
            self._begin()

    def on_screen_resume(self) -> None:
        """It is seen: read, and follow what is live."""
        self._begin()

    def on_screen_suspend(self) -> None:
        """It is not seen: nobody has to send it output."""
        self.workers.cancel_group(self, "watch")

    def _begin(self) -> None:
        self._changes.everything = True
        self._read_attempts()
        if self.job.is_live and not self.job.status.state.is_final:
            self._watch()
        if not self.panel.view.has_focus:
            self.commands.focus()
        self.flush()

    @property
    def job(self) -> LiveJob:
        """The job. It is there from `open` on."""
        assert self._job is not None
        return self._job

    @property
    def files(self) -> DeviceFiles:
        """What is kept of the device."""
        return DeviceFiles(self.paceline.surroundings, self.job.id, self._device)

    @property
    def target(self) -> Target:
        """The device as the job froze it."""
        spec = self.job.status.spec
        assert spec is not None
        return spec.targets_by_name[self._device]

    @property
    def latest(self) -> DeviceStatus:
        """The device as it stands."""
        return self.job.status.devices[self._device]

    @property
    def status(self) -> DeviceStatus:
        """The attempt that is shown."""
        if 0 < self._attempt <= len(self._earlier):
            return self._earlier[self._attempt - 1]
        return self.latest

    def on_resize(self) -> None:
        """Sentences are wrapped anew."""
        self._changes.everything = True

    # -- parts ----------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """Facts, commands, text, path."""
        yield Static(id="device-facts")
        yield CommandList(id="device-commands")
        yield TextPanel(id="device-text")
        yield Static(id="device-path")

    @property
    def commands(self) -> CommandList:
        """The device's commands."""
        return self.query_one(CommandList)

    @property
    def panel(self) -> TextPanel:
        """What it printed."""
        return self.query_one(TextPanel)

    # -- drawing --------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Draw what changed: the facts, the commands, more of the text."""
        if self._job is None:
            return
        changes = self._changes.take()
        if changes.everything or self._device in changes.devices:
            if self.latest.attempt - 1 > len(self._earlier):
                self._read_attempts()
            self._draw_facts()
            self._draw_commands()
            self._draw_text()
        self.panel.flush()

    def _draw_facts(self) -> None:
        attempts = max(self.latest.attempt, 1)
        surroundings = self.paceline.surroundings
        told = facts(
            self.target, self.status, attempts=attempts, job=self.job.status.name,
            now=surroundings.now(), glyphs=self.paceline.glyphs, width=self.size.width - 2,
        )  # fmt: skip
        if told != self._told:
            self._told = told
            # Whether there is an earlier attempt to show.
            self.refresh_bindings()
            self.query_one("#device-facts", Static).update(told)

    def _draw_commands(self) -> None:
        self.commands.show_device(self.status, self._texts(), chooses=not self._has_chosen)
        if not self._has_chosen:
            self._followed = self.commands.cursor

    def _texts(self) -> tuple[str, ...]:
        spec = self.job.status.spec
        assert spec is not None
        return tuple(command.command for command in spec.commands_of(self.target))

    # -- the text -------------------------------------------------------------------------------------

    def _draw_text(self) -> None:
        """Show the chosen command's output when it is another one than before, or has ended since."""
        attempt = self.status.attempt
        command = self.commands.command
        wanted = (attempt, self.commands.number, self._shows_log, command.state.is_final)
        if wanted == self._shown:
            return
        is_same = self._shown is not None and self._shown[:3] == wanted[:3]
        self._shown = wanted
        if self._shows_log:
            self._show_stored(self.files.log(), keep_place=is_same)
        elif command.state is CommandState.RUNNING:
            self._show_live(attempt, self.commands.number)
        elif command.state in (CommandState.PENDING, CommandState.SKIPPED) or not attempt:
            self.panel.show(None)
        else:
            self._show_stored(self.files.output(attempt, self.commands.number), keep_place=is_same)
        self._draw_title()
        self.query_one("#device-path", Static).update(Content.styled(place(self.path), "$muted"))

    def _show_stored(self, text: PagedText, *, keep_place: bool) -> None:
        text.shows_secrets = self._shows_secrets
        self.panel.show(PlainLines(text), keep_place=keep_place)
        # A command that was cancelled or lost at once may have left no file: that is no news.
        self.panel.load(text, quiet=self._shows_log is False and not self.commands.command.bytes)

    def _show_live(self, attempt: int, number: int) -> None:
        if self._live is None or self._live[:2] != (attempt, number):
            self._live = (attempt, number, self.files.output(attempt, number))
            self._live[2].shows_secrets = self._shows_secrets
            self.panel.show(PlainLines(self._live[2]), follow=True)
            self.panel.load(self._live[2], quiet=True)
        else:
            self.panel.show(PlainLines(self._live[2]), follow=True)
            self.panel.view.action_edge(True)

    @property
    def path(self) -> Path:
        """Where what is shown stands on disk; the device's folder when nothing is."""
        if self._shows_log:
            return self.files.log_path
        if self.panel.lines is None:
            return self.files.folder
        return self.files.path(self.status.attempt, self.commands.number, self.commands.command.text)

    def on_text_panel_text_changed(self) -> None:
        """More is known of the text."""
        self._draw_title()

    def _draw_title(self) -> None:
        panel, command = self.panel, self.commands.command
        what = "session log" if self._shows_log else f"{self.commands.number} {printable(command.text)}"
        left = Content.styled(f" {what} ", "bold reverse")
        said = panel.finder.told(self.paceline.glyphs) if panel.finder else ""
        panel.set_title(title(Content.assemble(left, "  ", self._state_of_text()), said, self.size.width - 1))

    def _state_of_text(self) -> Content:
        panel, command = self.panel, self.commands.command
        if panel.problem:
            return Content.styled(printable(panel.problem), "$error")
        if not isinstance(panel.lines, PlainLines):
            return Content.styled("not sent" if command.state.is_final else "not sent yet", "$muted")
        told = told_of(panel.lines.text, None if self._shows_log else command, self.paceline.glyphs)
        shown = f" {self.paceline.glyphs.dot} secrets shown" if self._shows_secrets else ""
        return Content.assemble(told, (shown, "$warning"))

    # -- reading --------------------------------------------------------------------------------------

    @work(group="attempts", exclusive=True, exit_on_error=False)
    async def _read_attempts(self) -> None:
        if self.latest.attempt < 2:
            return
        name, spec = self._device, self.job.status.spec
        assert spec is not None
        try:
            events = await self.paceline.surroundings.library.device_events(self.job.id, name)
        except PacelineError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if name == self._device:
            self._earlier = attempts_of(spec, name, events)[:-1]
            self._changes.everything = True

    @work(group="watch", exclusive=True, exit_on_error=False)
    async def _watch(self) -> None:
        """Live output, until the job ends or the screen is not seen any more."""
        engine = await self.paceline.surroundings.open_engine()
        async with aclosing(engine.watch(self.job.id, self._device)) as chunks:
            async for chunk in chunks:
                live = self._live
                if live is not None and live[:2] == (chunk.attempt, chunk.index):
                    live[2].append(chunk.text.encode())
                    self.panel.text_grew()

    # -- keys -----------------------------------------------------------------------------------------

    def on_row_list_row_highlighted(self, event: RowList.RowHighlighted) -> None:
        """Another command."""
        self._has_chosen = self._has_chosen or event.row != self._followed
        self._shows_log = False
        self._draw_text()

    def on_row_list_row_selected(self, event: RowList.RowSelected) -> None:
        """Into its output."""
        self.panel.view.focus()

    def action_back(self) -> None:
        """End the search, else leave."""
        if not self.panel.forget():
            self._shows_secrets = False
            self._shown = self._live = None
            self.app.pop_screen()

    def action_find(self) -> None:
        """Ask what to search for."""
        self.panel.ask()

    def action_step(self, direction: int) -> None:
        """To the next match or the one before."""
        self.panel.step(direction)

    def action_log(self) -> None:
        """The session log, and back to the command."""
        self._shows_log = not self._shows_log
        self._draw_text()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Earlier attempts are offered where there are any."""
        return action != "attempt" or (self._job is not None and self.latest.attempt > 1)

    def action_attempt(self) -> None:
        """One attempt back; from the first one to the latest."""
        current = self._attempt or self.latest.attempt
        self._attempt = current - 1 if current > 1 else 0
        self._has_chosen = False
        self._changes.everything = True
        self.flush()

    def action_copy(self) -> None:
        """Send the file's path to the terminal's clipboard; not every terminal takes it, so it stays on the screen."""
        self.app.copy_to_clipboard(str(self.path))
        self.notify(f"Sent to the terminal's clipboard: {self.path}", markup=False)

    def action_secrets(self) -> None:
        """Show what is masked, once the operator has said so; mask it again at once."""
        if self._shows_secrets:
            self._mask(is_masked=True)
        else:
            self._ask_for_secrets()

    @work(group="secrets", exclusive=True, exit_on_error=False)
    async def _ask_for_secrets(self) -> None:
        job, device, surroundings = self.job.id, self._device, self.paceline.surroundings
        if not await self.app.push_screen_wait(secrets_dialog(printable(device))):
            return
        entry = secrets_shown(surroundings.now(), surroundings.operator, job, device, "screen")
        try:
            await asyncio.to_thread(surroundings.note, entry)
        except PacelineError as error:
            self.notify(f"They stay masked: {error}", severity="error", markup=False)
            return
        if (job, device) == (self.job.id, self._device):
            self._mask(is_masked=False)

    def _mask(self, *, is_masked: bool) -> None:
        self._shows_secrets = not is_masked
        self.panel.show_secrets(is_shown=not is_masked)
        if self._live is not None:
            self._live[2].shows_secrets = not is_masked
        self._draw_title()

    def action_again(self) -> None:
        """A new job on this device alone: Configure opens with it."""
        spec = self.job.status.spec
        assert spec is not None
        self.paceline.run_again(spec, [self._device], earlier(self.job.status, is_rest=False))

    def action_neighbour(self, step: int) -> None:
        """The next device in the order of the table, or the one before."""
        if self._device in self._order:
            at = list(self._order).index(self._device) + step
            if 0 <= at < len(self._order):
                self.open(self.job, self._order[at], self._order)
                return
        self.notify("No further device in this direction." if self._order else "No list of devices to go through.")
