"""A whole status as one JSON document and back, for a follower in another process, which folds on from there."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from paceline.model import event as ev
from paceline.model.collector import collector_paused
from paceline.model.job import JobSpec, Pace
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import CountryStatus, DeviceStatus, Forecast, JumpTrouble, Question


@dataclass(slots=True)
class _Fields:
    """The slots of `JobStatus`, by their names."""

    _command_totals: dict[str, int]
    answered: dict[str, datetime]
    asked: dict[str, ev.LoginAsked]
    batch_due: datetime | None
    batch_n: int
    batch_number: int
    batch_started_at: datetime | None
    commands_ended: int
    commands_total: int
    countries: dict[str, CountryStatus]
    counts: dict[DeviceState, int]
    created_at: datetime | None
    devices: dict[str, DeviceStatus]
    finished_at: datetime | None
    first_forecast: Forecast | None
    forecast: Forecast | None
    given_up: list[tuple[datetime, Question]]
    granted: dict[str, None]
    held_pending: int
    holds: int
    in_flight: dict[str, None]
    jumps: dict[str, JumpTrouble]
    last_at: datetime | None
    lifted: list[tuple[datetime, Question]]
    name: str
    next_due: datetime | None
    pace: Pace
    questions: dict[str, Question]
    resumed_state: JobState
    seq: int
    spec: JobSpec | None
    started_at: datetime | None
    state: JobState
    stop: ev.StopKind | None
    stopped_by_gate: bool
    sweeping: bool
    unknown_events: int
    why: str


_ADAPTER = TypeAdapter(_Fields)


def encode_status(status: JobStatus) -> bytes:
    """The status as it stands; on the loop that changes it, because nothing may change it meanwhile."""
    return _ADAPTER.dump_json(_Fields(**{name: getattr(status, name) for name in JobStatus.__slots__}))


def decode_status(data: bytes) -> JobStatus:
    """The status that `encode_status` was given. Raises ValueError."""
    # A large one is tens of thousands of objects and no garbage.
    with collector_paused():
        fields = _ADAPTER.validate_json(data)
        status = JobStatus.__new__(JobStatus)
        for name in JobStatus.__slots__:
            setattr(status, name, getattr(fields, name))
    return status
