"""The events of a job: facts, numbered, timestamped, never changed. One encoding for journal, `--json` and API."""

import json
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from paceline.model.event_base import CommandFact, DeviceFact, Event, Said
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.states import CommandState, DeviceState, JobState

SCHEMA = 1
"""Raised when an event changes its meaning; fields may be added with defaults without raising it."""

StopKind = Literal["batch", "running", "now"]


class JobCreated(Event):
    """The frozen job stands in the journal."""

    type: Literal["job_created"] = "job_created"
    schema_: int = Field(default=SCHEMA, alias="schema")
    spec: JobSpec


class JobStarted(Event):
    """The executor has taken the job up."""

    type: Literal["job_started"] = "job_started"


class BatchStarted(Event):
    """A grant: `n` devices may start now. In rolling mode a grant is one device."""

    type: Literal["batch_started"] = "batch_started"
    number: int
    n: int
    devices: tuple[str, ...] = ()
    due: datetime
    """When the pace allowed it; `at` is when it was given."""
    next_due: datetime | None = None
    """When the pace allows the next grant; None without a rate."""
    sweep: bool = False


class AttemptStarted(DeviceFact):
    """A device begins: connecting."""

    type: Literal["attempt_started"] = "attempt_started"
    batch: int


class Connected(DeviceFact):
    """TCP and SSH stand; the login begins."""

    type: Literal["connected"] = "connected"
    legacy: tuple[str, ...] = ()
    """Words of the old algorithms that the connection rests on: what the device still needs."""


class HostKeyAccepted(DeviceFact):
    """The first host key of a device was trusted on the operator's word; the login succeeded, and it is recorded."""

    type: Literal["host_key_accepted"] = "host_key_accepted"
    algorithm: str
    fingerprint: str


class LoggedIn(DeviceFact):
    """Logged in and prepared: ready for commands."""

    type: Literal["logged_in"] = "logged_in"
    name_seen: Said = ""
    platform_guess: str = ""
    """What a device whose inventory names no platform looks like."""


class LoginPrompt(BaseModel):
    """One line that a device wants filled in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Said
    shown: bool
    """Whether what is typed may be seen."""


class LoginAsked(DeviceFact):
    """A login asks for more than a password and waits for the operator; the answer is never an event."""

    type: Literal["login_asked"] = "login_asked"
    question: str
    """Its id, unique in the job."""
    user: str
    instruction: Said = ""
    prompts: tuple[LoginPrompt, ...]
    until: datetime
    """The login's own limit: without an answer by then it fails."""


class LoginAnswered(DeviceFact):
    """The login waits no longer: an answer was given, or there was none."""

    type: Literal["login_answered"] = "login_answered"
    question: str
    given: bool
    by: Said = ""


class CommandSent(CommandFact):
    """In a job that may change devices this is on disk before a byte leaves."""

    type: Literal["command_sent"] = "command_sent"


class CommandEnded(CommandFact):
    """A command ended; its output file was closed before."""

    type: Literal["command_ended"] = "command_ended"
    state: CommandState
    seconds: float
    bytes: int
    sha256: str = ""
    truncated: bool = False
    """True when the output in memory was cut; the file is whole."""
    failure: FailureKind | None = None
    reason: Said = ""


class AttemptEnded(DeviceFact):
    """The verdict on an attempt. With `retry_at` the device is pending again, else it has ended.

    A state of `pending` is no verdict on the device: it left before it had sent a login, held by a gate.
    """

    type: Literal["attempt_ended"] = "attempt_ended"
    state: DeviceState
    failure: FailureKind | None = None
    message: Said = ""
    retry_at: datetime | None = None


class DeviceSkipped(DeviceFact):
    """A pending device is settled without another attempt: skipped, or what its last attempt made of it."""

    type: Literal["device_skipped"] = "device_skipped"
    state: DeviceState = DeviceState.SKIPPED
    failure: FailureKind | None = None
    message: Said = ""


class JobPaused(Event):
    """No new grants; what runs goes on."""

    type: Literal["job_paused"] = "job_paused"
    by: Said = ""
    why: Said = ""


class JobResumed(Event):
    """Grants go on."""

    type: Literal["job_resumed"] = "job_resumed"
    by: Said = ""
    why: Said = ""
    next_due: datetime | None = None


class CountryPaused(Event):
    """Nothing new starts in one country; what runs there goes on, and so do the other countries."""

    type: Literal["country_paused"] = "country_paused"
    country: str
    by: Said = ""
    why: Said = ""


class CountryResumed(Event):
    """Starts in that country go on."""

    type: Literal["country_resumed"] = "country_resumed"
    country: str
    by: Said = ""
    why: Said = ""


class JobWaiting(Event):
    """Every device that is open is locked by another job."""

    type: Literal["job_waiting"] = "job_waiting"
    waits_for: str = ""
    """The other job; empty: the wait is over."""


class JobHeld(Event):
    """A gate closes: nothing new starts until its question is answered, or none of the devices that it covers."""

    type: Literal["job_held"] = "job_held"
    question: str
    """Its id, unique in the job."""
    gate: str
    message: Said
    credentials: tuple[str, ...] = ()
    """Keys of `JobSpec.credentials`: devices that log in otherwise go on. Empty: the whole job is held."""
    domain: str = ""
    """Of those, only the devices of this AAA domain; empty: of every one."""


