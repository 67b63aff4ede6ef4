"""A list of sentences to read, as long as it may be."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from paceline.ui.dialogs.fitted import DialogText, FittedDialog

MOST = 2_000
"""Sentences that are listed; the rest is counted."""


class SentencesDialog(FittedDialog[None]):
    """Escape or enter goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "dismiss_none", "Back", id="sentences.back", show=False)]

    def __init__(self, title: str, sentences: Sequence[str]) -> None:
        super().__init__()
        self._title, self._sentences = title, sentences

    def compose(self) -> ComposeResult:
        """Title, sentences, keys."""
        shown = list(self._sentences[:MOST])
        if len(self._sentences) > MOST:
            shown.append(f"and {len(self._sentences) - MOST} more")
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            with DialogText():
                yield Static(Content("\n".join(f"- {sentence}" for sentence in shown)))
            yield Static(Content.styled("arrows scroll   esc goes back", "$muted"), classes="dialog-keys")
