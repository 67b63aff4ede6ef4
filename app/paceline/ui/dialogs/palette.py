"""The command palette: everything that can be done from here, by typing a part of its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from paceline.model.text import printable
from paceline.ui.dialogs.base import Dialog
from paceline.ui.formats import fit


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done."""

    name: str
    hint: str
    """The key that does the same, or what it is."""
    run: Callable[[], Any]


class PaletteDialog(Dialog[Command]):
    """Typing narrows, arrows move, enter runs; the answer is the command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", "Down", id="palette.down", show=False),
        Binding("up", "move('cursor_up')", "Up", id="palette.up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", id="palette.page_down", show=False),
        Binding("pageup", "move('page_up')", "Page up", id="palette.page_up", show=False),
    ]

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands, self._found = list(commands), list(commands)

    def compose(self) -> ComposeResult:
        """What is typed, what it finds."""
        with Vertical(classes="dialog", id="palette"):
            yield Input(placeholder="what to do", classes="dialog-input")
            found = OptionList(classes="dialog-answers")
            found.can_focus = False
            yield found

    def on_mount(self) -> None:
        """Everything, until something is typed."""
        self.query_one(Input).focus()
        self.call_after_refresh(self._list, "")

    def accepts(self, key: events.Key) -> bool:
        """The operator opened it and types on: that is no answer to a question they have not seen."""
        return True

    def add(self, commands: Sequence[Command]) -> None:
        """More commands, which took a while to find."""
        self._commands += commands
        self._list(self.query_one(Input).value)

    def _list(self, text: str) -> None:
        self._found = self._commands
        if text.strip():
            matcher = Matcher(text.strip())
            scored = [(matcher.match(command.name), command) for command in self._commands]
            hits = sorted((hit for hit in scored if hit[0] > 0), key=lambda hit: -hit[0])
            self._found = [command for _, command in hits]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            [Option(_prompt(command, options.scrollable_content_region.width - 2)) for command in self._found]
        )
        options.highlighted = 0 if self._found else None

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._list(event.value)

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._found[highlighted])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._found[event.option_index])

    def action_move(self, how: str) -> None:
        """Move in the list while the typing goes on."""
        getattr(self.query_one(OptionList), f"action_{how}")()


def _prompt(command: Command, width: int) -> Content:
    name = printable(command.name)
    room = max(0, width - cell_len(name) - 2)
    hint = printable(command.hint)
    return Content.assemble(name, "  ", (fit(hint, min(room, cell_len(hint))).rjust(room), "$muted"))
