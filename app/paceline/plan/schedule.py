"""The executor's schedule in batches, over expected durations: when each grant is given, and what it waited for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from paceline.model.job import Pace
from paceline.plan.expectation import Expectation, Moments
from paceline.plan.pacer import SLACK_S, interval_s
from paceline.plan.roster import Lineup

RATE, BARRIER, CAP, SLOWEST, PLACES = (
    "the rate limit",
    "the batch barrier",
    "a cap",
    "the slowest device",
    "the places at once",
)


@dataclass(frozen=True, slots=True)
class Grants:
    """How a job with windows is granted: its batches are of any size."""

    count: int
    last: int
    """Devices of the last one."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When devices start, in seconds from now."""

    lineup: Lineup
    pace: Pace
    size: int
    """Devices of one grant; 1 in rolling mode."""
    starts: list[float]
    """One per grant, in running order."""
    end_s: float
    """When the last device has ended as often as not."""
    late_s: float
    """When it has in nine of ten runs."""
    waits: dict[str, float]
    """Seconds that the job spends on each of the things that hold it."""
    grants: Grants | None = None
    """Of a job with windows, whose `starts` are one per device; None: grants of `size` in running order."""

    @property
    def is_each(self) -> bool:
        """Whether `starts` has one per device, and not one per batch."""
        return self.pace.mode == "rolling" or self.grants is not None


def in_batches(lineup: Lineup, pace: Pace, begin_s: float = 0.0, due_s: float | None = None) -> Schedule:
    """One batch after the other. `begin_s`: when the running one has ended; `due_s`: when the rate allows a grant.

    The pacer's rule is written out here, for grants given as soon as they may be; a test compares the two.
    """
    count = len(lineup)
    size = max(1, min(pace.batch_size or count, count))
    cost_s = interval_s(size, pace.devices_per_hour)
    slack_s = min(SLACK_S, cost_s)
    due = begin_s if due_s is None else due_s
    now, rate_s, free_s, length_s, variance, third = begin_s, 0.0, 0.0, 0.0, 0.0, 0.0
    starts: list[float] = []
    batches = _batches(lineup, pace, size, cost_s)
    for batch in batches:
        if due > now:
            rate_s += due - now
            now = due
        starts.append(now)
        if cost_s:
            due = max(due, now - slack_s) + cost_s + batch.overrun_s
        now += batch.length.mean_s + batch.overrun_s
        free_s += batch.free_s
        length_s += batch.length.mean_s
        variance += batch.step.variance
        third += batch.step.third
    if batches:
        # Nothing waits for the last one but the job's end.
        final = batches[-1]
        now -= final.overrun_s
        variance += final.length.variance - final.step.variance
        third += final.length.third - final.step.third
    end_s, late_s = Moments(now, variance, third).ends()
    waits = {RATE: rate_s, SLOWEST if count <= size else BARRIER: free_s, CAP: max(0.0, length_s - free_s)}
    return Schedule(lineup, pace, size, starts, max(end_s, starts[-1]) if starts else end_s, late_s, waits)


@dataclass(frozen=True, slots=True)
class _Batch:
    free_s: float
    """How long it takes without caps."""
    length: Moments
    """How long it takes."""
    step: Moments
    """From its start to the next one's: its length, or what the rate asks for where that is longer."""
    overrun_s: float
    """By how much a step is longer than either is expected to be: sometimes the batch is late, sometimes the rate."""


def _batches(lineup: Lineup, pace: Pace, size: int, cost_s: float) -> list[_Batch]:
    """What is to be expected of each batch. Few differ, and those that do not share one object."""
    count, ranks = len(lineup), lineup.ranks
    begins = range(0, count, size)
    is_uniform = len(lineup.table) == 1
    worths = _Worths(lineup.table, size)
    known: dict[tuple[int, float, int], _Batch] = {}
    found: list[_Batch] = []
    for begin, rounds in zip(begins, rounds_of(lineup, pace, size), strict=True):
        rank, alike = 0, float(min(size, count - begin))
        if not is_uniform:
            rank, alike = worths.slowest(ranks[begin : begin + size])
        key = (rank, alike, rounds)
        if key not in known:
            known[key] = _batch(lineup.table[rank], alike, rounds, cost_s)
        found.append(known[key])
    return found


def _batch(slowest: Expectation, alike: float, rounds: int, cost_s: float) -> _Batch:
    """A batch as long as the slowest of `alike` devices, in so many rounds where a cap admits them one by one."""
    before = Moments((rounds - 1) * slowest.mean_s, (rounds - 1) * slowest.variance)
    wave = max(1.0, alike / rounds)
    length = before + slowest.longest(wave)
    free_s = length.mean_s if rounds == 1 else slowest.longest(alike).mean_s
    if not cost_s:
        return _Batch(free_s, length, length, 0.0)
    step = before + slowest.longest(wave, cost_s - before.mean_s)
    overrun_s = max(0.0, step.mean_s - max(cost_s, length.mean_s))
    return _Batch(free_s, length, step, overrun_s)


class _Worths:
    """How many devices like its slowest one a batch is worth: quick ones hardly ever end last."""

    def __init__(self, table: Sequence[Expectation], size: int) -> None:
        self._table, self._size = table, size
        self._rows: dict[int, list[float]] = {}

    def slowest(self, ranks: list[int]) -> tuple[int, float]:
        """The slowest rank, and how many like it."""
        rank = max(ranks)
        if rank not in self._rows:
            slowest = self._table[rank]
            self._rows[rank] = [each.counts_as(slowest, self._size) for each in self._table]
        alike = sum(map(self._rows[rank].__getitem__, ranks))
        # In steps, so that few lengths need to be worked out.
        return rank, round(4 * alike) / 4 if alike < 4 else float(round(alike))


def rounds_of(lineup: Lineup, pace: Pace, size: int) -> list[int]:
    """Per batch of `size`, how many devices follow each other on one place, because a cap admits no more."""
    rounds = [1] * -(-len(lineup) // size)
    for limit, keys in ((pace.per_country, lineup.countries), (pace.per_site, lineup.sites)):
        if 0 < limit < size:
            for number, begin in enumerate(range(0, len(keys), size)):
                turns = -(-_most(keys[begin : begin + size]) // limit)
                if turns > rounds[number]:
                    rounds[number] = turns
    return rounds


def _most(keys: list[str]) -> int:
    """How often the most frequent key stands in `keys`; an empty one has no cap."""
    if len(keys) <= 16:
        return max(map(keys.count, set(keys) - {""}), default=0)
    counts = Counter(keys)
    counts.pop("", None)
    return max(counts.values(), default=0)
