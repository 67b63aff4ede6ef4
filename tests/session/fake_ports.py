"""The engine's side of a session: ports that remember what they were asked, and a sink."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from paceline.model.failure import FailureKind
from paceline.model.secret import MissingSecretError, Secret
from paceline.session.base import Jump, LoginQuestion, PermitKind, SessionError

PASSWORD = "s3cret-of-the-tests"


@dataclass
class FakePorts:
    """The engine's side of a session, remembering what it was asked."""

    secrets: dict[str, Secret] = field(default_factory=lambda: {"ask": Secret(PASSWORD)})
    agent_path: str = ""
    said: bytes = b""
    warnings: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    legacy: list[tuple[str, ...]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    permit_waits: Callable[[PermitKind], Awaitable[None]] | None = None
    link: Jump | None = None
    """The open connection to the jump host before the device."""
    answers: list[tuple[str, ...] | None] = field(default_factory=list)
    """What the operator says to each question; nobody is there once they have run out."""
    asked: list[LoginQuestion] = field(default_factory=list)

    @asynccontextmanager
    async def permit(self, kind: PermitKind) -> AsyncIterator[None]:
        if self.permit_waits is not None:
            await self.permit_waits(kind)
        self.steps.append(kind)
        try:
            yield
        except BaseException as error:
            self.steps.append(f"{kind} failed: {getattr(error, 'kind', type(error).__name__)}")
            raise
        self.steps.append(f"{kind} done")

    def secret(self, reference: str) -> Secret:
        if reference not in self.secrets:
            raise MissingSecretError(reference)
        return self.secrets[reference]

    async def jump(self) -> Jump:
        if self.link is None:
            raise SessionError(FailureKind.JUMP_FAILED, "the bastion cannot be reached")
        return self.link

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        self.asked.append(question)
        told = self.answers.pop(0) if self.answers else None
        return None if told is None else tuple(map(Secret, told))

    def transcript(self, data: bytes) -> None:
        self.said += data

    async def connected(self, legacy: tuple[str, ...] = ()) -> None:
        self.steps.append("connected")
        self.legacy.append(legacy)

    async def key_accepted(self, algorithm: str, fingerprint: str) -> None:
        self.accepted.append(f"{algorithm} {fingerprint}")

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@dataclass
class FakeSink:
    """Where one command's output goes."""

    data: bytes = b""
    late_data: bytes = b""
    is_behind: bool = False

    def write(self, data: bytes) -> None:
        self.data += data

    def late(self, data: bytes) -> None:
        self.late_data += data
