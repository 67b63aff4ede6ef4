"""A question with a few answers: what happened or will happen, and what each answer does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from paceline.ui.dialogs.base import Dialog

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Answer(Generic[A]):
    """One way on: its name, what it does, and what the dialog returns for it."""

    name: str
    effect: str
    value: A
    is_dangerous: bool = False
    """Shown in the error colour; it can never be the first answer, which has the focus."""


class ChoiceDialog(Dialog[A]):
    """Arrows and enter choose, escape goes back. The first answer has the focus: it must be the harmless one."""

    def __init__(self, title: str, text: Sequence[str], answers: Sequence[Answer[A]]) -> None:
        super().__init__()
        if answers[0].is_dangerous:
            raise ValueError("the answer that has the focus may not be a dangerous one")
        self._title, self._text, self._answers = title, text, answers

    def compose(self) -> ComposeResult:
        """Title, sentences, answers."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            if self._text:
                with VerticalScroll(classes="dialog-text", can_focus=False):
                    yield Static(Content("\n".join(self._text)))
            yield OptionList(*(Option(_prompt(answer)) for answer in self._answers), classes="dialog-answers")
            yield Static(Content.styled("enter chooses   esc goes back", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """The first answer has the focus."""
        answers = self.query_one(OptionList)
        answers.highlighted = 0
        answers.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """That is the answer."""
        event.stop()
        self.dismiss(self._answers[event.option_index].value)


def _prompt(answer: Answer[A]) -> Content:
    style = "bold $error" if answer.is_dangerous else "bold"
    effect = f"\n  {answer.effect}" if answer.effect else ""
    return Content.assemble((answer.name, style), effect)
