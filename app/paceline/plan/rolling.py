"""The executor's schedule in rolling mode: each device as soon as a place is free and the rate allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace

from paceline.model.job import Pace
from paceline.plan.expectation import Moments
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
        rest_s = max((one.rest_s for one in busy), default=0.0)
        return Schedule(lineup, pace, 1, [], rest_s, rest_s, {})
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
    final = range(0 if has_caps else max(0, len(lineup) - width), len(lineup))
    begin_s, tail = _tail(lineup, starts, final)
    queue = _queue_variance(lineup, width) * (places_s + cap_s) / ((places_s + cap_s + rate_s) or 1.0)
    latest_end = max(ends)
    mean_s = max(begin_s + tail.mean_s, latest_end)
    end_s, late_s = Moments(mean_s, tail.variance + queue, tail.third).ends()
    waits = {RATE: rate_s, PLACES: places_s, CAP: cap_s}
    if width >= len(lineup):
        waits[SLOWEST] = max(0.0, end_s - last)
    return Schedule(lineup, pace, 1, starts, max(end_s, last), late_s, waits)


def _tail(lineup: Lineup, starts: Sequence[float], final: range) -> tuple[float, Moments]:
    """The slowest of the devices, among the `final` ones, that run when the last one starts: its start, its time."""
    latest = max(starts)
    running: dict[int, tuple[int, float]] = {}
    for place in final:
        rank, begin = lineup.ranks[place], starts[place]
        if begin + lineup.table[rank].mean_s >= latest:
            count, since = running.get(rank, (0, 0.0))
            running[rank] = (count + 1, max(since, begin))
    table = lineup.table
    slowest = max(running, key=lambda rank: running[rank][1] + table[rank].slowest_of(running[rank][0]))
    devices = sum(count for count, _ in running.values())
    alike = sum(count * table[rank].counts_as(table[slowest], devices) for rank, (count, _) in running.items())
    return running[slowest][1], table[slowest].longest(max(1.0, round(alike, 1)))


def _queue_variance(lineup: Lineup, width: int) -> float:
    """Of the moment when the last device gets its place, in seconds squared: what all before it add to that."""
    variances = [expected.variance for expected in lineup.table]
    before = sum(variances[rank] for rank in lineup.ranks[: max(0, len(lineup) - width)])
    return before / width**2


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
