"""What an ended job left open, as a job that continues it."""

from collections.abc import Sequence

from paceline.config.paths import Paths
from paceline.launch.again import again, preset_of
from paceline.launch.earlier import earlier, shortened
from paceline.launch.freeze import LaunchError
from paceline.model.job import JobSpec, Pace
from paceline.model.settings import Settings
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus

WHAT = ("open", "failed", "unreachable", "unknown")
_STATES = {
    "failed": (DeviceState.FAILED, DeviceState.PARTIAL),
    "unreachable": (DeviceState.UNREACHABLE,),
    "unknown": (DeviceState.UNKNOWN,),
}


def to_retry(status: JobStatus, what: str) -> list[str]:
    """The devices of a job that `what` (see `WHAT`) means, in its order. Raises LaunchError when there are none."""
    states = _STATES.get(what)
    names = [
        device.name
        for device in status.devices.values()
        if (device.state in states if states else device.state is not DeviceState.SUCCEEDED)
    ]
    if not names:
        meant = "did not succeed" if what == "open" else f"is {what}"
        raise LaunchError(f"no device of job {status.id} {meant}: there is nothing to try again")
    return names


def to_continue(status: JobStatus) -> list[str]:
    """The devices that a job left open when it was ended, in its order. Raises LaunchError when there are none.

    In a job that may change devices those that were never logged in to: nothing is sent to one twice.
    """
    states = (DeviceState.SKIPPED, DeviceState.UNREACHABLE)
    if status.spec is None or status.spec.read_only:
        return to_retry(status, "open")
    names = [device.name for device in status.devices.values() if device.state in states and device.commands is None]
    if not names:
        raise LaunchError(f"job {status.id} was logged in to each of its devices: there is none to go on with")
    return names


def retry(
    status: JobStatus,
    names: Sequence[str],
    settings: Settings,
    paths: Paths,
    *,
    pace: Pace | None,
    is_whole: bool,
    not_after: str = "",
) -> JobSpec:
    """A job on these devices that continues an ended one; `pace` is the earlier one's when None.
    `not_after`: from when on it starts none; the earlier one's own window is not taken over.

    A job that only reads goes on with the first command that did not succeed, unless `is_whole`; one that may change
    devices is run whole. Raises LaunchError, CredentialError.
    """
    spec = status.spec
    if spec is None:
        raise LaunchError(f"the journal has no frozen job for {status.id}")
    if not status.state.is_final:
        raise LaunchError(f"job {status.id} is {status.state.value}: wait for its end, or stop it, before a retry")
    values = preset_of(spec)
    changes = {"not_after": not_after, "pace": pace or spec.pace}
    values = values.model_copy(update=changes)
    wanted = set(names)
    devices = [target.device for target in spec.targets if target.device.name in wanted]
    fresh = again(spec, devices, values, settings, paths)
    return fresh if is_whole or not spec.read_only else shortened(fresh, earlier(status))
