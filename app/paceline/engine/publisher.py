"""Numbers events, hands them to the journal, and lets followers read what is committed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from itertools import islice
from typing import Any

from paceline.engine.ports import AnyEvent, Journal, StoreError
from paceline.model.event import JobEvent, JobFinished
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.model.time import Now

RING = 1_024
"""Recent events kept in memory for followers; older ones come from the journal."""


class Publisher:
    """The one place that stamps `seq`. What it publishes was committed before, in order."""

    def __init__(self, spec: JobSpec, journal: Journal, now: Now, status: JobStatus) -> None:
        self.status = status
        self.failure: StoreError | None = None
        self.on_failure: Callable[[], None] = lambda: None
        """Called when nothing can be kept any more."""
        self._job = spec.id
        self._journal = journal
        self._now = now
        self._seq = status.seq
        self._ring: deque[AnyEvent] = deque(maxlen=RING)
        self._changed: asyncio.Future[None] | None = None
        self._writer = journal.open(spec, self._committed, self.fail)

    def emit(self, kind: type[JobEvent], *, urgent: bool = False, **fields: Any) -> int:
        """Stamp and queue an event; returns its number. Raises StoreError once the journal has failed."""
        if self.failure is not None:
            raise self.failure
        self._seq += 1
        event = kind(seq=self._seq, at=self._now(), job=self._job, **fields)
        self._writer.append(event, urgent=urgent)
        return event.seq

    async def settled(self) -> None:
        """Return once everything that was emitted is on disk and in the status. Raises StoreError."""
        await self.durable(self._seq)

    async def durable(self, seq: int) -> None:
        """Return once event `seq` is on disk. Raises StoreError."""
        while self.status.seq < seq:
            if self.failure is not None:
                raise self.failure
            await self._change()
        if self.failure is not None:
            raise self.failure

    async def follow(self, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """Committed events from there on; ends with the job, or raises StoreError when the journal fails."""
        while True:
            for event in await self._since(after):
                after = event.seq
                yield event
                if isinstance(event, JobFinished):
                    return
            if self.status.seq <= after:
                if self.status.state.is_final:
                    return
                if self.failure is not None:
                    raise self.failure
                await self._change()

    async def _since(self, after: int) -> Sequence[AnyEvent]:
        if not self._ring or after >= self.status.seq:
            return () if after >= self.status.seq else await self._journal.read(self._job, after)
        first = self._ring[0].seq
        if after + 1 < first:
            return await self._journal.read(self._job, after)
        skipped = after + 1 - first
        return list(islice(self._ring, skipped, None))

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)

    def _committed(self, events: Sequence[JobEvent]) -> None:
        for event in events:
            self.status.apply(event)
            self._ring.append(event)
        self._wake()

    def fail(self, error: StoreError) -> None:
        """Nothing can be kept any more: everyone who waits or follows is told."""
        self.failure = self.failure or error
        self._wake()
        self.on_failure()

    def _wake(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)
