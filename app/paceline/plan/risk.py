"""How likely a device is to fail and how long that takes: from earlier jobs, else from stated defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paceline.model.duration import FAILED, LOGIN, UNREACHABLE
from paceline.plan.expectation import Expectation
from paceline.plan.history import FADING, History, from_history

UNREACHABLE_RATE = 0.02
"""Default share of devices that get no session."""
UNREACHABLE_S = 10.0
"""Default time until that is known: the default of `connect_s`."""
FAILED_S = 60.0
"""Default time of a device that fails after its login: a command that says nothing for `command_idle_s`."""
STAYS_DOWN = 0.9
"""Chance that a device which was unreachable is so again at its next attempt in the same job."""
PLATFORM_WEIGHT, COUNTRY_WEIGHT, DEVICE_WEIGHT = 10.0, 5.0, 1.0
"""Outcomes that a platform's, a country's and a device's own must outweigh before they are believed."""
ENOUGH_FAILURES = 3
"""Failures from which on their own time is believed."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What may become of one device's first attempt; both rates in 0 to 1."""

    unreachable: float
    unreachable_for: Expectation
    failed: float
    failed_for: Expectation


DEFAULT_RISK = Risk(UNREACHABLE_RATE, Expectation(UNREACHABLE_S, 0.3), 0.0, Expectation(FAILED_S, 0.5))


class Risks:
    """Risks of the devices of one platform. `countries`: country by device, of all whose outcomes count."""

    def __init__(self, platform: str, history: History | None, countries: Mapping[str, str]) -> None:
        self._found: dict[str, Risk] = {}
        self._countries = countries
        runs = {kind: history(platform, kind) if history else () for kind in (LOGIN, UNREACHABLE, FAILED)}
        self._times = {
            kind: from_history(runs[kind]) if len(runs[kind]) >= ENOUGH_FAILURES else default
            for kind, default in (
                (UNREACHABLE, DEFAULT_RISK.unreachable_for),
                (FAILED, DEFAULT_RISK.failed_for),
            )
        }
        # A device that failed after its login has a row of its own beside that of the login.
        fine = [(run.at, run.device, 0.0) for run in runs[LOGIN]]
        down = [(run.at, run.device, 1.0) for run in runs[UNREACHABLE]]
        bad = [(run.at, run.device, 1.0) for run in runs[FAILED]]
        self._has_history = bool(fine or down)
        self._down = _Rates(sorted(fine + down, reverse=True), UNREACHABLE_RATE, countries)
        self._bad = _Rates(sorted(fine + bad, reverse=True), 0.0, countries)

    def device(self, name: str) -> Risk:
        """Of one device."""
        if not self._has_history:
            return DEFAULT_RISK
        return Risk(
            self._down.device(name), self._times[UNREACHABLE], self._bad.device(name), self._times[FAILED]
        )  # fmt: skip


class _Rates:
    """Shares of outcomes, of a platform, then of a country, then of a device: each is led by the one before."""

    def __init__(
        self, outcomes: Sequence[tuple[str, str, float]], default: float, countries: Mapping[str, str]
    ) -> None:
        """`outcomes`: (when, device, 1 where it failed), the newest first."""
        self._countries = countries
        self._devices: dict[str, tuple[float, float]] = {}
        weights: dict[str, float] = {}
        for _, device, failed in outcomes:
            weight = weights.get(device, 1.0)
            weights[device] = weight * FADING
            bad, count = self._devices.get(device, (0.0, 0.0))
            self._devices[device] = (bad + failed * weight, count + weight)
        sums: dict[str, tuple[float, float]] = {}
        for device, (bad, count) in self._devices.items():
            country = countries.get(device, "")
            before = sums.get(country, (0.0, 0.0))
            sums[country] = (before[0] + bad, before[1] + count)
        all_bad, everything = (sum(each[side] for each in sums.values()) for side in (0, 1))
        self._rate = (default * PLATFORM_WEIGHT + all_bad) / (PLATFORM_WEIGHT + everything)
        self._by_country = {
            country: (self._rate * COUNTRY_WEIGHT + bad) / (COUNTRY_WEIGHT + count)
            for country, (bad, count) in sums.items()
        }

    def device(self, name: str) -> float:
        rate = self._by_country.get(self._countries.get(name, ""), self._rate)
        bad, count = self._devices.get(name, (0.0, 0.0))
        return (rate * DEVICE_WEIGHT + bad) / (DEVICE_WEIGHT + count)
