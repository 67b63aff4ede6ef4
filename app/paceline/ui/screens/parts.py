"""The three parts of Configure, and how one moves between them."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from paceline.ui.screens.base import PacelineScreen
from paceline.ui.widgets.device_tree import DeviceTree
from paceline.ui.widgets.devices_pane import DevicesPane
from paceline.ui.widgets.estimate_pane import EstimatePane, EstimateStrip
from paceline.ui.widgets.field import Field
from paceline.ui.widgets.job_form import JobForm
from paceline.ui.widgets.part_tabs import PartTabs

PARTS = ("devices", "job", "estimate")


class PartedScreen(PacelineScreen):
    """Parts side by side, or one at a time on narrow terminals."""

    def compose_body(self) -> ComposeResult:
        """The three parts, and what stands for them where they do not fit side by side."""
        yield PartTabs(["Devices", "Job", "Estimate"])
        with Horizontal(id="parts"):
            yield DevicesPane(id="devices", classes="part -shown")
            yield JobForm(id="job", classes="part")
            yield EstimatePane(id="estimate", classes="part")
        yield EstimateStrip("", id="strip", markup=False)

    def action_part(self, step: int) -> None:
        """To the next part; the narrow form shows it alone."""
        self.show_part(((self._part_with_focus() or 0) + step) % len(PARTS))

    def show_part(self, place: int) -> None:
        """Show this part, and put the focus into it."""
        self._mark_part(place)
        targets: tuple[Widget, ...] = (
            self.query_one(DeviceTree), self.query(Field).first(), self.query_one(EstimatePane),
        )  # fmt: skip
        targets[place].focus()

    def _mark_part(self, place: int) -> None:
        for number, name in enumerate(PARTS):
            self.query_one(f"#{name}").set_class(number == place, "-shown")
        self.query_one(PartTabs).mark(place)

    def on_descendant_focus(self) -> None:
        """The part with the focus is the one that a terminal shows that becomes narrow."""
        place = self._part_with_focus()
        if place is not None:
            self._mark_part(place)

    def _part_with_focus(self) -> int | None:
        return next((n for n, name in enumerate(PARTS) if self.query_one(f"#{name}").has_focus_within), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash that is typed into a line is a slash."""
        return not (action == "filter" and isinstance(self.focused, Input))

    def action_filter(self) -> None:
        """Type a selection that narrows what is shown."""
        self._mark_part(0)
        self.set_focus(self.query_one(DevicesPane).open_filter())

    def action_focus_tree(self) -> None:
        """From the filter to what it shows."""
        self.query_one(DeviceTree).focus()

    def action_end_filter(self) -> None:
        """Show all devices again."""
        self.query_one(DevicesPane).end_filter()
