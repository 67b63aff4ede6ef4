"""How good forecasts were: each job's against when it really ended, and what many jobs come to."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from paceline.model.time import seconds_between
from paceline.store.kinds import JobCourse, JobSummary

if TYPE_CHECKING:
    from paceline.store.reader import JournalReader

QUARTERS = (0, 25, 50, 75)
"""Percent of the devices that had ended when a forecast was made."""
APART: Mapping[str, str] = {
    "job_paused": "paused",
    "job_held": "held",
    "pace_changed": "retuned",
    "stop_requested": "stopped",
    "job_interrupted": "interrupted",
    "job_waiting": "waited for another job",
}
"""Events by which a job ended at another time than its plan alone would have it: no error of the forecast."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One job's forecasts against the truth."""

    job: str
    name: str
    devices: int
    took_s: float
    basis: str
    is_kept: bool
    """Whether it ended within the nine-in-ten end of its first forecast."""
    errors: Mapping[int, float]
    """By percent of devices ended: how far the likely end was off, as a share of the job's length; above 0 where the
    job took longer than it said. A quarter in which no forecast was made is absent."""
    apart: tuple[str, ...] = ()
    """What happened to it beside its plan: it counts in no figure."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the forecasts of many jobs come to; jobs that were paused, held, retuned or stopped are not among them."""

    jobs: int
    kept: float | None
    """Share of jobs that ended within the nine-in-ten end of their first forecast; None without jobs."""
    errors: Mapping[int, float] = field(default_factory=dict)
    """By percent of devices ended: the median error of the likely end, without its sign."""


def grade(job: JobSummary, course: JobCourse) -> Grade | None:
    """The grade of a job; None where it has not ended, has no forecast or took no time."""
    if not job.took_s or job.took_s <= 0 or not course.forecasts:
        return None
    finished = datetime.fromisoformat(job.finished_at)
    first, errors = course.forecasts[0], dict[int, float]()
    for made in course.forecasts:
        ended = min(100.0, 100 * bisect_right(course.ended_at, made.at) / job.devices) if job.devices else 0.0
        quarter = max(percent for percent in QUARTERS if percent <= ended)
        # The first one of each quarter; the one of the start must be of the start.
        if quarter not in errors and (quarter or made is first):
            errors[quarter] = seconds_between(made.likely, finished) / job.took_s
    apart = tuple(word for kind, word in APART.items() if kind in course.off_plan)
    return Grade(job.id, job.name, job.devices, job.took_s, first.basis, finished <= first.nine_in_ten, errors, apart)


def grades_of(reader: "JournalReader", last: int, known: dict[str, Grade | None] | None = None) -> list[Grade]:
    """The newest `last` ended jobs that have a forecast, the newest first. Raises StoreError.

    `known`: grades by job, looked into and added to: those of an ended job never change.
    """
    known = {} if known is None else known
    found: list[Grade] = []
    for job in reader.jobs():
        if len(found) == last:
            break
        if job.finished_at:
            if job.id not in known:
                known[job.id] = grade(job, reader.course(job.id))
            if (one := known[job.id]) is not None:
                found.append(one)
    return found


def calibrate(grades: Iterable[Grade]) -> Calibration:
    """All of the grades that count, together."""
    counted = [one for one in grades if not one.apart]
    errors = {
        quarter: median(found)
        for quarter in QUARTERS
        if (found := [abs(one.errors[quarter]) for one in counted if quarter in one.errors])
    }
    kept = sum(one.is_kept for one in counted) / len(counted) if counted else None
    return Calibration(len(counted), kept, errors)


def as_row(found: Grade) -> dict[str, Any]:
    """A grade as plain data."""
    return {
        "job": found.job,
        "name": found.name,
        "devices": found.devices,
        "took_s": round(found.took_s, 1),
        "basis": found.basis,
        "within_nine_in_ten": found.is_kept,
        "errors": {str(quarter): round(error, 4) for quarter, error in found.errors.items()},
        "apart": list(found.apart),
    }


def as_summary(found: Calibration) -> dict[str, Any]:
    """What many jobs come to, as plain data."""
    return {
        "jobs": found.jobs,
        "within_nine_in_ten": None if found.kept is None else round(found.kept, 4),
        "median_errors": {str(quarter): round(error, 4) for quarter, error in found.errors.items()},
    }
