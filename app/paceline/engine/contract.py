"""The engine as its faces know it: the same in this process, in a thread of its own, and behind a socket."""

from collections.abc import AsyncGenerator
from typing import Protocol

from paceline.engine.ports import AnyEvent, JobSummary
from paceline.model.control import Control
from paceline.model.errors import PacelineError
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus

JobId = str


class UnknownJobError(PacelineError):
    """No such job; a sentence."""

    def __init__(self, job: str) -> None:
        super().__init__(f"there is no job {job!r}; `paceline jobs list` shows them all")


class Engine(Protocol):
    """Runs jobs, tells what happens in them, takes controls."""

    async def start(self, spec: JobSpec, secrets: Secrets) -> JobId:
        """Start a job; returns once it stands in the journal. Raises StoreError, ValueError."""
        ...

    async def recover(self, job: JobId, secrets: Secrets) -> JobId:
        """Take up a job whose engine died. Raises UnknownJobError, ControlError when it has ended, StoreError."""
        ...

    async def status(self, job: JobId) -> JobStatus:
        """The status, with the `seq` it stands at. Raises UnknownJobError."""
        ...

    def follow(self, job: JobId, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """Events from there on; ends with the job. Raises UnknownJobError, StoreError."""
        ...

    def watch(self, job: JobId, device: str) -> AsyncGenerator[OutputChunk, None]:
        """Live output of one device; pieces may be missing."""
        ...

    async def control(self, job: JobId, control: Control) -> None:
        """Pause, resume, stop, retune, skip, answer; see model/control.py. Raises ControlError, UnknownJobError."""
        ...

    async def supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        """Hand secrets to a job: what its references stand for, or the answer to a login's question (`answers_to`).

        Never through `control`, never an event. Raises UnknownJobError, ControlError for a login that waits no more.
        """
        ...

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first."""
        ...

    async def output(
        self, job: JobId, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on one stored output; the latest attempt when `attempt` is None."""
        ...
