"""How a job stands, as a rehearsal takes it up: from its frozen form, or from the status of a running one."""

from datetime import datetime

from paceline.model.job import JobSpec
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.time import seconds_between
from paceline.plan.durations import DeviceTimes
from paceline.plan.rehearsal import Logins, Standing


def standing_at_start(spec: JobSpec, times: DeviceTimes) -> Standing:
    """Nothing has begun."""
    roster = times.roster
    return Standing(
        spec.pace,
        spec.retries,
        roster.countries,
        roster.sites,
        roster.order(spec.pace.order),
        logins=logins_of(spec, times, is_proven=False),
    )


def standing_of(status: JobStatus, now: datetime, times: DeviceTimes) -> Standing:
    """A running job. Raises AssertionError before it is created."""
    assert status.spec is not None
    spec, places, roster = status.spec, times.places, times.roster
    fresh: list[int] = []
    backing_off: list[tuple[float, int]] = []
    unreachable: dict[int, float] = {}
    tries: dict[int, int] = {}
    devices = list(status.devices.values())
    for place in roster.order(status.pace.order):
        device = devices[place]
        if device.attempt:
            # Attempts that a hold ended count toward no limit.
            tries[place] = device.attempt - device.held_attempts
        if device.state is DeviceState.PENDING:
            if device.retry_at is not None and device.outcome is not None:
                backing_off.append((seconds_between(now, device.retry_at), place))
            elif device.name not in status.granted:
                fresh.append(place)
        elif device.state is DeviceState.UNREACHABLE and not status.sweeping and device.finished_at is not None:
            unreachable[place] = seconds_between(now, device.finished_at)
    busy = []
    for name in status.in_flight:
        begun = status.devices[name].attempt_at
        busy.append((places[name], max(0.0, seconds_between(begun, now)) if begun else 0.0))
    due_s = None
    if status.next_due is not None and status.pace.devices_per_hour:
        due_s = seconds_between(now, status.next_due)
    return Standing(
        status.pace,
        spec.retries,
        roster.countries,
        roster.sites,
        fresh,
        backing_off,
        [places[name] for name in status.granted],
        busy,
        due_s,
        tries,
        unreachable if spec.retries.sweep else {},
        status.sweeping,
        # Once devices have begun, the first logins are out.
        logins_of(spec, times, is_proven=status.batch_number > 0),
    )


def logins_of(spec: JobSpec, times: DeviceTimes, *, is_proven: bool) -> Logins | None:
    """What the job's logins wait for; None where nothing is known of how long they take."""
    if not times.login_s:
        return None
    accounts = {
        name: f"{one.username}\n{secret}" if (secret := one.password if one.uses_password else one.enable) else ""
        for name, one in spec.credentials.items()
    }
    at_once = min(spec.pace.logins, spec.gates.rejected_logins)
    doors = [(accounts.get(target.credential, ""), target.device.aaa_domain) for target in spec.targets]
    return Logins(doors, at_once, spec.pace.logins, times.login_s, is_proven)
