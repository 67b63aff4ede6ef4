"""How long a device will take: from earlier runs where there are any, from stated defaults where not."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from paceline.model.duration import LOGIN, Run
from paceline.model.job import JobSpec
from paceline.plan.expectation import Basis, Expectation, total
from paceline.plan.history import STEP, Apart, History, from_history
from paceline.plan.risk import Risk, Risks
from paceline.plan.roster import Roster

LOGIN_S = 2.0
"""Default for connecting, logging in and preparing."""
COMMAND_S = 2.0
"""Default for one command."""
ENOUGH = 5
"""Earlier runs from which on a command's history counts."""
MOST_ASKED = 300
"""Commands whose history is looked up: a command filled per device may be thousands of them."""

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
        self._logins: dict[str, Expectation] = {}
        self._runs: dict[tuple[str, str], Sequence[Run]] = {}
        self._aparts: dict[tuple[str, tuple[str, ...]], Apart] = {}
        self._shifted: dict[tuple[str, tuple[str, ...], float], Expectation] = {}
        self._asked = 0

    @property
    def history(self) -> History | None:
        """What is asked."""
        return self._history

    def device(self, platform: str, commands: tuple[str, ...], name: str = "") -> Expectation:
        """A device of `platform` that gets `commands`: its login and all of them. Equal calls give one object.

        With its `name` it is what the device's own runs make of that, where there are any.
        """
        key = (platform, commands)
        if key not in self._sets:
            parts = [self._command(platform, text, place) for place, text in enumerate(commands)]
            self._sets[key] = self._sum(self.login(platform), parts)
        whole = self._sets[key]
        if not name or whole.basis == "defaults":
            return whole
        apart = self._apart(platform, commands)
        offset = apart.offset(name)
        if offset is None or apart.rest_sigma is None:
            return whole
        shifted = (*key, offset)
        if shifted not in self._shifted:
            parts = [self.login(platform)]
            parts += [self._command(platform, text, place) for place, text in enumerate(commands)]
            # What devices differ by is known of this one: only what its own runs differ by is left.
            own = [replace(part, sigma=apart.rest_sigma) if part.basis == "history" else part for part in parts]
            sum_of_own = total(own, whole.basis)
            sigma = math.hypot(sum_of_own.sigma, STEP)
            self._shifted[shifted] = Expectation(sum_of_own.median_s * math.exp(offset), sigma, whole.basis)
        return self._shifted[shifted]

    def _apart(self, platform: str, commands: tuple[str, ...]) -> Apart:
        key = (platform, commands)
        if key not in self._aparts:
            known = {
                text: runs for text in (LOGIN, *commands) if len(runs := self._runs.get((platform, text), ())) >= ENOUGH
            }
            medians = {
                text: self.login(platform).median_s if text == LOGIN else self._commands[platform, text].median_s
                for text in known
            }
            self._aparts[key] = Apart(known, medians)
        return self._aparts[key]

    def login(self, platform: str) -> Expectation:
        """From an attempt's begin until its session is ready, without the wait for others."""
        if platform not in self._logins:
            runs = self._history(platform, LOGIN) if self._history else ()
            self._runs[platform, LOGIN] = runs
            self._logins[platform] = from_history(runs) if len(runs) >= ENOUGH else _LOGIN
        return self._logins[platform]

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
        runs = self._runs[platform, command] = self._history(platform, command)
        found = from_history(runs) if len(runs) >= ENOUGH else _COMMAND
        like.append(found)
        return found

    def _sum(self, login: Expectation, parts: Sequence[Expectation]) -> Expectation:
        key = tuple(map(id, (login, *parts)))
        if key not in self._sums:
            known = sum(part.basis == "history" for part in parts)
            basis: Basis = "history" if known == len(parts) else ("history and defaults" if known else "defaults")
            self._sums[key] = total([login, *parts], basis)
        return self._sums[key]


def _middle(like: Sequence[Expectation]) -> Expectation:
    """The one in the middle of those known by history; the default where there is none."""
    known = sorted((one for one in like if one.basis == "history"), key=lambda one: one.median_s)
    return known[len(known) // 2] if known else _COMMAND


class DeviceTimes:
    """What each device of a job is expected to take, and how likely it is to fail."""

    def __init__(
        self, names: Sequence[str], roster: Roster, risks: Sequence[Risk] | None = None, login_s: float = 0.0
    ) -> None:
        """All are in the job's frozen order. Without `risks` no device fails; `login_s` is a login's part of a time."""
        self.names, self.roster, self.risks, self.login_s = names, roster, risks, login_s

    @property
    def basis(self) -> Basis:
        """`history`, `history and defaults` or `defaults`."""
        return self.roster.basis

    @cached_property
    def is_fixed(self) -> bool:
        """Whether every duration is known for certain."""
        return all(expected.sigma == 0 for expected in {id(each): each for each in self.roster.expected}.values())

    @property
    def is_certain(self) -> bool:
        """Whether no device fails either."""
        return self.is_fixed and self.risks is None

    @cached_property
    def places(self) -> dict[str, int]:
        """A device's name to its place in `roster`."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def by_device(self) -> dict[str, Expectation]:
        """By the device's name."""
        return dict(zip(self.names, self.roster.expected, strict=True))


def expect(spec: JobSpec, history: History | None = None) -> DeviceTimes:
    """The expectation for every device: login plus its commands, per platform, command set and device."""
    durations = Durations(history)
    texts = [tuple(command.command for command in commands) for commands in spec.command_sets]
    devices = [target.device for target in spec.targets]
    if history is None:
        sets = {(target.platform, target.commands) for target in spec.targets}
        per_set = {key: durations.device(key[0], texts[key[1]]) for key in sets}
        expected = [per_set[target.platform, target.commands] for target in spec.targets]
    else:
        expected = [
            durations.device(target.platform, texts[target.commands], target.device.name) for target in spec.targets
        ]
    roster = Roster([device.country for device in devices], [device.site for device in devices], expected)
    countries = {device.name: device.country for device in devices}
    risks = {platform: Risks(platform, history, countries) for platform in {each.platform for each in spec.targets}}
    logins = {platform: durations.login(platform).median_s for platform in risks}
    return DeviceTimes(
        [device.name for device in devices],
        roster,
        [risks[target.platform].device(target.device.name) for target in spec.targets],
        sum(logins[target.platform] for target in spec.targets) / len(spec.targets),
    )
