"""The one thread that writes: journal commits and output files, in the order they were handed over."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from paceline.store.kinds import StoreError

log = logging.getLogger(__name__)

LINGER_S = 0.1
"""How long work that nobody waits for may wait for company: longer than the journal gathers a group of events."""

T = TypeVar("T")
Work = Callable[[], object]
_Waiter = asyncio.Future[object]
_Item = tuple[Work, _Waiter | str]
"""The work, and who hears of it: a future, or the job that its error breaks."""
_Answer = tuple[_Waiter, object, BaseException | None]


class Writer:
    """Runs small pieces of work on a thread of its own, strictly in order; answers come back to the loop in groups."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._waiting: list[_Item] = []
        self._hand_over_at: asyncio.Handle | None = None
        self._is_urgent = False
        # Below: the writer thread's alone.
        self._broken: dict[str, StoreError] = {}
        self._thread = threading.Thread(target=self._run, name="paceline-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Queue `work`; the future carries its result or its exception."""
        future: asyncio.Future[object] = self._loop.create_future()
        self._waiting.append((work, future))
        self._hurry()
        return future  # type: ignore[return-value]

    def _hurry(self) -> None:
        # What is asked for in one turn of the loop goes over together: each wake-up of the thread costs both.
        if not self._is_urgent:
            self._is_urgent = True
            if self._hand_over_at is not None:
                self._hand_over_at.cancel()
            self._hand_over_at = self._loop.call_soon(self._hand_over)

    def push(self, job: str, work: Work, *, soon: bool = False) -> None:
        """Queue `work` of a job that nobody waits for: it goes over with the next `submit`, or 0.1 s from now.

        With `soon` it goes over in this turn of the loop.

        A StoreError of it breaks the job: `raise_broken` tells whatever comes later. Any other error goes to the log.
        """
        self._waiting.append((work, job))
        if soon:
            self._hurry()
        elif self._hand_over_at is None:
            self._hand_over_at = self._loop.call_later(LINGER_S, self._hand_over)

    def mend(self, job: str) -> None:
        """The job begins anew: earlier errors of its work no longer count."""
        self.push(job, lambda: self._broken.pop(job, None))

    def raise_broken(self, job: str) -> None:
        """On the writer thread: raises the StoreError of earlier work of this job that nobody waited for, if any."""
        error = self._broken.get(job)
        if error is not None:
            raise error

    def _hand_over(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._hand_over_at, self._is_urgent = None, False
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
            self._deliver([answer for item in items if (answer := self._done(*item)) is not None])

    def _done(self, work: Work, listener: _Waiter | str) -> _Answer | None:
        """Do one piece of work; the answer, where someone waits for it."""
        try:
            result, error = work(), None
        except Exception as caught:  # noqa: BLE001 - raised again where someone waits, else logged
            result, error = None, caught
        if not isinstance(listener, str):
            return listener, result, error
        if isinstance(error, StoreError):
            self._broken.setdefault(listener, error)
        elif error is not None:
            log.error("work on the writer thread failed", exc_info=error)
        return None

    def _deliver(self, answers: list[_Answer]) -> None:
        if answers and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, answers)


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
