"""An engine on an event loop and thread of its own: SSH never runs on the loop that draws the screen."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from typing import Any, TypeVar

from paceline.engine.contract import Engine, JobId
from paceline.engine.loop import run_gathering
from paceline.engine.ports import AnyEvent, JobSummary
from paceline.model.control import Control
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus

T = TypeVar("T")

HAND_OVER_S = 0.02
"""Events of this span are handed over together: one wake-up of the other loop instead of hundreds.

They come in the journal's groups, 0.05 s apart: a longer span spares no wake-up. With 0.05 s here, too, an event was
113 ms old (p95) when a face got it; so it is 82 (`make bench ARGS=latency`)."""


class ThreadedEngine:
    """The same `Engine`, whose work happens elsewhere. `open` it, and `close` it at the end."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Engine]]) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: Engine | None = None
        self._failure: BaseException | None = None
        self._is_ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="paceline-engine", daemon=True)

    async def open(self) -> "ThreadedEngine":
        """Start the thread and its engine. Raises what making the engine raised."""
        self._thread.start()
        await asyncio.to_thread(self._is_ready.wait)
        if self._failure is not None:
            raise self._failure
        return self

    async def close(self) -> None:
        """End the engine and its thread."""
        if self._loop is not None and self._stop is not None:
            # Its loop may be closed already: an engine that could not be made, or a second close.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        await asyncio.to_thread(self._thread.join)

    async def start(self, spec: JobSpec, secrets: Secrets) -> JobId:
        """See `Engine`."""
        return await self._there(lambda engine: engine.start(spec, secrets))

    async def recover(self, job: JobId, secrets: Secrets) -> JobId:
        """See `Engine`."""
        return await self._there(lambda engine: engine.recover(job, secrets))

    async def status(self, job: JobId) -> JobStatus:
        """See `Engine`: a copy for this caller, because the live one changes on the other thread."""
        return await self._there(lambda engine: _copy_status(engine, job))

    async def follow(self, job: JobId, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """See `Engine`."""
        async with aclosing(self._stream(lambda engine: engine.follow(job, after))) as events:
            async for event in events:
                yield event

    async def watch(self, job: JobId, device: str) -> AsyncGenerator[OutputChunk, None]:
        """See `Engine`."""
        async with aclosing(self._stream(lambda engine: engine.watch(job, device))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def control(self, job: JobId, control: Control) -> None:
        """See `Engine`."""
        await self._there(lambda engine: engine.control(job, control))

    async def supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        """See `Engine`."""
        await self._there(lambda engine: engine.supply(job, question, secrets))

    async def jobs(self) -> list[JobSummary]:
        """See `Engine`."""
        return await self._there(lambda engine: engine.jobs())

    async def output(
        self, job: JobId, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """See `Engine`."""
        return await self._there(lambda engine: engine.output(job, device, index, attempt, offset, limit))

    # -- between the loops --------------------------------------------------------------------------

    def _run(self) -> None:
        run_gathering(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with self._make() as engine:
                self._engine = engine
                self._is_ready.set()
                await self._stop.wait()
        except BaseException as error:  # noqa: BLE001 - raised again where `open` waits
            self._failure = error
        finally:
            self._is_ready.set()

    async def _there(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        loop, engine = self._loop, self._engine
        if loop is None or engine is None:
            raise RuntimeError("the engine's thread does not run")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(engine), loop))

    async def _stream(self, begin: Callable[[Engine], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
        """Items of an iterator on the other loop, handed over in groups."""
        here = asyncio.get_running_loop()
        groups: asyncio.Queue[list[T] | BaseException | None] = asyncio.Queue()
        pump = asyncio.ensure_future(self._there(lambda engine: _pump(begin(engine), here, groups)))
        try:
            while True:
                group = await groups.get()
                if group is None:
                    return
                if isinstance(group, BaseException):
                    raise group
                for item in group:
                    yield item
        finally:
            pump.cancel()


async def _copy_status(engine: Engine, job: JobId) -> JobStatus:
    """On the engine's loop, where nothing changes the status meanwhile: 10,000 devices hold it up for 5 to 30 ms."""
    return (await engine.status(job)).copy()


async def _pump(
    items: AsyncIterator[T], there: asyncio.AbstractEventLoop, groups: "asyncio.Queue[list[T] | BaseException | None]"
) -> None:
    """Collect what comes within a span and hand it over at once; the end and an error travel the same way."""
    loop = asyncio.get_running_loop()
    waiting: list[T] = []
    timer: asyncio.TimerHandle | None = None

    def hand_over() -> None:
        nonlocal waiting, timer
        timer = None
        group, waiting = waiting, []
        if group and not there.is_closed():
            there.call_soon_threadsafe(groups.put_nowait, group)

    end: BaseException | None = None
    try:
        async for item in items:
            waiting.append(item)
            if timer is None:
                timer = loop.call_later(HAND_OVER_S, hand_over)
    except Exception as error:  # noqa: BLE001 - raised again on the other loop
        end = error
    finally:
        if timer is not None:
            timer.cancel()
        hand_over()
    if not there.is_closed():
        there.call_soon_threadsafe(groups.put_nowait, end)
