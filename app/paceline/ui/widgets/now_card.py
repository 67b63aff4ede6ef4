"""The oldest device in flight, in large: what the job is waiting for most."""

from collections.abc import Mapping
from datetime import datetime

from rich.style import Style

from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.model.time import as_duration
from paceline.ui.formats import fit
from paceline.ui.glyphs import Glyphs
from paceline.ui.theming import Palette
from paceline.ui.widgets.device_rows import LATE, current_command
from paceline.ui.widgets.drawn import Drawn, Line, Part, fit_line, spread

_BOLD = Style(bold=True)
_NOTHING = Style.null()


def write_card(
    status: JobStatus, now: datetime, usual: Mapping[str, float], glyphs: Glyphs, palette: Palette, width: int
) -> list[Line]:
    """Three lines: device and age, command and what is usual, the commands' signs."""
    name = next(iter(status.in_flight), None)
    if name is None:
        text = "nothing runs" if not status.state.is_final else "nothing runs any more"
        return [fit_line([], width), fit_line([(f"  {text}", palette["muted"])], width), fit_line([], width)]
    device = status.devices[name]
    seconds = int(device.elapsed_s(now) or 0)
    usual_s = usual.get(name)
    age_token = "warning" if usual_s is not None and seconds > LATE * usual_s else "primary"
    age = as_duration(seconds) if seconds >= 10 else f"{seconds}s"
    found = current_command(device)
    command = found[1].text if found else {"login": "logging in"}.get(device.phase, device.phase)
    of = status.commands_of(name)
    index = f"   {found[0]} of {of}" if found else f"   {of} to come"
    oldest: list[Part] = [
        (f"  {glyphs.states[device.state]} ", palette.state(device.state) + _BOLD),
        (name, palette["foreground"] + _BOLD),
        (f"   {device.country}   the oldest of {len(status.in_flight)} in flight", palette["muted"]),
    ]
    doing: list[Part] = [(f"    {command}", palette["foreground"] + _BOLD), (index, palette["muted"])]
    expected: list[Part] = [(f"usual {as_duration(usual_s)}  ", palette["muted"])] if usual_s is not None else []
    return [
        spread(oldest, [(f"{age}  ", palette[age_token] + _BOLD)], width, glyphs.ellipsis),
        spread(doing, expected, width, glyphs.ellipsis),
        fit_line([("    ", _NOTHING), *_signs(device, of, glyphs, palette, width - 4)], width),
    ]


def _signs(device: DeviceStatus, of: int, glyphs: Glyphs, palette: Palette, width: int) -> list[Part]:
    """A sign and the text of each command that ended, as many of the latest as fit; signs alone for the rest."""
    commands = device.commands or []
    ended: list[Part] = []
    for command in commands:
        if command.state.is_final and command.sent_at is not None:
            took = f" {as_duration(command.seconds)}" if command.seconds is not None else ""
            text = f"{glyphs.commands[command.state]} {command.text}{took}   "
            ended.append((fit(text, min(len(text), 40), glyphs.ellipsis), palette.command(command.state)))
    while ended and sum(len(text) for text, _ in ended) > width - of:
        del ended[0]
    open_ones = of - sum(command.state.is_final for command in commands)
    return [*ended, (glyphs.commands[CommandState.PENDING] * open_ones, palette["muted"])]


class NowCard(Drawn):
    """The card."""
