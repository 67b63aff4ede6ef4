"""The pace of a running job in figures: what was achieved, what may start now, what a paused country leaves open."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from paceline.model.course import paused_pending
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.time import seconds_between
from paceline.plan.durations import DeviceTimes
from paceline.plan.forecast import SCREEN_RUNS, live_forecast


def achieved_per_hour(status: JobStatus) -> float | None:
    """Devices granted before the last grant, by the hours from the first grant to it; None before the second one.

    Never above the rate allowed: the last grant's own devices have not used up their share of it.
    """
    first, last = status.first_grant_at, status.batch_started_at
    if first is None or last is None or (span_s := seconds_between(first, last)) <= 0:
        return None
    return status.granted_before * 3600 / span_s


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many devices the pace lets start: `ready` of them now, or `then` of them in `wait_s` seconds."""

    ready: int
    then: int
    wait_s: float
    """0: as soon as a batch or a place is free."""


def allowance(status: JobStatus, now: datetime) -> Allowance:
    """What the next grant may have, of the devices that nothing holds."""
    pending = status.counts.get(DeviceState.PENDING, 0) - len(status.granted)
    left = max(0, pending - status.held_pending - paused_pending(status))
    size = status.pace.batch_size or status.total
    active = len(status.in_flight) + len(status.granted)
    due_s = max(0.0, seconds_between(now, status.next_due)) if status.next_due is not None else 0.0
    is_rolling = status.pace.mode == "rolling"
    room = max(0, size - active) if is_rolling else (0 if active else size)
    if due_s > 0 or not room:
        return Allowance(0, min(left, 1 if is_rolling else size), due_s)
    return Allowance(min(left, room), 0, 0.0)


def open_forecast(status: JobStatus, now: datetime, times: DeviceTimes, budget: int = SCREEN_RUNS) -> Forecast | None:
    """`live_forecast` of what may start: nobody knows when a paused country goes on, so its devices are left out."""
    if not paused_pending(status):
        return live_forecast(status, now, times, budget)
    other = copy(status)
    paused, pending = status.paused_countries, DeviceState.PENDING
    other.devices = {
        name: replace(device, state=DeviceState.SKIPPED)
        if device.state is pending and device.country in paused
        else device
        for name, device in status.devices.items()
    }
    return live_forecast(other, now, times, budget)
