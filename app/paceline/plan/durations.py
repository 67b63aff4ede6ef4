"""How long a device will take: from earlier runs where there are any, from stated defaults where not."""

from collections.abc import Callable, Sequence
from functools import cached_property

from paceline.model.job import JobSpec
from paceline.plan.expectation import Basis, Expectation, from_runs, total
from paceline.plan.roster import Roster

LOGIN_S = 2.0
"""Default for connecting, logging in and preparing."""
COMMAND_S = 2.0
"""Default for one command."""
ENOUGH = 5
"""Earlier runs from which on a command's history counts."""
MOST_ASKED = 300
"""Commands whose history is looked up: a command filled per device may be thousands of them."""

History = Callable[[str, str], Sequence[float]]
"""(platform, command) to the seconds of earlier successful runs."""

_LOGIN = Expectation(LOGIN_S)
_COMMAND = Expectation(COMMAND_S)


class Durations:
    """What devices and commands are expected to take. Asks the history once per platform and command.

    Keep one while a plan is edited: a command that was asked for before costs nothing. Make another after a job
    ended, which is when there is more history.
    """

    def __init__(self, history: History | None = None) -> None:
        self._history = history
        self._commands: dict[tuple[str, str], Expectation] = {}
        self._like: dict[tuple[str, int], list[Expectation]] = {}
        self._middles: dict[tuple[str, int], Expectation] = {}
        self._sets: dict[tuple[str, tuple[str, ...]], Expectation] = {}
        self._sums: dict[tuple[int, ...], Expectation] = {}
        self._asked = 0

    def device(self, platform: str, commands: tuple[str, ...]) -> Expectation:
        """A device of `platform` that gets `commands`: its login and all of them. Equal calls give one object."""
        key = (platform, commands)
        if key not in self._sets:
            parts = [self._command(platform, text, place) for place, text in enumerate(commands)]
            self._sets[key] = self._sum(parts)
        return self._sets[key]

    def command(self, platform: str, command: str) -> Expectation:
        """One command; its `basis` says whether earlier runs or the default speak."""
        return self._command(platform, command, 0)

    def _command(self, platform: str, command: str, place: int) -> Expectation:
        key = (platform, command)
        if key not in self._commands:
            self._commands[key] = self._look_up(platform, command, place)
        return self._commands[key]

    def _look_up(self, platform: str, command: str, place: int) -> Expectation:
        if self._history is None:
            return _COMMAND
        like = self._like.setdefault((platform, place), [])
        if self._asked >= MOST_ASKED:
            # The same step, filled for another device, is the best that is known about it.
            if (platform, place) not in self._middles:
                self._middles[platform, place] = _middle(like)
            return self._middles[platform, place]
        self._asked += 1
        seconds = self._history(platform, command)
        found = from_runs(seconds) if len(seconds) >= ENOUGH else _COMMAND
        like.append(found)
        return found

    def _sum(self, parts: Sequence[Expectation]) -> Expectation:
        key = tuple(map(id, parts))
        if key not in self._sums:
            known = sum(part.basis == "history" for part in parts)
            basis: Basis = "history" if known == len(parts) else ("history and defaults" if known else "defaults")
            self._sums[key] = total([_LOGIN, *parts], basis)
        return self._sums[key]


def _middle(like: Sequence[Expectation]) -> Expectation:
    """The one in the middle of those known by history; the default where there is none."""
    known = sorted((one for one in like if one.basis == "history"), key=lambda one: one.median_s)
    return known[len(known) // 2] if known else _COMMAND


class DeviceTimes:
    """What each device of a job is expected to take."""

    def __init__(self, names: Sequence[str], roster: Roster) -> None:
        """`names` and `roster` are in the job's frozen order."""
        self.names, self.roster = names, roster

    @property
    def basis(self) -> Basis:
        """`history`, `history and defaults` or `defaults`."""
        return self.roster.basis

    @cached_property
    def places(self) -> dict[str, int]:
        """A device's name to its place in `roster`."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def by_device(self) -> dict[str, Expectation]:
        """By the device's name."""
        return dict(zip(self.names, self.roster.expected, strict=True))


def expect(spec: JobSpec, history: History | None = None) -> DeviceTimes:
    """The expectation for every device: login plus its commands, per platform and command set."""
    durations = Durations(history)
    texts = [tuple(command.command for command in commands) for commands in spec.command_sets]
    per_set: dict[tuple[str, int], Expectation] = {}
    for platform, commands in {(target.platform, target.commands): None for target in spec.targets}:
        per_set[platform, commands] = durations.device(platform, texts[commands])
    devices = [target.device for target in spec.targets]
    roster = Roster(
        [device.country for device in devices],
        [device.site for device in devices],
        [per_set[target.platform, target.commands] for target in spec.targets],
        [target.window for target in spec.targets] if spec.windows else [],
    )
    return DeviceTimes([device.name for device in devices], roster)
