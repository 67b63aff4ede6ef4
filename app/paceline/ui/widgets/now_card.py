"""The oldest device in flight, in large: what the job is waiting for most."""

from collections.abc import Mapping
from datetime import datetime

from rich.style import Style

from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.model.time import as_duration
from paceline.ui.glyphs import Glyphs
from paceline.ui.theming import Palette
from paceline.ui.widgets.device_rows import LATE, current_command
from paceline.ui.widgets.drawn import Line, Part, fit_line, spread
from paceline.ui.widgets.headline_text import countdown
from paceline.ui.widgets.large_digits import large

_BOLD = Style(bold=True)
_NOTHING = Style.null()


def write_card(
    status: JobStatus, now: datetime, usual: Mapping[str, float], glyphs: Glyphs, palette: Palette, width: int
) -> list[Line]:
    """Three lines: the device, its command and what is usual, what it has done; its age over all three."""
    name = next(iter(status.in_flight), None)
    if name is None:
        return [fit_line([], width), fit_line([("  nothing runs", palette["muted"])], width), fit_line([], width)]
    device = status.devices[name]
    seconds, usual_s = int(device.elapsed_s(now) or 0), usual.get(name)
    of, found = status.commands_of(name), current_command(device)
    command = (
        found[1].text if found else {"login": "logging in", "code": "waits for a code"}.get(device.phase, device.phase)
    )
    left: list[list[Part]] = [
        [
            (f"  {glyphs.states[device.state]} ", palette.state(device.state) + _BOLD),
            (name, palette["foreground"] + _BOLD),
            (f"   {device.country}   the oldest of {len(status.in_flight)} in flight", palette["muted"]),
        ],
        [
            (f"    {command}", palette["foreground"] + _BOLD),
            (f"   {found[0]} of {of}" if found else f"   {of} to come", palette["muted"]),
            (f"   usual {as_duration(usual_s)}" if usual_s is not None else "", palette["muted"]),
        ],
        [("    ", _NOTHING), *_done(device, of, glyphs, palette)],
    ]
    age_token = "warning" if usual_s is not None and seconds > LATE * usual_s else "primary"
    age = large(countdown(seconds)) if glyphs.is_unicode else (countdown(seconds), "", "")
    return [
        spread(parts, [(f"  {digits}  " if digits else "", palette[age_token] + _BOLD)], width, glyphs.ellipsis)
        for parts, digits in zip(left, age, strict=True)
    ]


def _done(device: DeviceStatus, of: int, glyphs: Glyphs, palette: Palette) -> list[Part]:
    """A sign for each command, then what the latest ones took."""
    commands = device.commands or []
    signs: list[Part] = [(glyphs.commands[command.state], palette.command(command.state)) for command in commands]
    signs.append((glyphs.commands[CommandState.PENDING] * (of - len(commands)), palette["muted"]))
    ended = [command for command in commands if command.state.is_final and command.seconds is not None]
    for command in reversed(ended):
        signs.append((f"   {command.text} {as_duration(command.seconds or 0.0)}", palette["muted"]))
    return signs
