"""When a job will end and what holds it: the executor's own schedule, run over expected durations."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from paceline.model.job import JobSpec, Pace
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.time import after, seconds_between
from paceline.plan.batches import arrange, batch_sizes
from paceline.plan.durations import DeviceTimes, Expectation
from paceline.plan.pacer import Pacer

NINE_IN_TEN = 1.2816
"""Standard deviations above the mean that nine in ten of a normal distribution stay under."""


@dataclass(slots=True)
class Work:
    """A device that is still to run."""

    country: str
    site: str
    expected: Expectation


@dataclass(slots=True)
class Estimate:
    """A schedule's outcome, in seconds from its beginning."""

    batches: int = 0
    last_batch: int = 0
    likely_s: float = 0.0
    nine_in_ten_s: float = 0.0
    held_by: str = "nothing"
    waits: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    variance: float = 0.0

    def close(self, devices: int) -> "Estimate":
        """Work out the nine-in-ten end and what holds the job most."""
        self.nine_in_ten_s = self.likely_s + NINE_IN_TEN * math.sqrt(self.variance)
        if devices and self.waits:
            self.held_by = max(self.waits, key=lambda reason: self.waits[reason])
        return self


def estimate(work: Sequence[Work], pace: Pace, pacer: Pacer | None = None, begin_s: float = 0.0) -> Estimate:
    """Simulate the schedule for `work` in this order. `begin_s`: when the places of what runs now are free."""
    mine = pacer or Pacer(pace.devices_per_hour)
    if not work:
        return Estimate(likely_s=begin_s)
    if pace.mode == "rolling":
        return _rolling(work, pace, mine, begin_s).close(len(work))
    return _batches(work, pace, mine, begin_s).close(len(work))


def _batches(work: Sequence[Work], pace: Pace, pacer: Pacer, begin_s: float) -> Estimate:
    result = Estimate()
    result.batches, result.last_batch = batch_sizes(len(work), pace.batch_size)
    size = pace.batch_size or len(work)
    now = begin_s
    for start in range(0, len(work), size):
        batch = work[start : start + size]
        ready = pacer.ready_at(now)
        result.waits["the rate limit"] += ready - now
        now = ready
        pacer.grant(now, len(batch))
        free_s, capped_s, sigma = _batch_seconds(batch, pace)
        reason = "the slowest device" if len(work) <= size else "the batch barrier"
        result.waits[reason] += free_s
        result.waits["a cap"] += capped_s - free_s
        now += capped_s
        # The spread of a maximum is narrower than that of one: a third of its logarithm's is a safe reading.
        spread = capped_s * sigma / (3 if len(batch) > 2 else 1)
        paces_next = pace.devices_per_hour and start + size < len(work)
        result.variance += 0.0 if paces_next and pacer.due is not None and pacer.due > now + spread else spread**2
    result.likely_s = now
    return result


def _batch_seconds(batch: Sequence[Work], pace: Pace) -> tuple[float, float, float]:
    """How long a batch takes without and with caps, and the spread of its slowest device."""
    slowest = max(batch, key=lambda item: item.expected.median_s).expected
    free_s = slowest.slowest_of(len(batch))
    capped_s = free_s
    for limit, key in ((pace.per_country, "country"), (pace.per_site, "site")):
        groups = Counter(getattr(item, key) for item in batch) if limit else Counter()
        groups.pop("", None)
        if groups:
            rounds = -(-max(groups.values()) // limit)
            capped_s = max(capped_s, free_s + (rounds - 1) * slowest.median_s)
    return free_s, capped_s, slowest.sigma


def _rolling(work: Sequence[Work], pace: Pace, pacer: Pacer, begin_s: float) -> Estimate:
    result = Estimate(batches=len(work), last_batch=1)
    places = pace.batch_size or len(work)
    ends: list[float] = []
    now = begin_s
    last_end = begin_s
    for item in work:
        if len(ends) >= places:
            free = heapq.heappop(ends)
            if free > now:
                result.waits["the places at once"] += free - now
                now = free
        ready = pacer.ready_at(now)
        result.waits["the rate limit"] += ready - now
        now = ready
        pacer.grant(now, 1)
        mean_s = item.expected.median_s * math.exp(item.expected.sigma**2 / 2)
        heapq.heappush(ends, now + mean_s)
        last_end = max(last_end, now + mean_s)
    tail = max(work[-places:], key=lambda item: item.expected.median_s).expected
    width = min(places, len(work))
    tail_s = tail.slowest_of(width)
    result.likely_s = max(last_end, now + tail_s)
    result.waits["the slowest device"] += max(0.0, result.likely_s - now) if width == len(work) else 0.0
    mean = tail.median_s * tail.sigma
    result.variance = (mean**2) * max(1.0, len(work) / width**2)
    return result


def plan_forecast(spec: JobSpec, times: DeviceTimes) -> Estimate:
    """The estimate of a job that has not begun."""
    targets = arrange(spec.targets, spec.pace.order)
    work = [Work(t.device.country, t.device.site, times.by_device[t.device.name]) for t in targets]
    return estimate(work, spec.pace)


def live_forecast(status: JobStatus, now: datetime, times: DeviceTimes) -> Forecast | None:
    """The forecast of a job as it stands; None before it is created and after its end.

    What runs is expected to need the rest of its time, and at least a tenth of it when it is late already.
    """
    spec = status.spec
    if spec is None or status.state.is_final:
        return None
    rest_s = 0.0
    for name in status.in_flight:
        device = status.devices[name]
        expected = times.by_device[name].median_s
        gone = seconds_between(device.started_at, now) if device.started_at else 0.0
        rest_s = max(rest_s, expected - gone, expected / 10)
    work = [
        Work(target.device.country, target.device.site, times.by_device[target.device.name])
        for target in arrange(spec.targets, status.pace.order)
        if status.devices[target.device.name].state is DeviceState.PENDING
    ]
    pacer = Pacer(status.pace.devices_per_hour)
    if status.next_due is not None and status.pace.devices_per_hour:
        pacer.due = seconds_between(now, status.next_due)
    begin_s = 0.0 if status.pace.mode == "rolling" else rest_s
    result = estimate(work, status.pace, pacer, begin_s)
    likely_s = max(result.likely_s, rest_s)
    spread_s = result.nine_in_ten_s - result.likely_s if work else rest_s * 0.5
    held_by = result.held_by if work else ("the running devices" if status.in_flight else "nothing")
    return Forecast(after(now, likely_s), after(now, likely_s + max(spread_s, 0.0)), held_by, times.basis)
