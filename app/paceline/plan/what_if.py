"""Which small changes of a pace would end the job noticeably earlier, and are no more than the advice allows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paceline.model.job import Pace
from paceline.plan.advice import LARGE_BATCH, tips_for
from paceline.plan.forecast import Estimate, estimate
from paceline.plan.roster import Roster

SIZES = (2, 5, 10, 20, 30, LARGE_BATCH)
RATES = (10, 20, 30, 40, 60, 90, 120, 180, 240, 360, 600, 1200)
CAPS = (1, 2, 3, 5, 10, 20)
MOST_TIMES = 2.5
"""A number is raised to so many times itself at most: what is further off is another plan."""
NOTICEABLE_S, NOTICEABLE_SHARE = 60.0, 0.05
"""A change is worth a line when it saves both a minute and a twentieth of the time."""
MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the pace, and how much earlier the job would likely end."""

    name: str
    """`batch 20`, `rate 120`, `rolling`, `2 per country`."""
    changes: Mapping[str, object]
    """Fields of `Pace`."""
    earlier_s: float


def what_ifs(roster: Roster, pace: Pace, wanted: Callable[[], bool] = lambda: True) -> tuple[Change, ...]:
    """The nearest useful change of each kind, the most useful first; `wanted` is asked between two estimates.

    A change that the advice would warn about where it does not warn now is left out.
    """
    if not len(roster):
        return ()
    now = estimate(roster, pace)
    found: list[Change] = []
    for steps in _kinds(pace, len(roster)):
        for name, changes in steps:
            if not wanted():
                return ()
            other = pace.model_copy(update=dict(changes))
            then = estimate(roster, other)
            earlier_s = now.likely_s - then.likely_s
            if earlier_s < max(NOTICEABLE_S, NOTICEABLE_SHARE * now.likely_s):
                continue
            if _warned(other, then) <= _warned(pace, now):
                found.append(Change(name, changes, earlier_s))
                break
    return tuple(sorted(found, key=lambda change: -change.earlier_s)[:MOST_LINES])


def _warned(pace: Pace, found: Estimate) -> set[str]:
    return {tip.field for tip in tips_for(pace, found) if tip.field != "end"}


Steps = Iterator[tuple[str, Mapping[str, object]]]


def _kinds(pace: Pace, devices: int) -> Iterator[Steps]:
    """Per kind of change its steps, the nearest first."""
    size = "at once" if pace.mode == "rolling" else "batch"
    yield ((f"{size} {n}", {"batch_size": n}) for n in _above(pace.batch_size, SIZES) if n <= devices)
    yield ((f"rate {n}", {"devices_per_hour": float(n)}) for n in _above(pace.devices_per_hour, RATES))
    yield ((f"{n} per country", {"per_country": n}) for n in _above(pace.per_country, CAPS))
    yield ((f"{n} per site", {"per_site": n}) for n in _above(pace.per_site, CAPS))
    if pace.mode == "batches":
        yield iter([("rolling", {"mode": "rolling"})])


def _above(now: float, steps: tuple[int, ...]) -> list[int]:
    """The steps above a number; none above 0, which means no bound."""
    return [step for step in steps if now and now < step <= MOST_TIMES * now]
