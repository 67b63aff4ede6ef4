"""What a running job has shown so far: whether its devices are slower than expected, and more of them down."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.time import seconds_between
from paceline.plan.durations import DeviceTimes

DOUBT: Mapping[str, float] = {"history": 0.08, "history and defaults": 0.35, "defaults": 0.6}
"""By the durations' basis: how far a whole job may be off before it began, as deviation of the logarithm."""
TRUST: Mapping[str, float] = {"history": 50.0, "history and defaults": 5.0, "defaults": 3.0}
"""Devices that the expected spread is worth, against that of devices that have ended."""
OUTCOMES = 5.0
"""Outcomes that an expected share of unreachable devices is worth."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Corrections for what is left of a job."""

    shift: float = 0.0
    """Of the logarithm of every duration."""
    doubt: float = 0.0
    """Deviation of that shift."""
    stretch: float = 1.0
    """Of the expected spreads."""
    odds: Mapping[str, float] = field(default_factory=dict)
    """By country: factor on the odds of being unreachable."""
    logged_in: frozenset[int] = frozenset()
    """Devices that run and have a session."""

    @property
    def is_certain(self) -> bool:
        """Whether nothing is left to chance."""
        return not self.doubt

    def chance(self, expected: float, country: str) -> float:
        """The chance to be unreachable where `expected` was thought."""
        odds = self.odds.get(country)
        if odds is None or not 0 < expected < 1:
            return expected
        return odds * expected / (1 - expected + odds * expected)


def at_the_start(times: DeviceTimes) -> Lesson:
    """Nothing is learnt yet; a job whose durations are certain leaves no doubt."""
    return Lesson(doubt=0.0 if times.is_fixed else DOUBT[times.basis])


def learn(status: JobStatus, now: datetime, times: DeviceTimes) -> Lesson:
    """From the devices that have ended, and those that run for longer than expected."""
    start = at_the_start(times)
    logged_in = frozenset(
        times.places[name] for name in status.in_flight if status.devices[name].phase in ("ready", "command")
    )
    odds = _odds(status, times)
    if not start.doubt:
        return Lesson(odds=odds, logged_in=logged_in)
    ratios = _ratios(status, now, times)
    if not ratios:
        return Lesson(0.0, start.doubt, 1.0, odds, logged_in)
    ratios.sort()
    cut = len(ratios) // 20
    kept = [ratio for ratio, _ in ratios[cut : len(ratios) - cut]]
    count = len(ratios)
    spread = sum(sigma**2 for _, sigma in ratios) / count
    mean = sum(kept) / len(kept)
    seen = sum((ratio - mean) ** 2 for ratio in kept) / max(1, len(kept) - 1) if count > 2 else spread
    trust = TRUST[times.basis]
    believed = (trust * spread + count * seen) / (trust + count) if spread else seen
    weight = start.doubt**2 / (start.doubt**2 + believed / count)
    return Lesson(
        mean * weight,
        start.doubt * math.sqrt(1 - weight),
        math.sqrt(believed / spread) if spread else 1.0,
        odds,
        logged_in,
    )


def _ratios(status: JobStatus, now: datetime, times: DeviceTimes) -> list[tuple[float, float]]:
    """The logarithm of seen to expected, and the expected spread, of what says anything about it."""
    found: list[tuple[float, float]] = []
    for device, expected in zip(status.devices.values(), times.roster.expected, strict=True):
        if device.attempt_at is None:
            continue
        if device.state is DeviceState.SUCCEEDED and device.finished_at is not None:
            took = seconds_between(device.attempt_at, device.finished_at)
        elif device.state in (DeviceState.CONNECTING, DeviceState.RUNNING):
            took = seconds_between(device.attempt_at, now)
            if took < expected.median_s:
                continue
        else:
            continue
        found.append((math.log(max(took, 1e-3) / expected.median_s), expected.sigma))
    return found


def _odds(status: JobStatus, times: DeviceTimes) -> dict[str, float]:
    if times.risks is None:
        return {}
    sums: dict[str, list[float]] = {}
    for device, risk in zip(status.devices.values(), times.risks, strict=True):
        is_down = device.state is DeviceState.UNREACHABLE or device.outcome is DeviceState.UNREACHABLE
        if is_down or (device.state.is_final and device.attempt):
            country = sums.setdefault(device.country, [0.0, 0.0, 0.0])
            country[0] += is_down
            country[1] += 1
            country[2] += risk.unreachable
    found: dict[str, float] = {}
    for code, (down, count, expected) in sums.items():
        prior = min(max(expected / count, 1e-4), 1 - 1e-4)
        believed = min(max((OUTCOMES * prior + down) / (OUTCOMES + count), 1e-4), 1 - 1e-4)
        found[code] = believed / (1 - believed) * (1 - prior) / prior
    return found
