"""The words of the store: what it answers with, and how it fails."""

from dataclasses import dataclass
from datetime import datetime

from paceline.model.errors import PacelineError
from paceline.model.event import ForecastMade
from paceline.model.job import Pace
from paceline.model.tally import Forecast
from paceline.model.time import seconds_between

_DEFAULT_PACE = Pace()


class StoreError(PacelineError):
    """What is kept can not be written or read; a sentence that names the place and the cause."""


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One line of the list of jobs."""

    id: str
    name: str
    created_at: str
    """ISO 8601, UTC."""
    state: str
    counts: dict[str, int]
    """Devices by final state, as of the job's last commit."""
    continues: str = ""
    finished_at: str = ""
    last_seq: int = 0
    started_at: str = ""
    devices: int = 0
    """Devices in all; 0 where a journal of an older release does not say."""
    pace: Pace = _DEFAULT_PACE
    """As at the start."""
    forecast: Forecast | None = None
    """The first one, made at the start."""
    read_only: bool = True

    @property
    def forecast_s(self) -> float | None:
        """Seconds that the job was expected to take, at its start."""
        return _seconds(self.started_at, self.forecast.likely if self.forecast else None)

    @property
    def nine_in_ten_s(self) -> float | None:
        """Seconds that nine in ten such jobs were expected to keep within."""
        return _seconds(self.started_at, self.forecast.nine_in_ten if self.forecast else None)

    @property
    def took_s(self) -> float | None:
        """Seconds from its start to its end; None while it has not ended."""
        return _seconds(self.started_at, datetime.fromisoformat(self.finished_at) if self.finished_at else None)


OFF_PLAN = ("job_paused", "job_held", "pace_changed", "stop_requested", "job_interrupted", "job_waiting")
"""Events by which a job ends at another time than its plan alone would have it."""


@dataclass(frozen=True, slots=True)
class JobCourse:
    """How a job went, as far as its forecasts are to be graded."""

    forecasts: tuple[ForecastMade, ...]
    """In the order they were made."""
    ended_at: tuple[datetime, ...]
    """When each device ended, in order; a sweep ends some of them twice."""
    off_plan: frozenset[str]
    """The types of its events that are among OFF_PLAN."""


def _seconds(started_at: str, until: datetime | None) -> float | None:
    return seconds_between(datetime.fromisoformat(started_at), until) if started_at and until else None


@dataclass(frozen=True, slots=True)
class OutputSummary:
    """A stored output: bytes in all and their SHA-256."""

    bytes: int
    sha256: str
    memory_bytes: int = 0
    """How much of it memory may hold at a time; 0: all."""

    @property
    def truncated(self) -> bool:
        """Whether it is more than memory may hold."""
        return 0 < self.memory_bytes < self.bytes
