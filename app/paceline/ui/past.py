"""A job as History lists it: what the journal says of it, and what is newer of one that runs here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from paceline.engine.ports import JobSummary
from paceline.model.states import FINAL_DEVICE_STATES, INTERRUPTED, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.time import as_duration, seconds_between
from paceline.report.calibration import Calibration
from paceline.ui.glyphs import Glyphs
from paceline.ui.theming import JOB_TOKENS, STATE_TOKENS

_FINAL = {state.value for state in JobState if state.is_final}
_WRONG = (DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.PARTIAL, DeviceState.UNKNOWN)
_LEFT_OUT = (DeviceState.SKIPPED, DeviceState.CANCELLED)

ENOUGH_JOBS = 3
"""Graded jobs from which on their forecasts are summed up."""


@dataclass(frozen=True, slots=True)
class PastJob:
    """One line of History."""

    summary: JobSummary
    state: str
    """A `JobState`'s value, or `interrupted`."""
    counts: Mapping[str, int]
    devices: int
    """In all; where the journal does not say, those that have ended."""
    seq: int

    @property
    def id(self) -> str:
        """The job's id."""
        return self.summary.id

    @property
    def is_open(self) -> bool:
        """Whether it has not ended, and can be taken up."""
        return self.state == INTERRUPTED

    @property
    def is_live(self) -> bool:
        """Whether it runs, or waits to."""
        return not self.is_open and self.state not in _FINAL

    @property
    def ended(self) -> int:
        """Devices that have ended."""
        return sum(self.counts.get(state.value, 0) for state in FINAL_DEVICE_STATES)

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.summary.created_at)

    @property
    def took_s(self) -> float | None:
        """Seconds it took; None while it has not ended."""
        return self.summary.took_s

    def has(self, words: list[str]) -> bool:
        """Whether all of `words` stand in its name, id, state or the job it continues."""
        text = f"{self.summary.name} {self.id} {self.state} {self.summary.continues}".lower()
        return all(word in text for word in words)


def past_job(summary: JobSummary) -> PastJob:
    """A job that does not run here."""
    devices = summary.devices or sum(summary.counts.values())
    return PastJob(summary, summary.state, summary.counts, devices, summary.last_seq)


def live_job(summary: JobSummary, status: JobStatus) -> PastJob:
    """A job of this process, as it stands now."""
    return PastJob(summary, status.state.value, status.final_counts(), status.total, status.seq)


def with_status(job: PastJob, status: JobStatus) -> PastJob:
    """The same line, newer."""
    return replace(job, state=status.state.value, counts=status.final_counts(), devices=status.total, seq=status.seq)


# -- how it is written ----------------------------------------------------------------------------


def job_sign(state: str, glyphs: Glyphs) -> str:
    """The sign that goes with a job's state."""
    like = {
        "finished": DeviceState.SUCCEEDED,
        "stopped": DeviceState.CANCELLED,
        "window_closed": DeviceState.CANCELLED,
        "running": DeviceState.RUNNING,
        "stopping": DeviceState.RUNNING,
        INTERRUPTED: DeviceState.UNKNOWN,
    }
    return glyphs.states[like.get(state, DeviceState.CONNECTING)]


def job_token(state: str) -> str:
    """The theme's token of a job's state."""
    return "warning" if state == INTERRUPTED else JOB_TOKENS[JobState(state)]


def count_parts(counts: Mapping[str, int], glyphs: Glyphs, *, zeros: bool) -> list[tuple[str, str]]:
    """Counts by state with their token, what is wrong first; with `zeros` those of what is wrong are there, muted."""
    parts = []
    for state in (*_WRONG, *_LEFT_OUT, DeviceState.SUCCEEDED):
        count = counts.get(state.value, 0)
        if count or (zeros and state not in _LEFT_OUT):
            parts.append((f"{glyphs.states[state]}{count} ", STATE_TOKENS[state] if count else "muted"))
    return parts


def against_forecast(job: PastJob) -> tuple[str, str]:
    """How long it took against what was expected at its start, and the token of that: `+12 %`, longer than 9 in 10."""
    took, expected, late = job.summary.took_s, job.summary.forecast_s, job.summary.nine_in_ten_s
    if took is None or not expected:
        return "", "muted"
    share = round(100 * (took - expected) / expected)
    return f"{share:+d} %", "warning" if late is not None and took > late else "muted"


def forecast_sentence(job: PastJob) -> str:
    """`took 3m 07s; expected 2m 50s, 9 in 10 within 3m 10s`."""
    summary = job.summary
    parts = []
    if summary.took_s is not None:
        parts.append(f"took {as_duration(summary.took_s)}")
    if summary.forecast_s is not None and summary.nine_in_ten_s is not None:
        expected, late = as_duration(summary.forecast_s), as_duration(summary.nine_in_ten_s)
        parts.append(f"expected {expected}, 9 in 10 within {late}")
    return "; ".join(parts)


def elapsed(job: PastJob, now: datetime) -> str:
    """How long it took; how long it has run, for one that runs."""
    if job.took_s is not None:
        return as_duration(job.took_s)
    started = job.summary.started_at
    if not started or job.is_open:
        return ""
    return as_duration(max(0.0, seconds_between(datetime.fromisoformat(started), now)))


def calibration_sentence(found: Calibration | None) -> str:
    """How good the forecasts of the latest jobs were; empty while there is too little to say."""
    if found is None or found.kept is None or found.jobs < ENOUGH_JOBS:
        return ""
    off = f", the likely end was {found.errors[0]:.0%} off in the middle" if 0 in found.errors else ""
    return f"{found.kept:.0%} of {found.jobs} jobs ended by their nine-in-ten end{off}"
