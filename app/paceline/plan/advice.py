"""What an operator should think of before a job starts: specific, and about the field that causes it."""

from paceline.model.job import JobSpec
from paceline.plan.batches import started_in_first_hour
from paceline.plan.forecast import Estimate

LARGE_BATCH = 50
LONG_S = 24 * 3600


def warnings_for(spec: JobSpec, estimate: Estimate) -> list[str]:
    """Sentences about the pace and the end; empty when there is nothing to say."""
    pace, devices = spec.pace, len(spec.targets)
    found: list[str] = []
    if pace.mode == "batches" and pace.batch_size > devices:
        found.append(f"batch_size {pace.batch_size} is larger than the {devices} devices selected: one batch")
    if (pace.batch_size or devices) > LARGE_BATCH and pace.mode == "batches":
        found.append(f"batch_size: {min(pace.batch_size or devices, devices)} devices start at once")
    first_hour = started_in_first_hour(devices, pace)
    if pace.devices_per_hour and first_hour > pace.devices_per_hour:
        burst = f"batch_size {pace.batch_size or devices} at {pace.devices_per_hour:g} devices per hour"
        found.append(f"{burst} starts {first_hour} in the first hour; {_kept_by(devices, spec)}")
    if estimate.likely_s > LONG_S:
        found.append(f"the job ends later than tomorrow: it takes about {estimate.likely_s / 86_400:.1f} days")
    unknown = sum(target.device.country == "??" for target in spec.targets)
    if unknown:
        found.append(f"{unknown} of the devices have no known country and are shown as ??")
    return found


def _kept_by(devices: int, spec: JobSpec) -> str:
    """The largest smaller batch size with which the first hour keeps the rate."""
    pace = spec.pace
    for size in range(min(pace.batch_size or devices, devices) - 1, 0, -1):
        smaller = pace.model_copy(update={"batch_size": size})
        if started_in_first_hour(devices, smaller) <= pace.devices_per_hour:
            return f"a batch size of {size} keeps {pace.devices_per_hour:g}"
    return "rolling mode spreads them evenly"
