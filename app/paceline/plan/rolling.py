"""The executor's schedule in rolling mode: each device as soon as a place is free and the rate allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace

from paceline.model.job import Pace
from paceline.plan.pacer import SLACK_S, interval_s
from paceline.plan.roster import Lineup
from paceline.plan.schedule import CAP, PLACES, RATE, SLOWEST, Schedule


@dataclass(frozen=True, slots=True)
class Busy:
    """A device that runs now, and the seconds it still needs."""

    rest_s: float
    country: str
    site: str


def rolling(
    lineup: Lineup, pace: Pace, busy: Sequence[Busy] = (), due_s: float | None = None, granted: int = 0
) -> Schedule:
    """The schedule for `lineup`. `busy`: what has a place now; `due_s`: when the rate allows the next grant.

    The first `granted` devices were granted before: only a cap can keep them.
    """
    if not lineup:
        return Schedule(lineup, pace, 1, [], max((one.rest_s for one in busy), default=0.0), 0.0, {})
    width = pace.batch_size or len(lineup) + len(busy)
    cost_s = interval_s(1, pace.devices_per_hour)
    slack_s = min(SLACK_S, cost_s)
    means = [expected.mean_s for expected in lineup.table]
    caps = _Caps(pace, lineup, busy, width)
    has_caps = bool(caps)
    ends = [one.rest_s for one in busy]
    heapify(ends)
    starts: list[float] = []
    # `last`: the latest start of a granted device, which a cap may put off.
    now, due, rate_s, places_s, cap_s, last = 0.0, due_s or 0.0, 0.0, 0.0, 0.0, 0.0
    while len(ends) > width:
        heappop(ends)
    for place, rank in enumerate(lineup.ranks):
        is_full = place >= granted and len(ends) >= width
        if is_full and ends[0] > now:
            if last > now:
                cap_s += ends[0] - now
            else:
                places_s += ends[0] - now
            now = ends[0]
        if place >= granted:
            if due > now:
                rate_s += due - now
                now = due
            if cost_s:
                due = max(due, now - slack_s) + cost_s
        begin = caps.begin(place, now, means[rank]) if has_caps else now
        if begin > last:
            last = begin
        starts.append(begin)
        if is_full:
            heapreplace(ends, begin + means[rank])
        else:
            heappush(ends, begin + means[rank])
    cap_s += last - now
    # A device that a cap puts off may start after any that was granted later.
    end_s, variance = _tail(lineup, starts, len(lineup) if has_caps else min(width, len(lineup)), width)
    waits = {RATE: rate_s, PLACES: places_s, CAP: cap_s}
    if width >= len(lineup):
        waits[SLOWEST] = max(0.0, end_s - last)
    return Schedule(lineup, pace, 1, starts, max(end_s, max(ends, default=0.0)), variance, waits)


def _tail(lineup: Lineup, starts: Sequence[float], count: int, width: int) -> tuple[float, float]:
    """When the last of the devices that run at the end has ended, and the variance of that.

    Those are among the last `count`. Each that still runs when the last one starts is read as the slowest of them.
    """
    latest = max(starts)
    begins: dict[int, float] = {}
    running = 0
    for place in range(len(starts) - count, len(starts)):
        rank, begin = lineup.ranks[place], starts[place]
        if begin + lineup.table[rank].mean_s >= latest:
            running += 1
            begins[rank] = max(begins.get(rank, 0.0), begin)
    ends = {begin + lineup.table[rank].slowest_of(running): rank for rank, begin in begins.items()}
    end_s = max(ends)
    slowest = lineup.table[ends[end_s]]
    spread_s = slowest.median_s * slowest.sigma
    return end_s, spread_s**2 * max(1.0, len(starts) / min(width, len(starts)) ** 2)


class _Caps:
    """When the caps admit a device: as the executor's own, first come, first served within a country and a site."""

    def __init__(self, pace: Pace, lineup: Lineup, busy: Sequence[Busy], width: int) -> None:
        self._caps: list[tuple[int, list[list[float] | None]]] = []
        columns = (
            (pace.per_country, lineup.countries, [(one.country, one.rest_s) for one in busy]),
            (pace.per_site, lineup.sites, [(one.site, one.rest_s) for one in busy]),
        )
        for limit, keys, taken in columns:
            if 0 < limit < width:
                ends: dict[str, list[float]] = {key: [] for key in keys if key}
                for key, rest_s in taken:
                    if key in ends:
                        _take(ends[key], rest_s, limit)
                self._caps.append((limit, [ends.get(key) for key in keys]))

    def __bool__(self) -> bool:
        return bool(self._caps)

    def begin(self, place: int, now: float, seconds: float) -> float:
        """When the device at `place`, granted now, begins; it then runs for `seconds`."""
        for limit, heaps in self._caps:
            ends = heaps[place]
            if ends is not None and len(ends) >= limit and ends[0] > now:
                now = ends[0]
        for limit, heaps in self._caps:
            ends = heaps[place]
            if ends is not None:
                _take(ends, now + seconds, limit)
        return now


def _take(ends: list[float], end: float, limit: int) -> None:
    """Take a place until `end`: a fresh one, or the one that is free first."""
    if len(ends) >= limit:
        heapreplace(ends, end)
    else:
        heappush(ends, end)
