"""What earlier runs say: one row per duration, recent ones weighing more, and what sets one device apart."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from paceline.model.duration import Run
from paceline.plan.expectation import Expectation

FADING = 0.8
"""Weight of a device's run relative to its next one."""
SHRINK = 1.0
"""Runs that a device's own must outweigh before they are believed, where no device has several to tell by."""
STEP = 0.05
"""What sets a device apart is a multiple of this, in the logarithm: few expectations then serve many devices."""


History = Callable[[str, str], Sequence[Run]]
"""(platform, command) to earlier runs, the newest first; the command may be one of the words in model/duration.py."""


def weighted(runs: Iterable[Run]) -> list[tuple[Run, float]]:
    """Runs, the newest first, each with its weight: older ones of the same device fade."""
    weights: dict[str, float] = {}
    found: list[tuple[Run, float]] = []
    for run in runs:
        weight = weights.get(run.device, 1.0)
        weights[run.device] = weight * FADING
        found.append((run, weight))
    return found


def from_history(runs: Sequence[Run]) -> Expectation:
    """A duration over all devices, without its extreme twentieths; recent runs weigh more."""
    logs = sorted((math.log(max(run.seconds, 1e-3)), weight) for run, weight in weighted(runs))
    trimmed = logs[len(logs) // 20 : len(logs) - len(logs) // 20]
    total = sum(weight for _, weight in trimmed)
    mean = sum(value * weight for value, weight in trimmed) / total
    variance = sum((value - mean) ** 2 * weight for value, weight in trimmed) / total
    half, median = total / 2, trimmed[-1][0]
    for value, weight in trimmed:
        half -= weight
        if half <= 0:
            median = value
            break
    # Cutting a twentieth off both ends of a normal distribution leaves 0.79 of its deviation.
    unbiased = 0.79 if len(logs) >= 20 else 1.0
    return Expectation(math.exp(median), max(0.05, math.sqrt(variance) / unbiased), "history")


class Apart:
    """How much longer each device takes than others of its platform, in the logarithm; where its own runs tell."""

    def __init__(self, runs_by_command: Mapping[str, Sequence[Run]], medians: Mapping[str, float]) -> None:
        """`medians`: seconds of each command over all devices."""
        sums: dict[str, tuple[float, float]] = {}
        rests: dict[str, list[float]] = {}
        for command, runs in runs_by_command.items():
            middle = math.log(medians[command])
            for run, weight in weighted(runs):
                value = math.log(max(run.seconds, 1e-3)) - middle
                total, count = sums.get(run.device, (0.0, 0.0))
                sums[run.device] = (total + value * weight, count + weight)
                rests.setdefault(run.device, []).append(value)
        self.rest_sigma = _pooled(rests)
        """Spread of one device's own runs; None where no device has several."""
        commands = max(1, len(runs_by_command))
        shrink = SHRINK * commands
        if self.rest_sigma is not None:
            shrink = _shrinkage([total / count for total, count in sums.values()], rests, self.rest_sigma)
        self._offsets = {
            device: round(total / (count + shrink) / STEP) * STEP for device, (total, count) in sums.items()
        }

    def offset(self, device: str) -> float | None:
        """A multiple of STEP; None for a device without a run of its own."""
        return self._offsets.get(device)


def _shrinkage(means: Sequence[float], rests: Mapping[str, Sequence[float]], rest_sigma: float) -> float:
    """How many runs a device's own must outweigh: few where devices differ more than one device's runs do.

    The ratio of the two variances, as the best linear prediction has it (an empirical Bayes estimate).
    """
    middle = sum(means) / len(means)
    seen = sum((mean - middle) ** 2 for mean in means) / len(means)
    by_chance = rest_sigma**2 * sum(1 / len(values) for values in rests.values()) / len(rests)
    return rest_sigma**2 / max(seen - by_chance, 1e-4)


def _pooled(rests: Mapping[str, Sequence[float]]) -> float | None:
    squares, freedom = 0.0, 0
    for values in rests.values():
        mean = sum(values) / len(values)
        squares += sum((value - mean) ** 2 for value in values)
        freedom += len(values) - 1
    return math.sqrt(squares / freedom) if freedom >= 5 else None
