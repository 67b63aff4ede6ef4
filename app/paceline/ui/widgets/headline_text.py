"""What the headline says: how far, until when, and what the job waits for."""

from dataclasses import dataclass
from datetime import datetime

from paceline.model.course import paused_pending, paused_words
from paceline.model.holds import waits_for_jump
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast, JumpTrouble
from paceline.model.text import printable
from paceline.model.time import as_duration, seconds_between
from paceline.model.window_words import begins, closed_windows, closes_first
from paceline.ui.formats import clock, many
from paceline.ui.reasons import TROUBLE

REVERSED = frozenset({JobState.HELD, JobState.PAUSED, JobState.STOPPING, JobState.WAITING})
"""States in which nothing new starts: their word stands in reverse video."""

_STOPS = {"batch": "after this batch", "running": "after the running devices", "now": "now"}


def state_word(status: JobStatus) -> str:
    """`RUNNING`, `HELD` ..."""
    return status.state.value.upper().replace("_", " ")


def where_it_stands(status: JobStatus) -> str:
    """Which batch of how many, or how many of the places are taken."""
    if status.sweeping:
        return "sweep over what is unreachable"
    if status.pace.mode == "rolling":
        return f"rolling, {len(status.in_flight)} of {status.pace.batch_size or status.total} at once"
    return f"batch {status.batch_number}/{status.batches}"


def countdown(seconds: float) -> str:
    """`03:12`, `2:03:12`; never below zero."""
    whole = max(0, round(seconds))
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def waits_for(status: JobStatus, now: datetime) -> str:
    """What the job is waiting for, in every state; empty only when it has ended."""
    if status.state.is_final:
        return ""
    if status.asked:
        return _login_asks(status, now)
    runs = _running(status, now)
    question = status.question
    if question is not None and (question.is_whole or status.state is JobState.HELD):
        return question.message
    if status.state is JobState.PAUSED:
        return f"{status.why}; {runs}" if status.in_flight else status.why
    if status.state is JobState.STOPPING:
        stop = f"{status.why}, {_STOPS[status.stop or 'running']}"
        return f"{stop}; {runs}" if status.in_flight else stop
    if (opening := begins(status, now)) and status.spec is not None and status.spec.window.not_before is not None:
        left_s = seconds_between(now, status.spec.window.not_before)
        return f"{opening}, in {countdown(left_s)}"
    if status.state in (JobState.WAITING, JobState.SCHEDULED):
        return status.why or "it begins at once"
    # A part of the devices is held: the others go on.
    held = [question.message] if question is not None else []
    if (waited := waits_for_jump(status)) is not None:
        held.append(_jump(*waited, now))
        if not status.in_flight and waited[1] == status.counts.get(DeviceState.PENDING, 0):
            return "; ".join(held)
    if closed := closed_windows(status, now):
        held.append(closed)
        waiting = sum(status.countries[code].by_state.get(DeviceState.PENDING, 0) for code in status.countries)
        if not status.in_flight and not status.granted and waiting <= _behind_windows(status):
            return "; ".join(held)
    if paused := paused_words(status):
        paused = f"{paused}, {many(paused_pending(status), 'device')} left there"
        if paused_pending(status) == status.counts.get(DeviceState.PENDING, 0):
            return "; ".join([*held, paused, *([runs] if status.in_flight else [])])
    return "; ".join([*held, _next(status, now, runs), *([paused] if paused else [])])


def _behind_windows(status: JobStatus) -> int:
    """Pending devices whose window is closed."""
    spec = status.spec
    assert spec is not None
    names = (name for window in status.windows for name in spec.windows[window])
    return sum(status.devices[name].state is DeviceState.PENDING for name in names)


def _jump(trouble: JumpTrouble, count: int, now: datetime) -> str:
    """`jump bastion: refused: ...; 12 devices wait, next try in 00:20`."""
    left_s = seconds_between(now, trouble.retry_at) if trouble.retry_at is not None else 0.0
    when = f"next try in {countdown(left_s)}" if left_s > 0 else "being tried again"
    return f"{trouble.message}; {many(count, 'device')} {'waits' if count == 1 else 'wait'}, {when}"


def _login_asks(status: JobStatus, now: datetime) -> str:
    """`deu-r6 asks netops: Verification code: (12 s left), 1 more`."""
    first = next(iter(status.asked.values()))
    left_s = max(0, round(seconds_between(now, first.until)))
    more = f", {len(status.asked) - 1} more" if len(status.asked) > 1 else ""
    prompts = " ".join(prompt.text for prompt in first.prompts)
    return printable(f"{first.device} asks {first.user}: {prompts} ({left_s} s left){more}")


