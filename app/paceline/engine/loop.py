"""The event loop an engine runs on: what comes within a few milliseconds is handled in one turn."""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

GATHER_S = 0.01
"""How far apart the loop looks for new data while there is some.

Each wake-up of a process costs more than the packet it wakes up for: the switch, and caches that others have used
meanwhile. 10 ms cost a session over SSH, with its dozen exchanges, 0.1 s at most, and no job its rate.
"""
GATHER_MANY_S = 0.02
"""The same where many devices speak at once: a twentieth less work for all of them, and each is one of many anyway."""
MANY = 20
"""Open connections from which on there are many."""

MOST_BUSY_LOOKS = 2
"""So often a loop that never comes to wait may look for data before it does what was left for the wait."""


class GatheringSelector(selectors.DefaultSelector):
    """Waits a little before it looks again, when it has looked just now."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_at = float("-inf")
        self._busy_looks = 0
        self.before_waiting: list[Callable[[], object]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As every selector does, but not again within 10 or 20 ms of its last look; no timer is held up.

        A `timeout` of 0 means that there is work at hand: it goes first, and the devices' next words gather meanwhile.
        """
        gather_s = GATHER_MANY_S if len(self.get_map()) > MANY else GATHER_S
        early_s = self._looked_at + gather_s - time.monotonic()
        is_busy = timeout is not None and timeout <= 0
        if is_busy:
            if early_s > 0:
                return []
            self._busy_looks += 1
            if self._busy_looks <= MOST_BUSY_LOOKS or not self.before_waiting:
                return self._look(0)
        self._busy_looks = 0
        if self.before_waiting:
            callbacks, self.before_waiting = self.before_waiting, []
            for callback in callbacks:
                callback()
            # They may have given the loop something to do: it must not wait yet.
            return []
        if early_s > 0:
            if timeout is not None:
                early_s = min(early_s, timeout)
                timeout -= early_s
            time.sleep(early_s)
        return self._look(timeout)

    def _look(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(timeout)
        self._looked_at = time.monotonic()
        return found


class GatheringLoop(asyncio.SelectorEventLoop):
    """An event loop on such a selector."""

    def __init__(self) -> None:
        self._gathering = GatheringSelector()
        super().__init__(self._gathering)

    def before_waiting(self, callback: Callable[[], object]) -> None:
        """Have `callback` called once, when nothing is left to do but to wait; a loop that never is calls it soon, too.

        It must not raise.
        """
        self._gathering.before_waiting.append(callback)


def run_gathering(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on such a loop."""
    with asyncio.Runner(loop_factory=GatheringLoop) as runner:
        return runner.run(main)
