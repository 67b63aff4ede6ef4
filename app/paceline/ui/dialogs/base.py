"""What every dialog shares: it returns an answer, escape gives none, and keys typed too early are thrown away."""

from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from paceline.ui.terminal_internals import PatientScreen

T = TypeVar("T")


class Dialog(ModalScreen[T | None], PatientScreen[T | None]):
    """A question over the screen. `None`: the operator went back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "Back", id="dialog.back"),
    ]

    def on_mount(self) -> None:
        """Nothing repaints while nothing changes: no cursor blinks."""
        for line in self.query(Input):
            line.cursor_blink = False

    def accepts(self, key: events.Key) -> bool:
        """Whether a key was typed when the operator could see the question: after its first frame."""
        return self.drawn_at is not None and key.time >= self.drawn_at

    def action_dismiss_none(self) -> None:
        """Go back."""
        self.dismiss(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong in a worker is a bug, and is not swallowed there."""
        # One that was cancelled has an error too, which would end this screen without a word.
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error
