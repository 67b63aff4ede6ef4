"""A journal and outputs in memory: for tests, previews and whatever needs no record."""

import hashlib
from collections.abc import Callable, Sequence

from paceline.model.event import JobCreated, JobEvent, UnknownEvent
from paceline.model.job import JobSpec
from paceline.model.output import OutputPage
from paceline.model.status import JobStatus
from paceline.store.kinds import JobSummary, OutputSummary, StoreError

AnyEvent = JobEvent | UnknownEvent


class MemoryJournal:
    """Commits at once. Each job's events stay in `events`."""

    def __init__(self) -> None:
        self.events: dict[str, list[JobEvent]] = {}

    def open(
        self,
        spec: JobSpec,
        committed: Callable[[Sequence[JobEvent]], None],
        failed: Callable[[StoreError], None],
    ) -> "_MemoryWriter":
        """Begin or continue a job."""
        return _MemoryWriter(self.events.setdefault(spec.id, []), committed)

    async def read(self, job: str, after: int = 0, limit: int = 1_000) -> list[AnyEvent]:
        """Events from `after` on."""
        return list(self.events.get(job, ())[after : after + limit])

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first."""
        return [self._summary(events) for events in sorted(self.events.values(), key=_created, reverse=True)]

    def _summary(self, events: Sequence[JobEvent]) -> JobSummary:
        status = JobStatus()
        for event in events:
            status.apply(event)
        assert status.spec is not None
        return JobSummary(
            id=status.id,
            name=status.name,
            created_at=status.spec.created_at.isoformat(),
            state=status.state.value,
            counts=status.final_counts(),
            continues=status.spec.continues,
            finished_at=status.finished_at.isoformat() if status.finished_at else "",
            last_seq=status.seq,
            started_at=status.started_at.isoformat() if status.started_at else "",
            devices=status.total,
            pace=status.spec.pace,
            forecast=status.first_forecast,
            read_only=status.spec.read_only,
        )


def _created(events: Sequence[JobEvent]) -> str:
    first = events[0]
    return first.spec.created_at.isoformat() if isinstance(first, JobCreated) else ""


class _MemoryWriter:
    def __init__(self, events: list[JobEvent], committed: Callable[[Sequence[JobEvent]], None]) -> None:
        self._events, self._committed = events, committed

    def append(self, event: JobEvent, *, urgent: bool = False) -> None:
        self._events.append(event)
        self._committed((event,))


class MemorySink:
    """One output in memory."""

    is_behind = False

    def __init__(self) -> None:
        self.data = bytearray()
        self.late_data = bytearray()
        self.is_closed = False

    def write(self, data: bytes) -> None:
        """More of it."""
        self.data += data

    def late(self, data: bytes) -> None:
        """What came after the end."""
        self.late_data += data

    async def close(self) -> OutputSummary:
        """Bytes and their hash."""
        self.is_closed = True
        return OutputSummary(len(self.data), hashlib.sha256(self.data).hexdigest())


class MemoryOutputs:
    """Outputs by (job, device, attempt, index)."""

    def __init__(self) -> None:
        self.sinks: dict[tuple[str, str, int, int], MemorySink] = {}
        self.transcripts: dict[tuple[str, str], bytearray] = {}
        self.summaries: dict[str, list[dict[str, str]]] = {}

    async def begin(self, spec: JobSpec) -> None:
        """Nothing to make."""

    async def discard(self, job: str) -> None:
        """Nothing was made."""

    def sink(self, job: str, device: str, attempt: int, index: int, command: str) -> MemorySink:
        """A fresh output."""
        sink = self.sinks[job, device, attempt, index] = MemorySink()
        return sink

    def transcript(self, job: str, device: str, attempt: int, data: bytes) -> None:
        """Append to the device's log."""
        self.transcripts.setdefault((job, device), bytearray()).extend(data)

    async def attempt_closed(self, job: str, device: str, attempt: int) -> None:
        """Nothing is buffered."""

    async def finish(self, spec: JobSpec, rows: Sequence[dict[str, str]]) -> None:
        """Keep the summary."""
        self.summaries[spec.id] = list(rows)

    async def page(
        self, job: str, device: str, index: int, command: str, attempt: int, offset: int, limit: int
    ) -> OutputPage:
        """A window on an output. Raises StoreError when there is none."""
        sink = self.sinks.get((job, device, attempt, index))
        if sink is None:
            raise StoreError(f"no output of command {index} on {device} in attempt {attempt}")
        size = len(sink.data)
        data = bytes(sink.data[offset : offset + limit])
        data += bytes(sink.late_data[max(0, offset - size) : max(0, offset + limit - size)])
        return OutputPage(data, offset, size + len(sink.late_data), sink.is_closed)
