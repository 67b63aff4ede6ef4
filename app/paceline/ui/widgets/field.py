"""Lines of the job's form: each is one widget, has one value, and shows the tips that belong to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

LABEL = 15
"""Columns of a field's name."""
_INDENT = 4
DIGITS = 5
"""Of a number at most: no fleet has more devices."""


def hung(line: Content, width: int) -> list[Content]:
    """`line` broken at `width`; what follows its first part is set in deeper."""
    if line.cell_length <= width or width <= 3 * _INDENT:
        return [line]
    deeper = " " * (_INDENT + 2)
    first = line.wrap(width)[0]
    after = line.plain[len(first.plain) :]
    rest = line[len(line.plain) - len(after.lstrip()) :]
    return [first, *(Content.assemble(deeper, part) for part in rest.wrap(width - len(deeper)))]


class Field(Widget, can_focus=True):
    """A name and what stands beside it. Up and down go to the other fields, enter does what the field is for."""

    LIVES_ON: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "neighbour(1)", "Next", id="form.next", show=False),
        Binding("up,k", "neighbour(-1)", "Previous", id="form.previous", show=False),
        Binding("enter", "open", "Change", id="form.open", show=False),
    ]

    class Opened(Message):
        """The operator wants to change it."""

        def __init__(self, field: "Field") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "Field":
            """The field."""
            return self.field

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.label = label
        self.tips: tuple[str, ...] = ()

    @property
    def paceline(self) -> "PacelineApp":
        """The application, by its own type."""
        return cast("PacelineApp", self.app)

    def advise(self, tips: Sequence[str]) -> None:
        """Show these below; nothing is drawn when they are the same."""
        if tuple(tips) != self.tips:
            self.tips = tuple(tips)
            self.refresh(layout=True)

    def render(self) -> Content:
        """Name, value, tips."""
        return self._content(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes at this width: whether choices stand beside their box depends on it."""
        return self._content(width).get_height({}, width)

    def _content(self, width: int) -> Content:
        sign = self.paceline.glyphs.closed if self.has_focus else " "
        label = Content.styled(f"{sign} {self.label}".ljust(LABEL), "bold $accent" if self.has_focus else "$foreground")
        first, *rest = self.lines(max(10, width - LABEL))
        tips = [Content.styled(f"{' ' * _INDENT}! {tip}", "$warning") for tip in self.tips]
        parts = [Content.assemble(label, first)]
        for line in [*rest, *tips]:
            parts += hung(line, width)
        return Content("\n").join(parts)

    def lines(self, width: int) -> list[Content]:
        """The value: what stands beside the name, and further lines. `width` is what is left beside the name."""
        raise NotImplementedError

    def on_focus(self) -> None:
        """The sign in front shows where you are."""
        self.refresh()

    def on_blur(self) -> None:
        """It goes away."""
        self.refresh()

    def on_click(self) -> None:
        """As enter."""
        self.action_open()

    def action_neighbour(self, step: int) -> None:
        """The field below or above; at the ends it stays."""
        fields = list(self.parent.query_children(Field)) if isinstance(self.parent, Widget) else [self]
        fields[max(0, min(fields.index(self) + step, len(fields) - 1))].focus()

    def action_open(self) -> None:
        """Ask the screen."""
        self.post_message(self.Opened(self))


class TextField(Field):
    """A value that a dialog changes."""

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(label, id=id)
        self._lines: list[Content] = [Content("")]

    def show(self, lines: Sequence[Content]) -> None:
        """Show this; the first line stands beside the name."""
        if list(lines) != self._lines:
            self._lines = list(lines)
            self.refresh(layout=True)

    def lines(self, width: int) -> list[Content]:
        """As they were given."""
        return self._lines


class ChoiceField(Field):
    """A few values, one of them chosen: left and right choose. With `is_number` digits make any other one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "choose(1)", "Next value", id="form.value_next", show=False),
        Binding("left,h", "choose(-1)", "Previous value", id="form.value_previous", show=False),
        Binding("backspace", "rub_out", "Delete digit", id="form.rub_out", show=False),
    ]

    class Chosen(Message):
        """Another value."""

        def __init__(self, field: "ChoiceField", value: str) -> None:
            super().__init__()
            self.field, self.value = field, value

        @property
        def control(self) -> "ChoiceField":
            """The field."""
            return self.field

    def __init__(self, label: str, values: Sequence[tuple[str, str]], *, id: str, is_number: bool = False) -> None:  # noqa: A002
        """`values`: value and the word for it."""
        super().__init__(label, id=id)
        self.values = list(values)
        self.value = ""
        self.is_number = is_number
        self._is_typing = False

    def show(self, value: str) -> None:
        """Show this value as the chosen one."""
        if value != self.value:
            self.value = value
            self.refresh()

    def rename(self, label: str) -> None:
        """Call it otherwise: what a batch size means depends on the mode."""
        if label != self.label:
            self.label = label
            self.refresh()

    def lines(self, width: int) -> list[Content]:
        """The value in a box when it is a number, and what may be chosen; on one line where both fit."""
        words: list[Content] = []
        for value, word in self.values:
            is_it = value == self.value
            words.append(Content.styled(f"({word})" if is_it else f" {word} ", "bold $primary" if is_it else "$muted"))
        choices = Content("").join(words)
        if not self.is_number:
            beside = choices.cell_length <= width
            return [choices] if beside else [Content(""), Content.assemble(" " * _INDENT, choices)]
        word = next((word for value, word in self.values if value == self.value), self.value)
        box = Content.styled(f"[{word:>5} ]", "reverse" if self.has_focus else "bold")
        if box.cell_length + choices.cell_length + 2 <= width:
            return [Content.assemble(box, "  ", choices)]
        return [box, Content.assemble(" " * _INDENT, choices)]

    def action_choose(self, step: int) -> None:
        """The next or previous of the values; from a number between them the nearest in that direction."""
        self._is_typing = False
        values = [value for value, _ in self.values]
        if self.value in values:
            place = max(0, min(values.index(self.value) + step, len(values) - 1))
        elif self.is_number:
            place = self._nearest(values, step)
        else:
            place = 0 if step > 0 else len(values) - 1
        self._choose(values[place])

    def _nearest(self, values: list[str], step: int) -> int:
        numbers = [(float(value), place) for place, value in enumerate(values) if float(value) > 0]
        mine = float(self.value or 0)
        larger = [entry for entry in numbers if entry[0] > mine]
        smaller = [entry for entry in numbers if entry[0] < mine]
        if step > 0:
            return min(larger)[1] if larger else max(numbers)[1]
        return max(smaller)[1] if smaller else min(numbers)[1]

    def on_key(self, event: events.Key) -> None:
        """Digits make a number; the first one begins a new number."""
        if self.is_number and event.character is not None and event.character.isdigit():
            event.stop()
            event.prevent_default()
            typed = (self.value if self._is_typing else "") + event.character
            self._is_typing = True
            self._choose(typed.lstrip("0")[:DIGITS] or "0")

    def action_rub_out(self) -> None:
        """One digit less."""
        if self.is_number:
            self._is_typing = True
            self._choose(self.value[:-1] or "0")

    def on_blur(self) -> None:
        """The next digit begins anew."""
        self._is_typing = False
        self.refresh()

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.show(value)
            self.post_message(self.Chosen(self, value))

    def on_click(self) -> None:
        """The mouse only gives the focus."""
