"""The executor's schedule in batches, over expected durations: when each grant is given, and what it waited for."""

from collections import Counter
from dataclasses import dataclass

from paceline.model.job import Pace
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
class Schedule:
    """When devices start, in seconds from now."""

    lineup: Lineup
    pace: Pace
    size: int
    """Devices of one grant; 1 in rolling mode."""
    starts: list[float]
    """One per grant, in running order."""
    end_s: float
    """When the last device is expected to end."""
    variance: float
    """Of the end, in seconds squared."""
    waits: dict[str, float]
    """Seconds that the job spends on each of the things that hold it."""


def in_batches(lineup: Lineup, pace: Pace, begin_s: float = 0.0, due_s: float | None = None) -> Schedule:
    """One batch after the other. `begin_s`: when the running one has ended; `due_s`: when the rate allows a grant.

    The pacer's rule is written out here, for grants given as soon as they may be; a test compares the two.
    """
    count = len(lineup)
    size = max(1, min(pace.batch_size or count, count))
    cost_s = interval_s(size, pace.devices_per_hour)
    slack_s = min(SLACK_S, cost_s)
    due = begin_s if due_s is None else due_s
    now, rate_s, free_total_s, capped_total_s, variance = begin_s, 0.0, 0.0, 0.0, 0.0
    starts: list[float] = []
    last = -(-count // size) - 1
    for number, (free_s, capped_s, spread_s) in enumerate(_lengths(lineup, pace, size)):
        if due > now:
            rate_s += due - now
            now = due
        starts.append(now)
        if cost_s:
            due = max(due, now - slack_s) + cost_s
        now += capped_s
        free_total_s += free_s
        capped_total_s += capped_s
        # The wait for the next grant swallows what a batch is late.
        if number == last or not cost_s or due <= now + spread_s:
            variance += spread_s * spread_s
    waits = {
        RATE: rate_s,
        SLOWEST if count <= size else BARRIER: free_total_s,
        CAP: capped_total_s - free_total_s,
    }
    return Schedule(lineup, pace, size, starts, now, variance, waits)


def _lengths(lineup: Lineup, pace: Pace, size: int) -> list[tuple[float, float, float]]:
    """How long each batch takes without and with caps, and the spread of its slowest device, in seconds."""
    count, ranks = len(lineup), lineup.ranks
    begins = range(0, count, size)
    slowest = [max(ranks[begin : begin + size]) for begin in begins] if len(lineup.table) > 1 else [0] * len(begins)
    rounds = rounds_of(lineup, pace, size)
    known: dict[tuple[int, int, int], tuple[float, float, float]] = {}
    found: list[tuple[float, float, float]] = []
    for begin, rank, turns in zip(begins, slowest, rounds, strict=True):
        key = (rank, turns, min(size, count - begin))
        if key not in known:
            known[key] = _length(lineup, *key)
        found.append(known[key])
    return found


def _length(lineup: Lineup, rank: int, rounds: int, devices: int) -> tuple[float, float, float]:
    expected = lineup.table[rank]
    free_s = expected.slowest_of(devices)
    capped_s = free_s + (rounds - 1) * expected.median_s
    # The spread of a maximum is narrower than that of one: a third of its logarithm's is a safe reading.
    return free_s, capped_s, capped_s * expected.sigma / (3 if devices > 2 else 1)


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
