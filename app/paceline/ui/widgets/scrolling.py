"""A container that scrolls with the keys that move everywhere."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Scrolling(VerticalScroll, can_focus=True):
    """Takes the focus, so that what does not fit can be read by keyboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", id="scroll.down", show=False),
        Binding("up,k", "scroll_up", "Up", id="scroll.up", show=False),
        Binding("home,g", "scroll_home", "First", id="scroll.first", show=False),
        Binding("end,G", "scroll_end", "Last", id="scroll.last", show=False),
        Binding("pagedown", "page_down", "Page down", id="scroll.page_down", show=False),
        Binding("pageup", "page_up", "Page up", id="scroll.page_up", show=False),
    ]
