"""The right part of Configure, and the three lines that stand for it on narrow terminals."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.widgets import Static

from paceline.ui.widgets.estimate import View, full_lines, strip_lines
from paceline.ui.widgets.scrolling import Scrolling

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


class EstimatePane(Scrolling):
    """All of the estimate; scrolls when there are many countries."""

    def __init__(self, *, id: str, classes: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id, classes=classes)
        self.border_title = "Estimate"
        self._view: View | None = None

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static("", markup=False)

    def show(self, view: View) -> None:
        """Draw it."""
        self._view = view
        self._draw()

    def on_resize(self) -> None:
        """The lines over time are as long as there is room."""
        self._draw()

    def _draw(self) -> None:
        if self._view is not None and self.size.width:
            glyphs = cast("PacelineApp", self.app).glyphs
            self.query_one(Static).update(full_lines(self._view, self.scrollable_content_region.width, glyphs))


class EstimateStrip(Static):
    """Size, likely end, and what holds it: three lines under every part."""

    def show(self, view: View) -> None:
        """Draw it."""
        self.update(strip_lines(view), layout=False)
