"""One line of text that is asked for: a preset's name."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.ui.dialogs.base import Dialog


class LineDialog(Dialog[str]):
    """Enter gives what was typed, without blanks around it; nothing typed is no answer."""

    def __init__(self, title: str, text: Sequence[str], value: str = "", problem: str = "") -> None:
        super().__init__()
        self._title, self._text, self._value, self._problem = title, text, value, problem

    def compose(self) -> ComposeResult:
        """Sentences, the line, what was wrong with the last answer."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            for sentence in self._text:
                yield Static(Content(sentence), classes="sentence")
            yield Input(self._value, compact=True, classes="secret")
            error = Static(Content.styled(self._problem, "$error"), classes="dialog-error")
            error.display = bool(self._problem)
            yield error
            yield Static(Content.styled("enter takes it   esc goes back", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Type at once."""
        super().on_mount()
        line = self.query_one(Input)
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """That is it."""
        event.stop()
        if text := event.value.strip():
            self.dismiss(text)
