"""Dialogs with a text of any length: the text scrolls, so that the answers are always in sight."""

from typing import TypeVar

from textual.containers import Vertical

from paceline.ui.dialogs.base import Dialog
from paceline.ui.widgets.scrolling import Scrolling

T = TypeVar("T")
_AROUND = 2
_LEAST = 3


class DialogText(Scrolling):
    """The text."""


class FittedDialog(Dialog[T]):
    """Its `DialogText` gets the lines that everything else leaves."""

    def on_mount(self) -> None:
        """Fit once everything has its height."""
        super().on_mount()
        self.call_after_refresh(self.fit)

    def on_resize(self) -> None:
        """Fit again."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Give the text the lines that are left."""
        frame, text = self.query_one(".dialog", Vertical), self.query_one(DialogText)
        others = [child for child in frame.children if child is not text and child.display]
        taken = sum(child.outer_size.height + child.styles.margin.height for child in others)
        room = self.size.height - _AROUND - frame.gutter.height - taken - text.styles.margin.height
        text.styles.max_height = max(_LEAST, room)
