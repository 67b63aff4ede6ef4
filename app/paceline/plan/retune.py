"""When a running job would end at another pace."""

from copy import copy
from datetime import datetime

from paceline.model.job import Pace
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.time import after
from paceline.plan.durations import DeviceTimes
from paceline.plan.pacer import interval_s
from paceline.plan.pacing import open_forecast


def retuned_forecast(status: JobStatus, pace: Pace, now: datetime, times: DeviceTimes) -> Forecast | None:
    """The forecast of `status` as it would be after a change to `pace`; the status itself stays as it is.

    The last grant counts at the new rate, as in the pacer: the next is due at max(now, given + n * 3600 / R).
    """
    other = copy(status)
    other.pace, other.next_due = pace, None
    if pace.devices_per_hour and status.batch_started_at is not None:
        due = after(status.batch_started_at, interval_s(status.batch_n, pace.devices_per_hour))
        other.next_due = max(now, due)
    return open_forecast(other, now, times)
