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
_Item = tuple[Work, "asyncio.Future[object] | None"]
_Answer = tuple["asyncio.Future[object]", object, "BaseException | None"]


class Writer:
    """Runs small pieces of work on a thread of its own, strictly in order; answers come back to the loop in groups."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._waiting: list[_Item] = []
        self._thread = threading.Thread(target=self._run, name="paceline-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Queue `work`; the future carries its result or its exception."""
        future: asyncio.Future[object] = self._loop.create_future()
        self._hand(work, future)
        return future  # type: ignore[return-value]

    def push(self, work: Work) -> None:
        """Queue `work` that nobody waits for; an error of it goes to the log."""
        self._hand(work, None)

    def _hand(self, work: Work, future: "asyncio.Future[object] | None") -> None:
        """What is asked for in one turn of the loop goes over together: each wake-up of the thread costs both."""
        if not self._waiting:
            self._loop.call_soon(self._hand_over)
        self._waiting.append((work, future))

    def _hand_over(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._queue.put(waiting)

    async def close(self) -> None:
        """Finish what is queued and end the thread."""
        if self._thread.is_alive():
            done = self.submit(lambda: None)
            await done
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (items := self._queue.get()) is not None:
            self._deliver([answer for item in items if (answer := _done(*item)) is not None])

    def _deliver(self, answers: list[_Answer]) -> None:
        if answers and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, answers)


def _done(work: Work, future: "asyncio.Future[object] | None") -> _Answer | None:
    """Do one piece of work; the answer, where someone waits for it."""
    try:
        result, error = work(), None
    except Exception as caught:
        result, error = None, caught
        if future is None:
            log.error("work on the writer thread failed", exc_info=caught)
    return None if future is None else (future, result, error)


def _settle(answers: list[_Answer]) -> None:
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
