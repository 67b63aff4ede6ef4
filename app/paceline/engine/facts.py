"""What one attempt asks for and tells: plain data, so that it could run in another process or on another host."""

from dataclasses import dataclass

from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Command, Credential, OnCommandFailure, Timeouts
from paceline.model.platform import Platform
from paceline.model.states import CommandState


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """One device, once. `attempt` fences: facts of an earlier one are refused."""

    job: str
    device: Device
    attempt: int
    commands: tuple[Command, ...]
    platform: Platform
    timeouts: Timeouts
    credential: Credential
    read_only: bool = True
    on_command_failure: OnCommandFailure = "continue"


@dataclass(frozen=True, slots=True)
class WasConnected:
    """TCP and SSH stand."""

    legacy: tuple[str, ...] = ()
    """Words of the old algorithms that SSH rests on."""


@dataclass(frozen=True, slots=True)
class HasTrustedKey:
    """A new host key was trusted on the operator's word, and is recorded."""

    algorithm: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class WasLoggedIn:
    """Ready for commands."""

    name_seen: str = ""
    platform_guess: str = ""


@dataclass(frozen=True, slots=True)
class WillSend:
    """Command `index` (from 1) is about to leave."""

    index: int


@dataclass(frozen=True, slots=True)
class HasEnded:
    """Command `index` ended; its output is stored."""

    index: int
    state: CommandState
    seconds: float
    bytes: int
    sha256: str = ""
    truncated: bool = False
    failure: FailureKind | None = None
    reason: str = ""


Fact = WasConnected | HasTrustedKey | WasLoggedIn | WillSend | HasEnded


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """How an attempt came out; the executor settles it."""

    failure: FailureKind | None = None
    message: str = ""
    commands: tuple[CommandState, ...] = ()
    """The states of the commands that were sent, in order."""
    is_held: bool = False
    """Its login waits for an answer, its credential is gone or its jump host fails: nothing was sent, and the device is
    open again."""
