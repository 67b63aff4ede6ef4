"""The one thread that writes: journal commits and output files, in the order they were handed over."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from paceline.store.kinds import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], object]


class Writer:
    """Runs small pieces of work on a thread of its own, strictly in order; answers come back to the loop in groups."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[tuple[Work, asyncio.Future[object] | None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="paceline-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Queue `work`; the future carries its result or its exception."""
        future: asyncio.Future[object] = self._loop.create_future()
        self._queue.put((work, future))
        return future  # type: ignore[return-value]

    def push(self, work: Work) -> None:
        """Queue `work` that nobody waits for; an error of it goes to the log."""
        self._queue.put((work, None))

    async def close(self) -> None:
        """Finish what is queued and end the thread."""
        if self._thread.is_alive():
            done = self.submit(lambda: None)
            await done
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            answers: list[tuple[asyncio.Future[object], object, BaseException | None]] = []
            while item is not None:
                work, future = item
                try:
                    result, error = work(), None
                except Exception as caught:
                    result, error = None, caught
                    if future is None:
                        log.error("work on the writer thread failed", exc_info=caught)
                if future is not None:
                    answers.append((future, result, error))
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            else:
                self._deliver(answers)
                return
            self._deliver(answers)

    def _deliver(self, answers: list[tuple[asyncio.Future[object], object, BaseException | None]]) -> None:
        if answers and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, answers)


def _settle(answers: list[tuple[asyncio.Future[object], object, BaseException | None]]) -> None:
    for future, result, error in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)


def sentence(error: OSError, doing: str) -> StoreError:
    """An operating system's error as a sentence."""
    cause = (error.strerror or str(error)).lower()
    return StoreError(f"cannot {doing}: {cause}")
