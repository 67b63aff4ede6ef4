"""The course of a whole job, as its operator and the executor set it: the part of `JobStatus.apply` that folds it."""

from typing import TYPE_CHECKING

from paceline.model import event as ev
from paceline.model import holds
from paceline.model.states import DeviceState, JobState
from paceline.model.tally import Forecast, Touched

if TYPE_CHECKING:
    from paceline.model.status import JobStatus


def pause(status: "JobStatus", event: ev.JobPaused) -> Touched:
    """No new starts."""
    status.state, status.why = JobState.PAUSED, event.why or (f"paused by {event.by}" if event.by else "paused")
    return Touched()


def resume(status: "JobStatus", event: ev.JobResumed) -> Touched:
    """Starts go on."""
    is_held = any(question.is_whole for question in status.questions.values())
    status.state, status.why = JobState.HELD if is_held else JobState.RUNNING, event.why
    status.next_due = event.next_due or status.next_due
    return Touched()


def pause_country(status: "JobStatus", event: ev.CountryPaused) -> Touched:
    """No new starts there. What was granted and has not begun leaves its batch."""
    by = f"paused by {event.by}" if event.by else "paused"
    status.paused_countries[event.country] = f"{by}: {event.why}" if event.why else by
    for name in [name for name in status.granted if status.devices[name].country == event.country]:
        del status.granted[name]
    return Touched((), (event.country,))


def resume_country(status: "JobStatus", event: ev.CountryResumed) -> Touched:
    """Starts go on there."""
    status.paused_countries.pop(event.country, None)
    return Touched((), (event.country,))


def paused_pending(status: "JobStatus") -> int:
    """Pending devices in paused countries."""
    countries = status.countries
    return sum(countries[code].by_state.get(DeviceState.PENDING, 0) for code in status.paused_countries)


def paused_words(status: "JobStatus") -> str:
    """`DE, paused by alice; FR, paused`: those that still have devices to start."""
    return "; ".join(
        f"{code}, {why}"
        for code, why in status.paused_countries.items()
        if status.countries[code].by_state.get(DeviceState.PENDING, 0)
    )


def wait(status: "JobStatus", event: ev.JobWaiting) -> Touched:
    """Another job has its devices, or has let them go."""
    if status.state in (JobState.RUNNING, JobState.WAITING):
        status.state = JobState.WAITING if event.waits_for else JobState.RUNNING
        status.why = f"its devices are in use by job {event.waits_for}" if event.waits_for else ""
    return Touched()


def change_pace(status: "JobStatus", event: ev.PaceChanged) -> Touched:
    """Another size, rate or caps."""
    told = event.model_dump(include={"batch_size", "devices_per_hour", "per_country", "per_site"}, exclude_none=True)
    status.pace = status.pace.model_copy(update=told)
    status.next_due = event.next_due
    return Touched()


def change_windows(status: "JobStatus", event: ev.WindowsChanged) -> Touched:
    """Devices may start that might not, or the other way round."""
    status.windows = event.closed
    return Touched()


def request_stop(status: "JobStatus", event: ev.StopRequested) -> Touched:
    """It ends."""
    status.state, status.stop, status.window_closed = JobState.STOPPING, event.stop, event.window
    holds.withdraw_all(status)
    status.why = event.why or (f"stopped by {event.by}" if event.by else "stopped")
    return Touched()


def foresee(status: "JobStatus", event: ev.ForecastMade) -> Touched:
    """An end that is expected."""
    status.forecast = Forecast(event.likely, event.nine_in_ten, event.held_by, event.basis)
    status.first_forecast = status.first_forecast or status.forecast
    return Touched()
