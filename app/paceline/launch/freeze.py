"""Freezing a job's devices: platform and filled commands for each, every line judged by the guard."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from paceline.config.platforms import Platforms
from paceline.model.device import Device
from paceline.model.errors import PacelineError
from paceline.model.job import Command, Target
from paceline.model.platform import Platform
from paceline.model.preset import Preset
from paceline.plan.effect import Verdict, judge
from paceline.plan.template import TemplateError, fill

MOST_LISTED = 8
"""Problems that are listed; the rest is counted."""


class LaunchError(PacelineError):
    """A job that cannot start as it stands; one line per reason."""


@dataclass(slots=True)
class Frozen:
    """The targets of a job and what they share."""

    targets: list[Target] = field(default_factory=list)
    sets: dict[tuple[Command, ...], int] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    guessed: list[str] = field(default_factory=list)
    """Devices whose platform is the preset's default."""


class Freezer:
    """Collects targets, and every reason why one cannot be one."""

    def __init__(self, preset: Preset, platforms: Platforms) -> None:
        self._preset, self._platforms = preset, platforms
        self._problems: dict[str, list[str]] = {}
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._frozen = Frozen()

    def freeze(self, devices: Iterable[Device]) -> Frozen:
        """All devices as targets. Raises LaunchError with every reason against it."""
        for device in devices:
            self._add(device)
        if self._problems:
            lines = [f"{reason} ({few(names)})" for reason, names in list(self._problems.items())[:MOST_LISTED]]
            more = len(self._problems) - len(lines)
            raise LaunchError("\n".join(lines + ([f"... and {more} more problems"] if more > 0 else [])))
        return self._frozen

    def _add(self, device: Device) -> None:
        name = device.platform or self._preset.default_platform
        platform = self._platforms.get(name)
        if platform is None:
            near = self._platforms.nearest(name)
            hint = f'did you mean "{near}"?' if near else f"there are: {', '.join(self._platforms.names)}"
            self._refuse(f'no platform is called "{name}"; {hint}', device)
        else:
            if not device.platform:
                self._frozen.guessed.append(device.name)
            self._add_commands(device, name, platform)

    def _add_commands(self, device: Device, name: str, platform: Platform) -> None:
        try:
            commands = tuple(
                command.model_copy(update={"command": fill(command.command, device)})
                for command in self._preset.commands_for(name)
            )
        except TemplateError as error:
            self._refuse(error.reason, device)
            return
        if not commands:
            self._refuse(f"the preset has no commands for platform {name}", device)
            return
        for command in commands:
            key = (name, command.command)
            if key not in self._verdicts:
                self._verdicts[key] = judge(command.command, platform, may_change=not self._preset.read_only)
            if (verdict := self._verdicts[key]).effect == "refused":
                self._refuse(verdict.why, device)
        index = self._frozen.sets.setdefault(commands, len(self._frozen.sets))
        self._frozen.platforms[name] = platform
        self._frozen.targets.append(Target(device=device, commands=index, platform=name))

    def _refuse(self, reason: str, device: Device) -> None:
        self._problems.setdefault(reason, []).append(device.name)


def few(names: list[str]) -> str:
    """Some names for a sentence: the first three, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
