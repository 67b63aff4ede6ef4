"""What the main screens share: the line at the top, the footer, the breakpoints, and a timer that repaints."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import Footer, Input
from textual.worker import Worker, WorkerState

from paceline.ui.screens.too_small import TooSmallScreen, is_too_small
from paceline.ui.terminal_internals import PatientScreen
from paceline.ui.widgets.nav import Nav

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

NARROW, MEDIUM, WIDE = 0, 100, 120
"""Columns from which a layout applies: `-narrow`, `-medium`, `-wide` are classes of the screen."""


class PacelineScreen(PatientScreen[Any]):
    """One of the screens that the line at the top names."""

    MODE: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(NARROW, "-narrow"), (MEDIUM, "-medium"), (WIDE, "-wide")]  # noqa: RUF012 - Textual's own

    @property
    def paceline(self) -> "PacelineApp":
        """The application, by its own type."""
        return cast("PacelineApp", self.app)

    def compose(self) -> ComposeResult:
        """The line at the top, the screen's own parts, the footer."""
        yield Nav(self.MODE, self.paceline.surroundings.operator)
        yield from self.compose_body()
        yield Footer(show_command_palette=False, compact=True)

    def compose_body(self) -> ComposeResult:
        """The screen's own parts."""
        yield from ()

    def on_mount(self) -> None:
        """Repaint what changed, at most so often. `flush` of a screen that is not shown is not called.

        Textual calls this beside a subclass's own: one that called it too would repaint twice as often.
        """
        for line in self.query(Input):
            line.cursor_blink = False
        self.set_interval(1 / self.paceline.flush_hz, self._flush_if_shown)

    def on_resize(self) -> None:
        """A terminal that shrank too far gets a sentence instead."""
        self._mind_size()

    def on_screen_resume(self) -> None:
        """The same for a screen that comes to the front while the terminal is small."""
        self._mind_size()

    def _mind_size(self) -> None:
        # Not `is_current`: that also holds for what is seen behind a dialog.
        if self.app.screen is self and is_too_small(self.app.size):
            self.app.push_screen(TooSmallScreen())

    def _flush_if_shown(self) -> None:
        if self.is_current:
            self.flush()

    def flush(self) -> None:
        """Draw what changed since the last time; nothing when nothing did."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong in a worker is a bug, and is not swallowed there."""
        # One that was cancelled has an error too, which would end this screen without a word.
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error