class JobAnswered(Event):
    """The operator's answer to a gate. `stop` ends the job, or leaves out the devices that the gate covers."""

    type: Literal["job_answered"] = "job_answered"
    question: str
    answer: Literal["go_on", "stop"]
    by: Said = ""
    why: Said = ""
    next_due: datetime | None = None


class JumpOpened(Event):
    """This job has logged in to a jump host. The connection is shared: other jobs that use it say nothing of it."""

    type: Literal["jump_opened"] = "jump_opened"
    way: str
    """The jump hosts on the way, this one last."""
    name: str
    """One of `JobSpec.jumps`."""


class JumpHeld(Event):
    """A jump host fails: the devices behind it wait until it is tried again, or are given up. The others go on."""

    type: Literal["jump_held"] = "jump_held"
    way: str
    """As devices have it in `jump`, or the beginning of that."""
    name: str
    """The jump host that fails, one of `JobSpec.jumps`."""
    failure: FailureKind
    message: Said
    tries: int
    cause: FailureKind | None = None
    """What the jump host's own try came to; None where another job had tried."""
    retry_at: datetime | None = None
    """None: it was given up, and the devices behind it that are open become unreachable."""


class JumpFreed(Event):
    """The devices behind a jump host wait for it no longer."""

    type: Literal["jump_freed"] = "jump_freed"
    way: str


class WindowsChanged(Event):
    """Windows of the day have closed or opened: the devices of a closed one wait."""

    type: Literal["windows_changed"] = "windows_changed"
    closed: dict[str, datetime]
    """Every window that is closed now, and when it opens."""


class PaceChanged(Event):
    """Size, rate or caps were changed while the job ran; a new size counts from the next batch."""

    type: Literal["pace_changed"] = "pace_changed"
    batch_size: int
    devices_per_hour: float
    per_country: int | None = None
    per_site: int | None = None
    """The caps; None, which earlier versions wrote: as they were."""
    next_due: datetime | None = None
    by: Said = ""
    why: Said = ""


class StopRequested(Event):
    """After this batch, after the running devices, or now."""

    type: Literal["stop_requested"] = "stop_requested"
    stop: StopKind
    window: bool = False
    """Whether the job's window has closed; else an operator, a gate or a signal asked for it."""
    by: Said = ""
    why: Said = ""


class ForecastMade(Event):
    """When the job was expected to end, at this moment."""

    type: Literal["forecast_made"] = "forecast_made"
    likely: datetime
    nine_in_ten: datetime
    held_by: str
    basis: str = ""


class JobInterrupted(Event):
    """The engine that ran the job had died: connecting devices are pending again, running ones too or unknown."""

    type: Literal["job_interrupted"] = "job_interrupted"
    message: Said = ""


class JobFinished(Event):
    """The last event of a job."""

    type: Literal["job_finished"] = "job_finished"
    state: JobState
    counts: dict[str, int]
    """Devices by final state; all seven states are named."""
    why: Said = ""


JobEvent = (
    JobCreated
    | JobStarted
    | BatchStarted
    | AttemptStarted
    | Connected
    | HostKeyAccepted
    | LoginAsked
    | LoginAnswered
    | LoggedIn
    | CommandSent
    | CommandEnded
    | AttemptEnded
    | DeviceSkipped
    | JobPaused
    | JobResumed
    | CountryPaused
    | CountryResumed
    | JobWaiting
    | JobHeld
    | JobAnswered
    | JumpOpened
    | JumpHeld
    | JumpFreed
    | WindowsChanged
    | PaceChanged
    | StopRequested
    | ForecastMade
    | JobInterrupted
    | JobFinished
)
DeviceEvent = (
    AttemptStarted
    | Connected
    | HostKeyAccepted
    | LoginAsked
    | LoginAnswered
    | LoggedIn
    | CommandSent
    | CommandEnded
    | AttemptEnded
    | DeviceSkipped
)

_BY_TYPE: dict[str, type[JobEvent]] = {kind.model_fields["type"].default: kind for kind in get_args(JobEvent)}
EVENT_TYPES: frozenset[str] = frozenset(kind.model_fields["type"].default for kind in get_args(JobEvent))


@cache
def _adapter() -> TypeAdapter[JobEvent]:
    """Made when it is first asked for: a start need not wait for it."""
    return TypeAdapter(Annotated[JobEvent, Field(discriminator="type")])


class UnknownEvent(BaseModel):
    """An event of a type this version does not know: it keeps its place in the numbering and is counted."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    seq: int
    at: datetime
    job: str
    type: str


def encode(event: JobEvent) -> str:
    """One line of JSON."""
    return event.model_dump_json(by_alias=True)


def decode_as(kind: str, line: str) -> JobEvent | None:
    """The event of one line whose type is known beforehand: half the work of `decode`. None for an unknown type."""
    model = _BY_TYPE.get(kind)
    return None if model is None else model.model_validate_json(line)


def decode(line: str | bytes) -> JobEvent | UnknownEvent:
    """The event of one line of JSON. Raises pydantic.ValidationError or ValueError on what is none."""
    raw: Any = json.loads(line)
    if isinstance(raw, dict) and isinstance(raw.get("type"), str) and raw["type"] not in EVENT_TYPES:
        return UnknownEvent.model_validate(raw)
    return _adapter().validate_python(raw, strict=False) if isinstance(raw, dict) else _adapter().validate_json(line)
