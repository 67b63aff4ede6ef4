"""The commands of one device, with how each went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from paceline.model.states import CommandState, DeviceState
from paceline.model.tally import CommandStatus, DeviceStatus
from paceline.model.time import as_duration
from paceline.ui.formats import size
from paceline.ui.screens.base import MEDIUM
from paceline.ui.widgets.rows import Column, Part, RowList

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

Row = tuple[int, CommandStatus]
"""A command's number, from 1, and its state."""

MOST_IN_VIEW = 8
_WRONG = (CommandState.REJECTED, CommandState.TIMED_OUT, CommandState.LOST)


class CommandList(RowList[Row]):
    """Numbered from 1, in the order they are sent."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        columns: list[Column[Row]] = [
            Column("", self._sign, 1),
            Column("#", lambda row: str(row[0]), 2, is_number=True),
            Column("command", lambda row: row[1].text),
            Column("state", self._state, 10),
            Column("time", lambda row: "" if row[1].seconds is None else as_duration(row[1].seconds), 7, True),
            Column("bytes", lambda row: "" if row[1].bytes is None else size(row[1].bytes), 8, True),
            Column("why", lambda row: row[1].reason, from_width=MEDIUM),
        ]
        super().__init__(
            columns,
            lambda row: row[0],
            title_style=lambda: self._app.palette["muted"],
            ellipsis=lambda: self._app.glyphs.ellipsis,
            id=id,
        )

    @property
    def _app(self) -> "PacelineApp":
        return cast("PacelineApp", self.app)

    def _sign(self, row: Row) -> list[Part]:
        return [(self._app.glyphs.commands[row[1].state], self._app.palette.command(row[1].state))]

    def _state(self, row: Row) -> list[Part]:
        return [(row[1].state.value.replace("_", " "), self._app.palette.command(row[1].state))]

    def show_device(self, device: DeviceStatus, texts: Sequence[str], *, chooses: bool) -> None:
        """Show how the commands `texts` went; with `chooses` the cursor goes to the one that matters now."""
        states = device.commands or [_not_sent(device.state, text) for text in texts]
        if len(states) != len(self.rows):
            self.styles.height = min(len(states), MOST_IN_VIEW) + 1
        self.show(list(enumerate(states, 1)))
        if chooses:
            self.move_to(_that_matters(states, is_over=device.state.is_final))

    @property
    def number(self) -> int:
        """The chosen command's number, from 1."""
        return self.cursor + 1

    @property
    def command(self) -> CommandStatus:
        """The chosen command."""
        return self.current[1] if self.current else CommandStatus("")


def _not_sent(device: DeviceState, text: str) -> CommandStatus:
    if not device.is_final:
        return CommandStatus(text)
    return CommandStatus(text, CommandState.CANCELLED if device is DeviceState.CANCELLED else CommandState.SKIPPED)


def _that_matters(states: Sequence[CommandStatus], *, is_over: bool) -> int:
    """The place of the command that runs, else of the last that ended; when it is over, of the first that failed."""
    running = [place for place, command in enumerate(states) if command.state is CommandState.RUNNING]
    wrong = [place for place, command in enumerate(states) if command.state in _WRONG]
    ended = sum(command.state.is_final for command in states)
    return next(iter(running or (wrong if is_over else [max(0, ended - 1)])), 0)
