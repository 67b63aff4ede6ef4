"""What the engine is handed: where events and outputs go, and what an attempt may ask for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from paceline.engine.facts import Fact
from paceline.model.event import JobEvent, UnknownEvent
from paceline.model.job import JobSpec
from paceline.model.output import OutputPage
from paceline.model.secret import Secret
from paceline.session.base import Jump, LoginQuestion, PermitKind
from paceline.store.kinds import JobSummary, OutputSummary, StoreError

AnyEvent = JobEvent | UnknownEvent
Committed = Callable[[Sequence[JobEvent]], None]


class JournalWriter(Protocol):
    """The journal of one job."""

    def append(self, event: JobEvent, *, urgent: bool = False) -> None:
        """Queue an event; `committed` is called with it once it is on disk. `urgent` does not wait for a group."""
        ...


class Journal(Protocol):
    """Where events are kept."""

    def open(self, spec: JobSpec, committed: Committed, failed: Callable[[StoreError], None]) -> JournalWriter:
        """Begin or continue the journal of a job; both callbacks come on the engine's loop."""
        ...

    async def read(self, job: str, after: int = 0, limit: int = 1_000) -> list[AnyEvent]:
        """Committed events of a job, from `after` on."""
        ...

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first."""
        ...


class Sink(Protocol):
    """Where one command's output goes; an OutputSink that can be closed."""

    @property
    def is_behind(self) -> bool: ...

    def write(self, data: bytes) -> None: ...

    def late(self, data: bytes) -> None: ...

    async def close(self) -> OutputSummary:
        """No more comes. An event of this job that is told from here on is kept only if the output is kept, whole."""
        ...


class Outputs(Protocol):
    """Where outputs are kept."""

    async def begin(self, spec: JobSpec) -> None:
        """Make the job's folder with its frozen spec. Raises StoreError."""
        ...

    async def discard(self, job: str) -> None:
        """Drop the place of a job that could not start."""
        ...

    def sink(self, job: str, device: str, attempt: int, index: int, command: str) -> Sink:
        """A fresh output."""
        ...

    def transcript(self, job: str, device: str, attempt: int, data: bytes) -> None:
        """Append to the device's session.log."""
        ...

    async def attempt_closed(self, job: str, device: str, attempt: int) -> None:
        """No more comes from this attempt: write what is buffered, or the job's later events are not kept."""
        ...

    async def finish(self, spec: JobSpec, rows: Sequence[dict[str, str]]) -> None:
        """Write the job's summary, one row per device. Raises StoreError."""
        ...

    async def page(
        self, job: str, device: str, index: int, command: str, attempt: int, offset: int, limit: int
    ) -> OutputPage:
        """A window on a stored output. Raises StoreError."""
        ...


class AttemptPorts(Protocol):
    """What an attempt may ask of the one who runs it."""

    async def emit(self, fact: Fact) -> None:
        """Tell a fact; returns when it is durable where that is promised. Raises StaleAttemptError."""
        ...

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]: ...

    async def jump(self) -> Jump: ...

    def output(self, index: int) -> Sink: ...

    def secret(self, reference: str) -> Secret: ...

    @property
    def agent_path(self) -> str: ...

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None: ...

    def transcript(self, data: bytes) -> None: ...

    def warn(self, text: str) -> None: ...


class StaleAttemptError(RuntimeError):
    """A fact of an attempt that was settled before."""


__all__ = [
    "AnyEvent",
    "AttemptPorts",
    "Committed",
    "JobSummary",
    "Journal",
    "JournalWriter",
    "OutputSummary",
    "Outputs",
    "Sink",
    "StaleAttemptError",
    "StoreError",
]
