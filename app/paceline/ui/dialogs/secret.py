"""One secret, asked for without showing it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.ui.dialogs.base import Dialog


class SecretDialog(Dialog[str]):
    """Enter gives the secret, escape gives none. It is kept in memory alone."""

    def __init__(self, label: str, why: str) -> None:
        super().__init__()
        self._label, self._why = label, why

    def compose(self) -> ComposeResult:
        """What for, and where to type it."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._label[:1].upper() + self._label[1:]), classes="dialog-title")
            yield Static(Content(self._why), classes="dialog-text")
            yield Input(password=True, classes="dialog-input")
            yield Static(Content.styled("enter goes on   esc goes back", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Typing goes into the field."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """An empty one is none."""
        event.stop()
        if event.value:
            self.dismiss(event.value)
