"""What a session is to the engine: a protocol, plain requests, typed failures. Imports no SSH library."""

import socket
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Command, Credential, Timeouts
from paceline.model.platform import Platform
from paceline.model.redaction import redact
from paceline.model.secret import Secret
from paceline.model.states import CommandState

PermitKind = Literal["connect", "login"]


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Whom to talk to, how, and as whom."""

    device: Device
    platform: Platform
    credential: Credential
    timeouts: Timeouts
    read_only: bool = True
    """In a job that may change devices nothing is sent after a command's timeout, not even the interrupt."""


@dataclass(frozen=True, slots=True)
class LoginPrompt:
    """One line that a device wants filled in at a login."""

    text: str
    is_shown: bool
    """Whether what is typed may be seen."""


@dataclass(frozen=True, slots=True)
class LoginQuestion:
    """What a device asks at a login beyond a password: a one-time code, most of the time."""

    user: str
    title: str
    instruction: str
    prompts: tuple[LoginPrompt, ...]
    timeout_s: float
    """What is left of the login's time."""


@dataclass(frozen=True, slots=True)
class JumpRequest:
    """Which jump host to open, and as whom."""

    device: Device
    """The jump host: its name, address and port; its own `jump` is the way to it."""
    credential: Credential
    timeouts: Timeouts


class LoginRequest(Protocol):
    """What a login needs to know, of a device as of a jump host."""

    @property
    def device(self) -> Device: ...

    @property
    def credential(self) -> Credential: ...

    @property
    def timeouts(self) -> Timeouts: ...


class Jump(Protocol):
    """One open connection to a jump host, which many sessions pass through."""

    @property
    def is_lost(self) -> bool:
        """Whether it has ended: nothing passes any more."""
        ...

    async def dial(self, address: str, port: int, timeout_s: float) -> socket.socket:
        """A connected socket to `address` as the jump host sees it. `timeout_s` begins once it is its turn.

        Raises SessionError: jump_target, jump_forbidden, connect_timeout, jump_failed.
        """
        ...

    async def wait_lost(self) -> None:
        """Return once the connection has ended, whoever ended it."""
        ...

    async def close(self) -> None:
        """End it, with all that passes through it. Never raises; may be called twice."""
        ...


class SessionPorts(Protocol):
    """What a session may ask of the one who opens it."""

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        """Held while connecting or logging in: `connect` once TCP has answered, `login` around authentication.

        Time spent waiting for a permit belongs to no timeout.
        """
        ...

    async def jump(self) -> Jump:
        """The open connection to the last jump host on the way to a device that has a `jump`.

        Shared, and opened where it is not. What it raises says that the device waits, and is passed on.
        """
        ...

    def secret(self, reference: str) -> Secret:
        """The value of a reference. Raises MissingSecretError."""
        ...

    @property
    def agent_path(self) -> str:
        """The ssh-agent's socket, or empty."""
        ...

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        """The operator's answers, one per prompt, for this login alone; None when nobody gives them."""
        ...

    def transcript(self, data: bytes) -> None:
        """Hand over everything the device says, as it comes, for session.log. Never blocks. Never a secret."""
        ...

    async def connected(self, legacy: tuple[str, ...] = ()) -> None:
        """Tell that TCP and SSH stand and the login begins. `legacy`: words of old algorithms that SSH rests on."""
        ...

    async def key_accepted(self, algorithm: str, fingerprint: str) -> None:
        """Tell that a host key of which nothing was recorded was trusted on the operator's word, and is recorded."""
        ...

    def warn(self, text: str) -> None:
        """Tell of something the operator should know that is no failure (a refused paging command)."""
        ...


class OutputSink(Protocol):
    """Where one command's output goes. Neither call blocks: spilling to disk is the sink's own business."""

    @property
    def is_behind(self) -> bool:
        """Whether so much waits for the disk that no more should be read from the device before it has caught up."""
        ...

    def write(self, data: bytes) -> None:
        """More of the output: exact bytes, echo and prompt removed, a terminal's CR LF as LF."""
        ...

    def late(self, data: bytes) -> None:
        """Bytes that came after the command had ended and before the next one's echo: they belong to it."""
        ...


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How one command ended."""

    state: CommandState
    failure: FailureKind | None = None
    reason: str = ""
    """One line in the operator's terms: the device's first error line, the timeout that passed ..."""
    is_in_step: bool = True
    """False when the session can not be used for another command."""
    exit_status: int | None = None


class Session(Protocol):
    """One open conversation, ready for commands: logged in, paging off, enabled if that was asked."""

    @property
    def name_seen(self) -> str:
        """The device's own name as its prompt shows it; empty where there is no prompt."""
        ...

    @property
    def platform_guess(self) -> str:
        """What a device whose inventory names no platform looks like; empty where one is named, or nothing is told."""
        ...

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """Send one command and read its output to the end.

        Ends by the prompt (or exit status), the command's timeout, a question, or the end of the session; each of
        these is a result, not an exception. Cancellation leaves the session unusable: close it.
        """
        ...

    async def close(self) -> None:
        """End the conversation: close, wait 2 s at most, then abort. Never raises; may be called twice."""
        ...


class SessionFactory(Protocol):
    """Opens sessions."""

    async def open(self, request: SessionRequest, ports: SessionPorts) -> Session:
        """Connect, log in, prepare. Raises SessionError; leaves nothing open when it raises or is cancelled."""
        ...

    async def open_jump(self, request: JumpRequest, ports: SessionPorts) -> Jump:
        """Connect and log in to a jump host. Raises SessionError; leaves nothing open then, nor when cancelled."""
        ...


class SessionError(Exception):
    """A session that could not be opened: the kind, and one line in the operator's terms."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        # A device may repeat what it was told.
        self.message = redact(message)
        super().__init__(self.message)
        self.kind = kind
