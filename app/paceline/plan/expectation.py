"""A duration that is not known yet, as a log-normal distribution."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

SIGMA = 0.5
"""Default spread: the standard deviation of the logarithm of a duration, as heavy-tailed device latencies have it."""

Basis = Literal["history", "history and defaults", "defaults"]

# The expected place of the largest of n, read as the quantile n / (n + 1).
_QUANTILES = (0.0, *(NormalDist().inv_cdf(n / (n + 1)) for n in range(1, 201)))


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

    def slowest_of(self, count: int) -> float:
        """The expected longest of `count` independent ones (the quantile count / (count + 1))."""
        return self.median_s * math.exp(self.sigma * _QUANTILES[min(count, len(_QUANTILES) - 1)])


def from_runs(seconds: Sequence[float]) -> Expectation:
    """What earlier runs say, without their extreme twentieths."""
    logs = sorted(math.log(max(value, 1e-3)) for value in seconds)
    trimmed = logs[len(logs) // 20 : len(logs) - len(logs) // 20]
    mean = sum(trimmed) / len(trimmed)
    variance = sum((value - mean) ** 2 for value in trimmed) / len(trimmed)
    return Expectation(math.exp(logs[len(logs) // 2]), max(0.05, math.sqrt(variance)), "history")


def total(parts: Sequence[Expectation], basis: Basis) -> Expectation:
    """The sum of independent ones: means and variances add, the result is read as log-normal again."""
    mean = sum(part.mean_s for part in parts)
    variance = sum(part.variance for part in parts)
    sigma = math.sqrt(math.log(1 + variance / mean**2))
    return Expectation(mean * math.exp(-(sigma**2) / 2), sigma, basis)
