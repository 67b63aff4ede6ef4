"""What goes over the socket, both ways: bodies of requests and answers, and errors as one sentence with its kind."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from paceline.engine.contract import UnknownJobError
from paceline.engine.ports import JobSummary, StoreError
from paceline.model.control import (
    Answer,
    Control,
    ControlError,
    Pause,
    PauseCountry,
    Resume,
    ResumeCountry,
    Retune,
    Skip,
    Stop,
)
from paceline.model.errors import PacelineError
from paceline.model.event import SCHEMA
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secret, Secrets

PROTOCOL = 1
"""Raised when what faces and service say to each other changes its meaning."""
LINES = "application/x-ndjson"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# -- secrets ----------------------------------------------------------------------------------------


class SecretsBody(_Body):
    """Secrets on their way into the service's memory. They never come back."""

    values: dict[str, str] = {}
    """By reference, as `env:NAME`."""
    agent: str = ""
    """The socket of the ssh-agent to use, or empty."""

    def __repr__(self) -> str:
        return f"SecretsBody({sorted(self.values)})"

    __str__ = __repr__

    def taken(self) -> Secrets:
        """As the engine takes them."""
        return Secrets({reference: Secret(value) for reference, value in self.values.items()}, self.agent)


def secrets_body(secrets: Secrets) -> SecretsBody:
    """Secrets to hand over the socket: the one place that reveals them for that."""
    return SecretsBody(values={name: value.reveal() for name, value in secrets.items()}, agent=secrets.agent_path)


class StartBody(_Body):
    """A frozen job with its secrets."""

    spec: JobSpec
    secrets: SecretsBody = SecretsBody()


class SupplyBody(_Body):
    """Secrets for a job that waits for them."""

    question: str = ""
    secrets: SecretsBody


# -- controls ---------------------------------------------------------------------------------------


class ControlBody(_Body):
    """What the operator tells a job. Which keys go with which control is in the guide."""

    control: Literal["pause", "resume", "stop", "retune", "skip", "answer"]
    by: str = ""
    why: str = ""
    after: Literal["batch", "running", "now"] = "running"
    """Of `stop`."""
    batch_size: int | None = None
    """Of `retune`; 0: all in one batch."""
    devices_per_hour: float | None = None
    """Of `retune`; 0: no limit."""
    per_country: int | None = None
    per_site: int | None = None
    """Of `retune`: running devices at most; 0: no cap."""
    country: str = ""
    """Of `pause` and `resume`: only this one; empty: the job."""
    device: str = ""
    """Of `skip`."""
    question: str = ""
    """Of `answer`: its id."""
    answer: Literal["go_on", "stop"] = "go_on"

    def meant(self) -> Control:
        """The control."""
        who: dict[str, Any] = {"by": self.by, "why": self.why}
        match self.control:
            case "pause":
                return PauseCountry(country=self.country, **who) if self.country else Pause(**who)
            case "resume":
                return ResumeCountry(country=self.country, **who) if self.country else Resume(**who)
            case "stop":
                return Stop(stop=self.after, **who)
            case "retune":
                names = ("batch_size", "devices_per_hour", "per_country", "per_site")
                return Retune(**{name: getattr(self, name) for name in names}, **who)
            case "skip":
                return Skip(device=self.device, **who)
            case "answer":
                return Answer(question=self.question, answer=self.answer, **who)


def control_body(control: Control) -> ControlBody:
    """A control to send."""
    who: dict[str, Any] = {"by": control.by, "why": control.why}
    match control:
        case Pause():
            return ControlBody(control="pause", **who)
        case Resume():
            return ControlBody(control="resume", **who)
        case PauseCountry():
            return ControlBody(control="pause", country=control.country, **who)
        case ResumeCountry():
            return ControlBody(control="resume", country=control.country, **who)
        case Stop():
            return ControlBody(control="stop", after=control.stop, **who)
        case Retune():
            names = ("batch_size", "devices_per_hour", "per_country", "per_site")
            return ControlBody(control="retune", **{name: getattr(control, name) for name in names}, **who)
        case Skip():
            return ControlBody(control="skip", device=control.device, **who)
        case Answer():
            return ControlBody(control="answer", question=control.question, answer=control.answer, **who)


# -- answers ----------------------------------------------------------------------------------------


class Version(BaseModel):
    """What the service is; fields may be added."""

    version: str
    protocol: int = PROTOCOL
    schema_: int = Field(default=SCHEMA, alias="schema")
    """Of the events."""


class ServiceStatus(BaseModel):
    """What the service does; fields may be added."""

    pid: int
    host: str
    socket: str
    version: str
    started_at: str
    """ISO 8601, UTC."""
    memory_bytes: int
    open_sessions: int
    """Devices that are connecting or running."""
    viewers: int
    running: list[str]
    """Ids of jobs."""


SUMMARIES = TypeAdapter(list[JobSummary])


class PageBody(BaseModel):
    """A window on an output; its bytes are no text."""

    data: str
    """Base64."""
    offset: int
    size: int
    is_complete: bool

    def opened(self) -> OutputPage:
        """As the engine gives it."""
        return OutputPage(base64.b64decode(self.data), self.offset, self.size, self.is_complete)


def page_body(page: OutputPage) -> PageBody:
    """A window on an output, to send."""
    data = base64.b64encode(page.data).decode()
    return PageBody(data=data, offset=page.offset, size=page.size, is_complete=page.is_complete)


CHUNK = TypeAdapter(OutputChunk)


# -- errors -----------------------------------------------------------------------------------------


class Problem(BaseModel):
    """Why a request was refused."""

    error: str
    """One sentence."""
    kind: str = "request"
    """Which of our errors it is."""
    fields: dict[str, str] | None = None
    """Of a body that does not fit: a sentence per field."""


class RemoteError(PacelineError):
    """What the service refused, or could not do; a sentence."""


_KINDS: Mapping[str, tuple[type[Exception], int]] = MappingProxyType(
    {
        "unknown_job": (UnknownJobError, 404),
        "control": (ControlError, 409),
        "store": (StoreError, 503),
        "value": (ValueError, 422),
        "refused": (PacelineError, 422),
    }
)


def problem_of(error: Exception) -> tuple[Problem, int]:
    """An error to send, and its HTTP status."""
    for kind, (error_class, status) in _KINDS.items():
        if isinstance(error, error_class):
            return Problem(error=str(error), kind=kind), status
    return Problem(error=f"a bug in Paceline ({type(error).__name__}); the log of the service has more"), 500


def error_of(problem: Problem) -> Exception:
    """The error as the engine raised it."""
    error_class = _KINDS.get(problem.kind, (RemoteError, 0))[0]
    if error_class is UnknownJobError:
        error: Exception = UnknownJobError("")
        # The sentence is whole already.
        error.args = (problem.error,)
        return error
    return RemoteError(problem.error) if error_class is PacelineError else error_class(problem.error)
