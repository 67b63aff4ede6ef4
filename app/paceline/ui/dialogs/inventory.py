"""Which inventory to open."""

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from paceline.ui.dialogs.base import Dialog
from paceline.ui.widgets.inventory_picker import InventoryPicker


class InventoryDialog(Dialog[Path]):
    """Returns the path that was picked."""

    def __init__(self, files: Sequence[Path], now: str = "", problem: str = "", typed: str = "") -> None:
        super().__init__()
        self._files, self._now, self._problem, self._typed = files, now, problem, typed

    def compose(self) -> ComposeResult:
        """What is open now, and the picker."""
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content("Open an inventory"), classes="dialog-title")
            if self._now:
                yield Static(Content.styled(f"open now: {self._now}", "$muted"), classes="sentence")
            yield InventoryPicker(self._files, self._problem, self._typed)
            keys = "enter opens   tab goes to the line   esc goes back"
            yield Static(Content.styled(keys, "$muted"), classes="dialog-keys")

    def on_inventory_picker_picked(self, event: InventoryPicker.Picked) -> None:
        """That one."""
        event.stop()
        self.dismiss(event.path)
