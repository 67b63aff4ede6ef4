"""Files that may be inventories, and a line for any other path."""

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from paceline.ui.formats import place


class InventoryPicker(Vertical):
    """Says which path was picked; whether it is an inventory turns out when it is read."""

    class Picked(Message):
        """A path."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, files: Sequence[Path], problem: str = "", typed: str = "") -> None:
        super().__init__()
        self._files, self._problem, self._typed = list(files), problem, typed

    def compose(self) -> ComposeResult:
        """What lies near, the line, what was wrong with the last one."""
        if self._files:
            yield Static(Content("These lie near, and look like inventories:"), classes="sentence")
            yield OptionList(*(Option(Content(place(path))) for path in self._files), classes="listing")
        yield Static(Content("A file, or the folder of a Nornir inventory:"), classes="sentence")
        yield Input(self._typed, placeholder="~/fleet.csv", compact=True, classes="secret")
        error = Static(Content.styled(self._problem, "$error"), classes="dialog-error")
        error.display = bool(self._problem)
        yield error

    def on_mount(self) -> None:
        """The list has the focus when there is one."""
        line = self.query_one(Input)
        line.cursor_blink = False
        if self._files and not self._typed:
            files = self.query_one(OptionList)
            files.highlighted = 0
            files.focus()
        else:
            line.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """One of those that were found."""
        event.stop()
        self.post_message(self.Picked(self._files[event.option_index]))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The typed one."""
        event.stop()
        if text := event.value.strip():
            self.post_message(self.Picked(Path(text).expanduser()))
