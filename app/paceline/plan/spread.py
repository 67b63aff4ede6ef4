"""How the work of a schedule falls over time, country by country: for lines such as `DE ▁▂▄▆▇▇▆▃▁`."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from paceline.plan.schedule import Schedule, rounds_of

BUCKETS = 20


@dataclass(frozen=True, slots=True)
class CountrySpread:
    """One country's share of a job. Times are seconds from the job's beginning."""

    country: str
    devices: int
    first_s: float
    """When its first device starts."""
    last_s: float
    """When its last one is expected to end."""
    buckets: tuple[float, ...]
    """Devices per equal part of the job's length. One that runs from one part into the next counts in both by its
    share, and a batch lasts until the next one starts; they add up to `devices`."""


def spread(schedule: Schedule, buckets: int = BUCKETS) -> tuple[CountrySpread, ...]:
    """One per country, in the order in which they start. `buckets`: parts of the job's length, at least 1."""
    totals = Counter(schedule.lineup.countries)
    width_s = schedule.end_s / buckets or 1.0
    shares = {country: [0.0] * buckets for country in totals}
    is_rolling = schedule.is_each
    for members, begin_s, end_s in (_devices if is_rolling else _batches)(schedule, width_s):
        for number, share in _parts(begin_s / width_s, end_s / width_s, buckets):
            for country, devices in members.items():
                shares[country][number] += devices * share
    first, last = _rolling_edges(schedule) if is_rolling else _batch_edges(schedule)
    return tuple(
        CountrySpread(country, totals[country], first[country], last[country], tuple(shares[country]))
        for country in sorted(totals, key=first.__getitem__)
    )


def _parts(begin: float, end: float, buckets: int) -> Iterator[tuple[int, float]]:
    """The buckets that a span lies in, with the share of it in each."""
    low, high = min(int(begin), buckets - 1), min(int(end), buckets - 1)
    if low == high:
        yield low, 1.0
        return
    for number in range(low, high + 1):
        until = end if number == high else number + 1
        yield number, (until - max(begin, number)) / (end - begin)


Piece = tuple[Mapping[str, int], float, float]
"""Devices by country, from when, until when."""


def _batches(schedule: Schedule, width_s: float) -> Iterator[Piece]:
    """Batches with the time until the next one; those that lie in one bucket together."""
    countries, size = schedule.lineup.countries, schedule.size
    starts = [*schedule.starts, schedule.end_s]
    grant, last = 0, len(schedule.starts)
    while grant < last:
        edge_s = (int(starts[grant] / width_s) + 1) * width_s
        until = bisect_right(starts, edge_s, grant + 1) - 1
        until = max(until, grant + 1)
        yield Counter(countries[grant * size : until * size]), starts[grant], starts[until]
        grant = until


def _devices(schedule: Schedule, width_s: float) -> Iterator[Piece]:
    """Devices with the time they run; those that start and end in the same bucket together."""
    lineup = schedule.lineup
    means = [expected.mean_s for expected in lineup.table]
    inside: Counter[tuple[str, int]] = Counter()
    across: Counter[tuple[str, float, int]] = Counter()
    for country, rank, begin_s in zip(lineup.countries, lineup.ranks, schedule.starts, strict=True):
        bucket = int(begin_s / width_s)
        if begin_s + means[rank] <= (bucket + 1) * width_s:
            inside[country, bucket] += 1
        else:
            across[country, begin_s, rank] += 1
    for (country, bucket), devices in inside.items():
        yield {country: devices}, bucket * width_s, bucket * width_s
    for (country, begin_s, rank), devices in across.items():
        yield {country: devices}, begin_s, begin_s + means[rank]


Edges = tuple[dict[str, float], dict[str, float]]
"""By country: when its first device starts, and when its last one ends."""


def _batch_edges(schedule: Schedule) -> Edges:
    """A country's last device ends with the country's part of its last batch."""
    lineup, size, starts = schedule.lineup, schedule.size, schedule.starts
    countries = lineup.countries
    # Walked backwards, the last value that a country gets is that of its first device.
    first = {country: starts[place // size] for place, country in reversed(list(enumerate(countries)))}
    last_batch = {country: place // size for place, country in enumerate(countries)}
    last: dict[str, float] = {}
    for batch in set(last_batch.values()):
        members: dict[str, list[int]] = {}
        for place in range(batch * size, min((batch + 1) * size, len(countries))):
            members.setdefault(countries[place], []).append(place)
        for country, places in members.items():
            if last_batch[country] == batch:
                last[country] = min(schedule.end_s, starts[batch] + _seconds(schedule, places))
    return first, last


def _seconds(schedule: Schedule, places: list[int]) -> float:
    """How long these devices of one batch take side by side, as far as the caps admit them."""
    part = schedule.lineup.picked(places)
    slowest = part.table[max(part.ranks)]
    rounds = rounds_of(part, schedule.pace, len(places))[0]
    return slowest.slowest_of(len(places)) + (rounds - 1) * slowest.median_s


def _rolling_edges(schedule: Schedule) -> Edges:
    """Of the devices that still run when the last one starts, each is read as its country's slowest."""
    lineup, starts = schedule.lineup, schedule.starts
    latest = max(starts, default=0.0)
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    tail: dict[str, list[tuple[float, int]]] = {}
    means = [expected.mean_s for expected in lineup.table]
    for country, rank, begin_s in zip(lineup.countries, lineup.ranks, starts, strict=True):
        end_s = begin_s + means[rank]
        first[country] = min(first.get(country, begin_s), begin_s)
        last[country] = max(last.get(country, end_s), end_s)
        if end_s >= latest:
            tail.setdefault(country, []).append((begin_s, rank))
    for country, running in tail.items():
        count = len(running)
        ends = [begin_s + lineup.table[rank].slowest_of(count) for begin_s, rank in running]
        last[country] = max(last[country], *ends)
    return first, {country: min(end_s, schedule.end_s) for country, end_s in last.items()}
