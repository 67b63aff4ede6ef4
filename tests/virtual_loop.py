"""An event loop whose time is its own: waiting costs nothing, so a night-long job is a fast test."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)


class _Selector(selectors.SelectSelector):
    """Instead of waiting for `timeout` it moves the loop's clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("nothing is scheduled and nothing can happen: the program under test is stuck")
        self.time += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs coroutines that only sleep and talk to each other, without waiting."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.time

    def now(self) -> datetime:
        """Wall time: the loop's seconds after a fixed evening."""
        return EPOCH + timedelta(seconds=self.time())


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a fresh virtual loop to its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def virtual_now() -> datetime:
    """The wall time of the running virtual loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop.now()
