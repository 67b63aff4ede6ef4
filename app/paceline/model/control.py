"""What an operator may tell a running job; each becomes an event with who and why."""

from dataclasses import dataclass
from typing import Literal

from paceline.model.errors import PacelineError
from paceline.model.event import StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Control:
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(_Control):
    """No new grants; what runs goes on to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(_Control):
    """Grants go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCountry(_Control):
    """No new starts in one country; the others go on."""

    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCountry(_Control):
    """Starts in that country go on."""

    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Control):
    """End the job after this batch, after the running devices, or now."""

    stop: StopKind = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(_Control):
    """Leave one device out; one that runs is cancelled."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retune(_Control):
    """Another batch size, rate or cap; None leaves it."""

    batch_size: int | None = None
    devices_per_hour: float | None = None
    per_country: int | None = None
    per_site: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Control):
    """The answer to a gate's question. `stop` ends the job, or leaves out the devices whose logins it holds."""

    question: str
    answer: Literal["go_on", "stop"]


Control = Pause | Resume | PauseCountry | ResumeCountry | Stop | Skip | Retune | Answer


class ControlError(PacelineError):
    """A control that does not fit the job as it stands; a sentence for the operator."""
