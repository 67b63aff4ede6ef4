"""What an operator should think of before a job starts: specific, and about the field that causes it."""

from dataclasses import dataclass

from paceline.model.clock import shown
from paceline.model.device import UNKNOWN_COUNTRY
from paceline.model.job import JobSpec, Pace
from paceline.model.time import seconds_between
from paceline.plan.batches import granted_in_first_hour, started_in_first_hour
from paceline.plan.forecast import Estimate, begins

LARGE_BATCH = 50
LONG_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Tip:
    """One thing to think of, and the field that causes it: `batch_size`, `devices_per_hour`, `end` or `devices`."""

    field: str
    text: str


def warnings_for(spec: JobSpec, estimate: Estimate) -> list[str]:
    """Sentences about the pace and the end; empty when there is nothing to say."""
    unknown = sum(target.device.country == UNKNOWN_COUNTRY for target in spec.targets)
    return [tip.text for tip in (*tips_for(spec.pace, estimate, unknown), *window_tips(spec, estimate))]


def window_tips(spec: JobSpec, estimate: Estimate) -> list[Tip]:
    """A window that is likely to close before the job's end."""
    closes = spec.window.not_after
    if closes is None:
        return []
    left_s = seconds_between(begins(spec), closes)
    if estimate.likely_s <= left_s:
        if estimate.nine_in_ten_s <= left_s:
            return []
        return [Tip("end", f"the window closes at {shown(closes)}, after the likely end but not after nine in ten")]
    late = estimate.starting_after(left_s)
    if not late:
        text = f"the window closes at {shown(closes)}, while the last devices are likely to run: they are let finish"
        return [Tip("end", text)]
    many = "1 device will" if late == 1 else f"{late} devices will"
    text = f"the window closes at {shown(closes)}, before the likely end: {many} probably not have started"
    return [Tip("end", text)]


def tips_for(pace: Pace, estimate: Estimate, unknown: int = 0) -> list[Tip]:
    """The same per field, for a plan that is no job yet. `unknown`: devices without a known country."""
    devices, found = estimate.devices, list[Tip]()
    if pace.mode == "batches" and pace.batch_size > devices:
        chosen = "one device" if devices == 1 else f"{devices} devices"
        text = f"batch_size {pace.batch_size} is larger than the {chosen} selected: one batch"
        found.append(Tip("batch_size", text))
    if (pace.batch_size or devices) > LARGE_BATCH and pace.mode == "batches":
        at_once = min(pace.batch_size or devices, devices)
        found.append(Tip("batch_size", f"batch_size: {at_once} devices start at once"))
    first_hour = started_in_first_hour(devices, pace)
    if pace.devices_per_hour and first_hour > pace.devices_per_hour:
        burst = f"batch_size {pace.batch_size or devices} at {pace.devices_per_hour:g} devices per hour"
        text = f"{burst} starts {first_hour} in the first hour; {_kept_by(devices, pace)}"
        found.append(Tip("devices_per_hour", text))
    if estimate.likely_s > LONG_S:
        days = estimate.likely_s / 86_400
        found.append(Tip("end", f"the job ends later than tomorrow: it takes about {days:.1f} days"))
    if unknown:
        text = f"{unknown} of the devices have no known country and are shown as {UNKNOWN_COUNTRY}"
        found.append(Tip("devices", text))
    return found


def _kept_by(devices: int, pace: Pace) -> str:
    """The largest smaller batch size with which the first hour keeps the rate."""
    rate = pace.devices_per_hour
    # A batch above the rate breaks it alone.
    for size in range(min((pace.batch_size or devices) - 1, devices - 1, int(rate)), 0, -1):
        if granted_in_first_hour(devices, size, rate) <= rate:
            return f"a batch size of {size} keeps {rate:g}"
    return "rolling mode spreads them evenly"
