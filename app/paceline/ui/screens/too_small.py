"""What stands over a screen while the terminal is smaller than anything can be read on."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

DESIGNED = Size(80, 24)
USABLE = Size(64, 18)
"""Below the size that every screen is designed for they still work; below this one they do not."""


def is_too_small(size: Size) -> bool:
    """Whether a screen of this size is no use."""
    return size.width < USABLE.width or size.height < USABLE.height


class TooSmallScreen(ModalScreen[None]):
    """One quiet sentence. It goes by itself; keys reach nothing under it, but for the way out."""

    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; background: $background; }
    TooSmallScreen Static { width: 100%; text-align: center; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", "Leave", id="small.leave")]

    def compose(self) -> ComposeResult:
        """The sentence."""
        yield Static(markup=False)

    def on_resize(self) -> None:
        """Say it anew, or go."""
        self._look()

    def on_screen_resume(self) -> None:
        """A dialog that was above is gone."""
        self._look()

    def _look(self) -> None:
        size = self.app.size
        if not is_too_small(size):
            # Not `is_current`: that also holds for what is seen behind a dialog, and dismissing takes the top one.
            if self.app.screen is self:
                self.dismiss()
            return
        self.query_one(Static).update(
            f"Paceline needs {DESIGNED.width}x{DESIGNED.height}.\nThis terminal is {size.width}x{size.height}: "
            "make it larger, or q to leave."
        )
