"""One line that says which part of a screen shows, where there is no room for all of them."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget


class PartTabs(Widget):
    """Names of parts, one of them marked, and the key that goes on."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names, self._shown = list(names), 0

    def mark(self, shown: int) -> None:
        """This part shows now."""
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Content:
        """The line."""
        parts = [Content(" ")]
        for place, name in enumerate(self._names):
            parts.append(Content.styled(f" {name} ", "bold reverse" if place == self._shown else "$muted"))
            parts.append(Content(" "))
        return Content.assemble(*parts, ("tab", "$accent"), (" next part", "$muted"))
