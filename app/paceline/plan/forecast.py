"""When a job will end and what holds it: before the start for any pace, and while it runs."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from paceline.model.job import JobSpec, Pace
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.time import after, seconds_between
from paceline.plan.batches import batch_sizes
from paceline.plan.durations import DeviceTimes
from paceline.plan.expectation import Basis
from paceline.plan.lesson import at_the_start, learn
from paceline.plan.replicas import affordable, foresee
from paceline.plan.rolling import Busy, rolling
from paceline.plan.roster import Roster
from paceline.plan.schedule import Schedule, in_batches
from paceline.plan.situation import standing_at_start, standing_of
from paceline.plan.spread import BUCKETS, CountrySpread, spread

NOTHING = "nothing"
SCREEN_RUNS = 4_000
"""Device runs that a forecast made while the screen is drawn may take: some 20 ms."""
LAUNCH_RUNS = 10_000
"""Device runs of one made once, or every half minute: some 50 ms."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan comes to, in seconds from its beginning."""

    devices: int
    batches: int
    """Grants in all; in rolling mode each device is one."""
    last_batch: int
    """Devices of the last one."""
    likely_s: float
    nine_in_ten_s: float
    """Nine in ten runs have ended by then, as far as the durations tell: no faults, no retries."""
    held_by: str
    """What costs most: `the rate limit`, `the batch barrier`, `a cap`, `the slowest device`, `the places at once`."""
    first_hour: int
    """Devices that start in the first hour."""
    basis: Basis
    """What the durations rest on."""
    waits: Mapping[str, float]
    """Seconds that the job spends on each thing that may hold it."""
    _schedule: Schedule = field(repr=False, compare=False)

    def countries(self, buckets: int = BUCKETS) -> tuple[CountrySpread, ...]:
        """How each country's work falls over the job's length; worked out on each call."""
        return spread(self._schedule, buckets)


def estimate(roster: Roster, pace: Pace) -> Estimate:
    """The estimate of a job that has not begun. Keep the roster while only the pace changes: that makes it cheap."""
    lineup = roster.lineup(pace.order)
    schedule = rolling(lineup, pace) if pace.mode == "rolling" else in_batches(lineup, pace)
    batches, last_batch = batch_sizes(len(roster), schedule.size)
    return Estimate(
        devices=len(roster),
        batches=batches,
        last_batch=last_batch,
        likely_s=schedule.end_s,
        nine_in_ten_s=schedule.late_s,
        held_by=_held_by(schedule),
        first_hour=_first_hour(schedule),
        basis=roster.basis,
        waits=schedule.waits,
        _schedule=schedule,
    )


def plan_forecast(spec: JobSpec, times: DeviceTimes, budget: int = LAUNCH_RUNS) -> Estimate:
    """The estimate of a frozen job that has not begun; with failures and retries, as far as `budget` goes."""
    plain = estimate(times.roster, spec.pace)
    standing = standing_at_start(spec, times)
    count = affordable(standing, budget)
    if not count:
        return plain
    ends = foresee(standing, times, at_the_start(times), count).job
    return replace(plain, likely_s=ends.likely_s, nine_in_ten_s=ends.nine_in_ten_s)


def _held_by(schedule: Schedule) -> str:
    return max(schedule.waits, key=schedule.waits.__getitem__) if any(schedule.waits.values()) else NOTHING


def _first_hour(schedule: Schedule) -> int:
    if schedule.pace.mode == "rolling":
        return sum(start_s < 3600 for start_s in schedule.starts)
    return min(len(schedule.lineup), bisect_left(schedule.starts, 3600) * schedule.size)


def live_forecast(status: JobStatus, now: datetime, times: DeviceTimes, budget: int = SCREEN_RUNS) -> Forecast | None:
    """The forecast of a job as it stands; None before it is created and after its end.

    Rehearsed from here on, with what the job has shown so far. Where `budget` (device runs) does not reach, the
    schedule at mean durations: what runs needs the rest of its time, and at least a tenth of it when it is late.
    """
    if status.spec is None or status.state.is_final:
        return None
    forecast = _scheduled(status, now, times)
    standing = standing_of(status, now, times)
    count = affordable(standing, budget)
    if not count:
        return forecast
    ends = foresee(standing, times, learn(status, now, times), count).job
    return replace(forecast, likely=after(now, ends.likely_s), nine_in_ten=after(now, ends.nine_in_ten_s))


def _scheduled(status: JobStatus, now: datetime, times: DeviceTimes) -> Forecast:
    pace, places = status.pace, times.places
    busy = _busy(status, now, times)
    rest_s = max((one.rest_s for one in busy), default=0.0)
    granted = [places[name] for name in status.granted]
    pending = _pending(status, times)
    whole = times.roster.lineup("inventory")
    due_s = None
    if status.next_due is not None and pace.devices_per_hour:
        due_s = seconds_between(now, status.next_due)
    if pace.mode == "batches":
        if granted:
            # They wait for a cap, behind what runs.
            rest_s += in_batches(whole.picked(granted), _at_once(pace)).end_s
        schedule = in_batches(whole.picked(pending), pace, rest_s, due_s)
    else:
        schedule = rolling(whole.picked(granted + pending), pace, busy, due_s, len(granted))
    if not schedule.starts:
        held_by = "the running devices" if rest_s else NOTHING
        return Forecast(after(now, rest_s), after(now, rest_s * 1.5), held_by, times.basis)
    return Forecast(after(now, schedule.end_s), after(now, schedule.late_s), _held_by(schedule), times.basis)


def _busy(status: JobStatus, now: datetime, times: DeviceTimes) -> list[Busy]:
    """What runs now, and how long it still needs."""
    found: list[Busy] = []
    for name in status.in_flight:
        device, place = status.devices[name], times.places[name]
        expected = times.roster.expected[place].median_s
        gone = seconds_between(device.started_at, now) if device.started_at else 0.0
        found.append(Busy(max(expected - gone, expected / 10), device.country, times.roster.sites[place]))
    return found


def _pending(status: JobStatus, times: DeviceTimes) -> list[int]:
    """Places of the devices that wait for a grant, in running order."""
    devices, names, granted = status.devices, times.names, status.granted
    order = times.roster.order(status.pace.order)
    pending = [place for place in order if devices[names[place]].state is DeviceState.PENDING]
    return [place for place in pending if names[place] not in granted] if granted else pending


def _at_once(pace: Pace) -> Pace:
    return pace.model_copy(update={"batch_size": 0, "devices_per_hour": 0})
