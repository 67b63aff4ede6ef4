"""The line at the top: where you are, where else you can go, who you are."""

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

PLACES = (("1", "Configure", "configure"), ("2", "Monitor", "monitor"), ("3", "History", "history"))
"""Key, name and mode of every main screen."""


class Nav(Widget):
    """One line. It changes only with the width."""

    def __init__(self, mode: str, operator: str) -> None:
        super().__init__()
        self._mode, self._operator = mode, operator

    def render(self) -> Content:
        """The places, this one marked; the operator at the right when there is room."""
        parts: list[Content] = [Content.styled(" paceline ", "bold $primary")]
        for key, name, mode in PLACES:
            style = "bold $foreground reverse" if mode == self._mode else "$foreground"
            parts += [Content("  "), Content.styled(f" {key} {name} ", style)]
        left = Content.assemble(*parts)
        room = self.size.width - left.cell_length - cell_len(self._operator) - 1
        if not self._operator or room < 2:
            return left
        return Content.assemble(left, " " * room, (self._operator, "$muted"))
