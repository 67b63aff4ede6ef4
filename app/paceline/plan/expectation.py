"""A duration that is not known yet, as a log-normal distribution, and what some of them come to together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

SIGMA = 0.5
"""Default spread: the standard deviation of the logarithm of a duration, as heavy-tailed device latencies have it."""
NODES = 24
"""Points that a distribution is integrated over; denser where it is long-tailed."""

Basis = Literal["history", "history and defaults", "defaults"]

_NORMAL = NormalDist()
_NINE_IN_TEN = _NORMAL.inv_cdf(0.9)


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance and third central moment of a duration in seconds: those of independent ones add."""

    mean_s: float
    variance: float = 0.0
    third: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.mean_s + other.mean_s, self.variance + other.variance, self.third + other.third)

    def ends(self) -> tuple[float, float]:
        """The seconds that one in two, and that nine in ten, stay within: of the shifted log-normal with these moments.

        Its three parameters in closed form are those of Yuan (1933) and of any handbook on the distribution.
        """
        if self.variance <= 1e-12 * self.mean_s**2:
            return self.mean_s, self.mean_s
        deviation = math.sqrt(self.variance)
        skew = self.third / deviation**3
        if skew < 1e-3:
            return self.mean_s, self.mean_s + _NINE_IN_TEN * deviation
        base = 1 + skew**2 / 2
        root = (base + math.sqrt(base**2 - 1)) ** (1 / 3)
        omega = root + 1 / root - 1
        sigma = math.sqrt(math.log(omega))
        median = deviation / math.sqrt(omega * (omega - 1))
        shift = self.mean_s - median * math.sqrt(omega)
        return shift + median, shift + median * math.exp(_NINE_IN_TEN * sigma)


@dataclass(frozen=True, slots=True)
class Expectation:
    """How long something will take: its median in seconds, and the spread of its logarithm."""

    median_s: float
    sigma: float = SIGMA
    basis: Basis = "defaults"
    """What it rests on."""

    @property
    def mean_s(self) -> float:
        """The mean; above the median, because durations have a long tail."""
        return self.median_s * math.exp(self.sigma**2 / 2)

    @property
    def variance(self) -> float:
        """In seconds squared."""
        return (math.exp(self.sigma**2) - 1) * self.mean_s**2

    def slowest_of(self, count: float) -> float:
        """The seconds that the longest of `count` independent ones stays within as often as not."""
        return self.median_s * math.exp(self.sigma * _typical(count))

    def longest(self, count: float, at_least_s: float = 0.0) -> Moments:
        """The longest of `count` independent ones, or `at_least_s` where that is longer."""
        if not self.sigma:
            return Moments(max(self.median_s, at_least_s))
        nodes = [(max(at_least_s, self.median_s * math.exp(self.sigma * z)), weight) for z, weight in _nodes(count)]
        mean = sum(value * weight for value, weight in nodes)
        variance = sum((value - mean) ** 2 * weight for value, weight in nodes)
        return Moments(mean, variance, sum((value - mean) ** 3 * weight for value, weight in nodes))

    def counts_as(self, slowest: "Expectation", count: float) -> float:
        """How many like `slowest` one of these is worth, where the longest of `count` is asked for.

        The ratio of their chances to take longer than the longest usually does.
        """
        if self.median_s == slowest.median_s and self.sigma == slowest.sigma:
            return 1.0
        if not self.sigma or not slowest.sigma:
            return 0.0
        z = _typical(count)
        own = (math.log(slowest.median_s / self.median_s) + slowest.sigma * z) / self.sigma
        return math.erfc(own / math.sqrt(2)) / math.erfc(z / math.sqrt(2))


@lru_cache(maxsize=1024)
def _typical(count: float) -> float:
    """The median of the largest of `count` standard normal numbers."""
    return _NORMAL.inv_cdf(0.5 ** (1 / count))


@lru_cache(maxsize=1024)
def _nodes(count: float) -> tuple[tuple[float, float], ...]:
    """The largest of `count` standard normal numbers as (value, weight) pairs."""
    found: list[tuple[float, float]] = []
    for step in range(NODES):
        rest = 1 - (step + 0.5) / NODES
        # Substituting 1 - rest^3 for the probability puts more points where the tail is.
        probability = (1 - rest**3) ** (1 / count)
        found.append((_NORMAL.inv_cdf(min(max(probability, 1e-12), 1 - 1e-15)), 3 * rest**2 / NODES))
    surplus = sum(weight for _, weight in found)
    return tuple((z, weight / surplus) for z, weight in found)


def blended(alike: Sequence[Expectation]) -> Expectation:
    """One that stands for several like it."""
    if len(alike) == 1:
        return alike[0]
    median_s = math.exp(sum(math.log(each.median_s) for each in alike) / len(alike))
    sigma = math.sqrt(sum(each.sigma**2 for each in alike) / len(alike))
    return Expectation(median_s, sigma, alike[0].basis)


def total(parts: Sequence[Expectation], basis: Basis) -> Expectation:
    """The sum of independent ones: means and variances add, the result is read as log-normal again."""
    mean = sum(part.mean_s for part in parts)
    variance = sum(part.variance for part in parts)
    sigma = math.sqrt(math.log(1 + variance / mean**2))
    return Expectation(mean * math.exp(-(sigma**2) / 2), sigma, basis)
