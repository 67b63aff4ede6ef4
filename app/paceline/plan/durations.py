"""How long a device will take: from earlier runs where there are any, from stated defaults where not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from paceline.model.job import JobSpec

LOGIN_S = 2.0
"""Default for connecting, logging in and preparing."""
COMMAND_S = 2.0
"""Default for one command."""
SIGMA = 0.5
"""Default spread: the standard deviation of the logarithm of a duration, as heavy-tailed device latencies have it."""
ENOUGH = 5
"""Earlier runs from which on a command's history counts."""

History = Callable[[str, str], Sequence[float]]
"""(platform, command) to the seconds of earlier successful runs."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A duration as a log-normal distribution: its median in seconds, and the spread of its logarithm."""

    median_s: float
    sigma: float = SIGMA

    def slowest_of(self, count: int) -> float:
        """The expected longest of `count` independent ones (the quantile count / (count + 1))."""
        return self.median_s * math.exp(self.sigma * _QUANTILES[min(count, len(_QUANTILES) - 1)])


# The expected place of the largest of n, read as the quantile n / (n + 1).
_QUANTILES = (0.0, *(NormalDist().inv_cdf(n / (n + 1)) for n in range(1, 201)))


@dataclass(frozen=True, slots=True)
class DeviceTimes:
    """What each device of a job is expected to take, in the job's frozen order."""

    by_device: dict[str, Expectation]
    basis: str
    """`history`, `history and defaults` or `defaults`."""


def expect(spec: JobSpec, history: History | None = None) -> DeviceTimes:
    """The expectation for every device: login plus its commands, per platform and command set."""
    known: dict[tuple[str, str], Expectation | None] = {}
    per_set: dict[tuple[str, int], Expectation] = {}
    by_device: dict[str, Expectation] = {}
    for target in spec.targets:
        key = (target.platform, target.commands)
        if key not in per_set:
            texts = [command.command for command in spec.commands_of(target)]
            for text in texts:
                if (target.platform, text) not in known:
                    seconds = history(target.platform, text) if history else ()
                    known[target.platform, text] = _from_history(seconds)
            per_set[key] = _sum([known[target.platform, text] for text in texts])
        by_device[target.device.name] = per_set[key]
    has = sum(expectation is not None for expectation in known.values())
    basis = "history" if has == len(known) else ("history and defaults" if has else "defaults")
    return DeviceTimes(by_device, basis)


def _from_history(seconds: Sequence[float]) -> Expectation | None:
    if len(seconds) < ENOUGH:
        return None
    logs = sorted(math.log(max(value, 1e-3)) for value in seconds)
    trimmed = logs[len(logs) // 20 : len(logs) - len(logs) // 20]
    mean = sum(trimmed) / len(trimmed)
    variance = sum((value - mean) ** 2 for value in trimmed) / len(trimmed)
    return Expectation(math.exp(logs[len(logs) // 2]), max(0.05, math.sqrt(variance)))


def _sum(parts: Sequence[Expectation | None]) -> Expectation:
    """The sum of independent ones: means and variances add, the result is read as log-normal again."""
    all_parts = [Expectation(LOGIN_S), *(part or Expectation(COMMAND_S) for part in parts)]
    mean = sum(part.median_s * math.exp(part.sigma**2 / 2) for part in all_parts)
    variance = sum((math.exp(part.sigma**2) - 1) * part.median_s**2 * math.exp(part.sigma**2) for part in all_parts)
    sigma_squared = math.log(1 + variance / mean**2)
    return Expectation(mean / math.exp(sigma_squared / 2), math.sqrt(sigma_squared))
