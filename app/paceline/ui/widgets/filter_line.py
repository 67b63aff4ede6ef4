"""The line that says what of the table is shown, while not all of it is."""

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.widgets import Static

from paceline.ui.widgets.device_order import DeviceFilter

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


class FilterLine(Static):
    """One line; not there while every device is shown."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._text = ""
        self.display = False

    def show(self, shown_by: DeviceFilter, shown: int, total: int) -> None:
        """Say it, in words."""
        dot = cast("PacelineApp", self.app).glyphs.dot
        text = f" {shown} of {total} shown: {shown_by.sentence(dot)}" if shown_by else ""
        if text != self._text:
            self._text = text
            self.display = bool(text)
            self.update(Content.assemble((text, "$accent"), ("   esc shows all", "$muted")), layout=False)

    def complain(self, sentence: str) -> None:
        """Say what was not understood."""
        self._text = sentence
        self.display = True
        self.update(Content.styled(f" {sentence}", "$warning"), layout=False)
