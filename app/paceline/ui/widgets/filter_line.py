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

    def show(self, shown_by: DeviceFilter, shown: int, total: int, complaint: str = "") -> None:
        """Say it in words, or what of a typed filter was not understood."""
        dot = cast("PacelineApp", self.app).glyphs.dot
        text = f"{shown} of {total} shown: {shown_by.sentence(dot)}" if shown_by else ""
        if (complaint or text) == self._text:
            return
        self._text = complaint or text
        self.display = bool(self._text)
        if complaint:
            self.update(Content.styled(f" {complaint}", "$warning"), layout=False)
        else:
            self.update(Content.assemble((f" {text}", "$accent"), ("   esc shows all", "$muted")), layout=False)
