"""An application that its terminal, signals, the shell's ctrl+z and its own bugs end or stop in good order."""

import gc
import signal
from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType
from textual.worker import WorkerFailed

from paceline.store.crash import tell_crash
from paceline.ui.departure import Deadline
from paceline.ui.dialogs.leave import suspend_dialog
from paceline.ui.live import LiveJob
from paceline.ui.terminal_internals import FrameApp, TerminalDriver, restore_now

EXIT_BUG = 70
"""Outside the table of exit codes (EX_SOFTWARE of sysexits.h): nothing about the fleet can be concluded."""
COLLECT_AFTER_S = 1.0
"""From the first frame to the first look of the collector: presets and inventory are read by then."""
COLLECTOR = (50_000, 20, 100)
"""Thresholds of the garbage collector once the first frame is there."""


class TerminalApp(FrameApp):
    """What every full-screen program on a jump host needs, whatever its screens are."""

    def __init__(self, crash_folder: Path, *, is_unicode: bool) -> None:
        super().__init__(driver_class=TerminalDriver)
        # Without Unicode all that is drawn is ASCII (`ui/ascii.py`); what is not drawn is escape sequences.
        self.encoding = "utf-8" if is_unicode else "ascii"
        self.last_words: list[str] = []
        """Sentences for the terminal once the screens have left it."""
        self.ended_by: int | None = None
        """The signal that ended us, SIGHUP for a terminal that went away."""
        self._crash_folder = crash_folder
        self._deadline = Deadline(lambda: restore_now(self))

    @property
    def at_stake(self) -> Sequence[LiveJob]:
        """The jobs that would end with this process."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """Leave, or ask first."""
        raise NotImplementedError

    # -- ends that nobody chose on the screen -----------------------------------------------------------

    def end_by(self, number: int) -> None:
        """A signal, or a terminal that went away: end at once. What runs is interrupted and can be resumed."""
        if self.ended_by is None:
            self.ended_by = number
            self._deadline.begin(128 + number)
            self.exit(return_code=128 + number)

    def ask_to_leave(self) -> None:
        """An interrupt from outside is ctrl+c."""
        self.call_later(self.action_leave)

    def lose_terminal(self) -> None:
        """Nobody sees or types any more. Called from the threads that read and write."""
        self._deadline.begin(128 + signal.SIGHUP)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.end_by, int(signal.SIGHUP))

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's other way of ending with a bug: what it would print may hold anything."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        """End with one sentence, and a log without local variables: they may hold passwords."""
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):
            error = error.error
        if error is not None and not self.last_words:
            self.last_words.append(tell_crash(self._crash_folder, error))
        self._return_code = EXIT_BUG
        self._close_messages_no_wait()

    # -- suspending, and the first frame ----------------------------------------------------------------

    def action_suspend_process(self) -> None:
        """Back to the shell for a while; jobs of this process would stop with it, so that is asked first."""
        if self._driver is None or not self._driver.can_suspend:
            self.notify("there is no shell here to go back to", markup=False)
        elif self.at_stake:
            self.push_screen(suspend_dialog(self.at_stake), self._suspend)
        else:
            super().action_suspend_process()

    def _suspend(self, is_meant: bool | None) -> None:
        if is_meant:
            super().action_suspend_process()

    def on_ready(self) -> None:
        """The first frame is there, what it asked for is on its way."""
        if not gc.isenabled():
            self.set_timer(COLLECT_AFTER_S, collect_at_last)


def collect_at_last() -> None:
    """What was made until now stays, the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR)
    gc.enable()
