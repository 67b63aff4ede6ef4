"""What every dialog shares: it returns an answer, escape gives none, and keys typed too early are thrown away."""

from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.worker import Worker

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A question over the screen. `None`: the operator went back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "Back", id="dialog.back"),
    ]

    _shown_at: float | None = None

    def on_mount(self) -> None:
        """Its answers count from its first frame on."""
        self.call_after_refresh(self._be_shown)

    def _be_shown(self) -> None:
        self._shown_at = events.Event().time

    def accepts(self, key: events.Key) -> bool:
        """Whether a key was typed when the operator could see the question."""
        return self._shown_at is not None and key.time >= self._shown_at

    def action_dismiss_none(self) -> None:
        """Go back."""
        self.dismiss(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong in a worker is a bug, and is not swallowed there."""
        if event.worker.error is not None:
            raise event.worker.error
