"""Many rehearsals over drawn durations and failures: when a job ends as often as not, and in nine of ten runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 - a type; model/time.py makes them
from statistics import NormalDist

from paceline.model.time import seeded
from paceline.plan.durations import DeviceTimes
from paceline.plan.expectation import Moments
from paceline.plan.lesson import Lesson
from paceline.plan.rehearsal import Played, Standing, rehearse
from paceline.plan.risk import STAYS_DOWN

MOST = 50
"""Rehearsals of one forecast."""
FEWEST = 8
"""Of fewer no spread can be told."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Ends:
    """Seconds from now that one in two, and that nine in ten, runs stay within."""

    likely_s: float
    nine_in_ten_s: float


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the rehearsals came to."""

    job: Ends
    countries: dict[str, Ends]
    """By country: when its last device ends."""


def affordable(standing: Standing, budget: int) -> int:
    """How many rehearsals `budget` device runs allow; 0 where they would be too few."""
    count = min(MOST, budget // max(1, standing.open_devices))
    return count if count >= FEWEST else 0


def foresee(standing: Standing, times: DeviceTimes, lesson: Lesson, count: int) -> Foreseen:
    """Rehearse `count` times. The same arguments come to the same ends: the dice are seeded."""
    if lesson.is_certain and times.is_certain:
        count = 1
    played = [rehearse(standing, _Dice(seeded(number), standing, times, lesson).draw) for number in range(count)]
    codes = {standing.countries[place] for each in played for place in each.ends}
    return Foreseen(
        _ends([each.end_s for each in played]),
        {code: _ends([_last(each, standing, code) for each in played]) for code in sorted(codes)},
    )


def _last(played: Played, standing: Standing, country: str) -> float:
    return max((end for place, end in played.ends.items() if standing.countries[place] == country), default=0.0)


def _ends(seconds: Sequence[float]) -> Ends:
    """Of a smooth curve through them: the ninth in ten of so few is a matter of luck."""
    count = len(seconds)
    ordered = sorted(seconds)
    if count < 3 or ordered[-1] - ordered[0] < 1e-6:
        return Ends(ordered[count // 2], ordered[-1])
    mean = sum(ordered) / count
    variance = sum((value - mean) ** 2 for value in ordered) / (count - 1)
    third = sum((value - mean) ** 3 for value in ordered) / count
    _, late = Moments(mean, variance, third).ends()
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    # Two shapes that moments cannot tell: most runs alike with a few late ones, and two heaps of them.
    ninth = ordered[min(count - 1, math.ceil(0.9 * count) - 1)]
    return Ends(middle, max(middle, (late + ninth) / 2))


class _Dice:
    """Draws of one rehearsal: its own common factor, its own devices that are down."""

    def __init__(self, random: Random, standing: Standing, times: DeviceTimes, lesson: Lesson) -> None:
        self._random, self._lesson = random, lesson
        self._expected, self._risks = times.roster.expected, times.risks
        self._countries, self._failed_before = standing.countries, standing.tries
        self._shift = lesson.shift + (random.gauss(0.0, lesson.doubt) if lesson.doubt else 0.0)
        self._down: set[int] = set()
        self._logged_in = lesson.logged_in

    def draw(self, place: int, attempt: int, gone_s: float) -> tuple[float, bool]:
        """See `rehearsal.Draw`."""
        expected = self._expected[place]
        if self._risks is not None:
            risk = self._risks[place]
            if self._is_down(place, attempt, gone_s):
                self._down.add(place)
                down = risk.unreachable_for
                return self._seconds(down.median_s, down.sigma, gone_s), True
            self._down.discard(place)
            if risk.failed and self._random.random() < risk.failed:
                bad = risk.failed_for
                return self._seconds(bad.median_s, bad.sigma, gone_s), False
        median = expected.median_s * math.exp(self._shift)
        return self._seconds(median, expected.sigma * self._lesson.stretch, gone_s), False

    def _is_down(self, place: int, attempt: int, gone_s: float) -> bool:
        if gone_s and (place in self._logged_in or self._risks is None):
            return False
        if attempt > 1:
            has_failed = place in self._down or place in self._failed_before
            return has_failed and self._random.random() < STAYS_DOWN
        assert self._risks is not None
        return self._random.random() < self._lesson.chance(self._risks[place].unreachable, self._countries[place])

    def _seconds(self, median_s: float, sigma: float, gone_s: float) -> float:
        """Log-normal, and more than has gone by."""
        if not sigma:
            return median_s if gone_s <= median_s + 1e-6 else gone_s + median_s / 10
        if not gone_s:
            return median_s * math.exp(self._random.gauss(0.0, sigma))
        before = _NORMAL.cdf(math.log(gone_s / median_s) / sigma)
        if before > 0.999:
            # Far beyond anything expected: it may need as long again.
            return gone_s * (1 + self._random.random() * sigma)
        chance = before + (1 - before) * self._random.random()
        return max(gone_s, median_s * math.exp(sigma * _NORMAL.inv_cdf(min(max(chance, 1e-9), 1 - 1e-9))))
