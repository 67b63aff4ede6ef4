"""The first start: there is no inventory yet, so say so, and how to come to one."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from paceline.ui.formats import place
from paceline.ui.screens.base import PacelineScreen
from paceline.ui.widgets.inventory_picker import InventoryPicker


class WelcomeScreen(PacelineScreen):
    """Returns the path of an inventory; None: go on without one."""

    MODE: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "go_on", "Without one", id="welcome.go_on"),
        Binding("tab", "app.focus_next", "List or line", id="welcome.next", show=False),
    ]

    def __init__(self, files: Sequence[Path], settings: Path, problem: str = "", typed: str = "") -> None:
        super().__init__()
        self._files, self._settings, self._problem, self._typed = files, settings, problem, typed

    def compose_body(self) -> ComposeResult:
        """What is missing, what lies near, what else there is."""
        with VerticalScroll(id="welcome", can_focus=False), Vertical(classes="welcome-page"):
            yield Static(Content("Welcome to Paceline"), classes="dialog-title")
            yield Static(
                Content(
                    "There is no inventory yet: the file that says which devices you have. A CSV with a header is "
                    "enough, with a name, an address and a platform per line; a Nornir inventory and a plain list of "
                    "names work as well."
                ),
                classes="sentence",
            )
            yield InventoryPicker(self._files, self._problem, self._typed)
            demo = Content.assemble(
                "No network at hand? Leave with ", ("q", "bold $accent"), " (after esc in the line) and run ",
                ("paceline demo", "bold"), ": a simulated fleet of real SSH servers on this machine.",
            )  # fmt: skip
            yield Static(demo, classes="sentence")
            always = f'To open one every time, write inventory = "~/fleet.csv" into {place(self._settings)}'
            yield Static(Content.styled(always, "$muted"), classes="sentence")

    def on_inventory_picker_picked(self, event: InventoryPicker.Picked) -> None:
        """That one."""
        event.stop()
        self.dismiss(event.path)

    def action_go_on(self) -> None:
        """Look around without an inventory."""
        self.dismiss(None)