def _next(status: JobStatus, now: datetime, runs: str) -> str:
    """When the next device may start, and why not now."""
    if status.granted:
        return f"{many(len(status.granted), 'granted device')} behind {_cap(status)}; {runs}"
    if not status.counts.get(DeviceState.PENDING, 0):
        return f"the last ones: {runs}" if status.in_flight else "its end"
    if (canary := _canary(status)) and status.in_flight:
        return f"next after the canary of {many(canary, 'device')}: {runs}"
    due_s = seconds_between(now, status.next_due) if status.next_due is not None else 0.0
    rate = f"rate {status.pace.devices_per_hour:g}/h"
    if status.pace.mode == "batches" and status.in_flight:
        return f"next in {countdown(due_s)}: {rate}" if due_s > 0 else f"next after this batch: {runs}"
    if due_s > 0:
        return f"next in {countdown(due_s)}: {rate}"
    # With a free place only a back-off, or a lock of another job, keeps what is open from starting.
    is_free = not status.pace.batch_size or len(status.in_flight) < status.pace.batch_size
    retry = _next_retry(status) if is_free else None
    if retry is not None and retry > now:
        return f"next in {countdown(seconds_between(now, retry))}: a device is tried again"
    if is_free and status.in_flight and not status.questions and not status.jumps:
        return f"next when a device that another job uses is free: {runs}"
    return f"next when a place is free: {runs}" if status.in_flight else "the next start"


def _cap(status: JobStatus) -> str:
    """Which caps may hold granted devices."""
    pace = status.pace
    caps = [f"{cap} per {what}" for cap, what in ((pace.per_country, "country"), (pace.per_site, "site")) if cap]
    return f"the cap of {', '.join(caps)}" if caps else "a cap"


def _canary(status: JobStatus) -> int:
    """How many devices have to end before any other begins, while that is so; else 0."""
    canary = status.spec.gates.canary if status.spec is not None else 0
    begun = status.total - status.counts.get(DeviceState.PENDING, 0)
    return canary if canary and begun == canary and "canary" not in status.answered else 0


def _next_retry(status: JobStatus) -> datetime | None:
    """When the first back-off is over, where everything that is open and not paused is in one; else None."""
    first: datetime | None = None
    for device in status.devices.values():
        if device.state is DeviceState.PENDING and not device.hold and device.country not in status.paused_countries:
            if device.retry_at is None:
                return None
            first = device.retry_at if first is None else min(first, device.retry_at)
    return first


def _running(status: JobStatus, now: datetime) -> str:
    """`4 run, oldest deu-r6 1m 12s`."""
    oldest = next(iter(status.in_flight), None)
    if oldest is None:
        return "none runs"
    seconds = int(status.devices[oldest].elapsed_s(now) or 0)
    age = as_duration(seconds) if seconds >= 10 else f"{seconds}s"
    count = len(status.in_flight)
    return f"{oldest} runs {age}" if count == 1 else f"{count} run, oldest {oldest} {age}"


def end_of(status: JobStatus) -> str:
    """What a job came to: `55 of 60 succeeded`, and why it ended when it was ended."""
    came_to = f"{status.counts.get(DeviceState.SUCCEEDED, 0)} of {status.total} succeeded"
    return f"{came_to}; {status.why}" if status.why and status.state is not JobState.FINISHED else came_to


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a job: its end as it stands now, and how long the plan said it takes."""

    forecast: Forecast | None = None
    planned_s: float | None = None


def until_when(status: JobStatus, outlook: Outlook, now: datetime) -> str:
    """The likely end and the one nine in ten runs meet; for a job that has ended, how long it took."""
    if status.state.is_final:
        return outcome(status, outlook.planned_s, now)
    forecast = outlook.forecast or status.forecast
    if status.state in (JobState.PAUSED, JobState.HELD):
        return "no end while it is " + status.state.value
    if forecast is None or status.state is JobState.STOPPING:
        return ""
    if closing := closes_first(status, forecast.likely, now):
        return closing
    if paused_pending(status):
        codes = ", ".join(status.paused_countries)
        return f"no end while {codes} is paused; the rest {clock(forecast.likely, now)}"
    return f"ends {clock(forecast.likely, now)}, 9in10 {clock(forecast.nine_in_ten, now)}"


def outcome(status: JobStatus, planned_s: float | None, now: datetime) -> str:
    """`ended 16:05 after 2h 03m, forecast 2h 01m`."""
    if status.finished_at is None:
        return ""
    took = ""
    if status.started_at is not None:
        took = f" after {as_duration(seconds_between(status.started_at, status.finished_at))}"
        took += f", forecast {as_duration(planned_s)}" if planned_s is not None else ""
    return f"ended {clock(status.finished_at, now)}{took}"


def failure_share(status: JobStatus) -> str:
    """`failures 8.1 %, gate 5%`: failed, partial and unknown, of what has ended; the budget they are held against."""
    bad = sum(status.counts.get(state, 0) for state in TROUBLE if state is not DeviceState.UNREACHABLE)
    budget = status.spec.max_failures if status.spec is not None else None
    gate = "none" if budget is None else str(budget)
    share = 100 * bad / status.ended if status.ended else 0.0
    return f"failures {share:.1f} %, gate {gate}"
