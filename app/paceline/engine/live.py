"""Live output for those who watch a device: pieces may be dropped, the output file is the truth."""

import asyncio
from collections.abc import AsyncGenerator

from paceline.engine.ports import OutputSummary, Sink
from paceline.model.output import OutputChunk

WAITING_CHUNKS = 256


class LiveOutputs:
    """Hands what sinks receive to those who watch; costs nothing where nobody does."""

    def __init__(self) -> None:
        self._watchers: dict[tuple[str, str], list[asyncio.Queue[OutputChunk | None]]] = {}

    def is_watched(self, job: str, device: str) -> bool:
        """Whether anyone watches."""
        return (job, device) in self._watchers

    def publish(self, job: str, chunk: OutputChunk) -> None:
        """Hand a piece to everyone who watches; one who does not keep up misses it."""
        for queue in self._watchers.get((job, chunk.device), ()):
            if not queue.full():
                queue.put_nowait(chunk)

    def end(self, job: str) -> None:
        """The job is over: every watch on it ends."""
        for (watched, _), queues in list(self._watchers.items()):
            for queue in queues if watched == job else ():
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(None)

    async def watch(self, job: str, device: str) -> AsyncGenerator[OutputChunk, None]:
        """Pieces from now on; ends with the job."""
        queue: asyncio.Queue[OutputChunk | None] = asyncio.Queue(WAITING_CHUNKS)
        queues = self._watchers.setdefault((job, device), [])
        queues.append(queue)
        try:
            while (chunk := await queue.get()) is not None:
                yield chunk
        finally:
            queues.remove(queue)
            if not queues:
                del self._watchers[(job, device)]


class TeeSink:
    """A sink that also shows what it gets."""

    def __init__(self, sink: Sink, live: LiveOutputs, job: str, device: str, attempt: int, index: int) -> None:
        self._sink, self._live = sink, live
        self._job, self._device, self._attempt, self._index = job, device, attempt, index

    @property
    def is_behind(self) -> bool:
        """Whether the stored one is: who watches may miss pieces, and holds nothing up."""
        return self._sink.is_behind

    def write(self, data: bytes) -> None:
        """Store and show."""
        self._sink.write(data)
        self._show(data)

    def late(self, data: bytes) -> None:
        """Store and show."""
        self._sink.late(data)
        self._show(data)

    async def close(self) -> OutputSummary:
        """Close the stored one."""
        return await self._sink.close()

    def _show(self, data: bytes) -> None:
        if self._live.is_watched(self._job, self._device):
            text = data.decode("utf-8", "replace")
            self._live.publish(self._job, OutputChunk(self._device, self._attempt, self._index, text))
