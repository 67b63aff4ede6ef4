"""Writes to the terminal beside the loop: who hands it text never waits, however slowly the terminal reads."""

import os
import select
import threading
import time
from collections.abc import Callable

BEHIND_S = 0.05
"""A write that takes longer than this: the terminal does not read as fast as we draw."""


class TerminalWriter(threading.Thread):
    """A thread that writes to `descriptor`, in order. `on_gone` is called there, once, when nothing reads any more.

    It writes past `sys.stdout`: a thread that is stuck in that one's lock would stop the interpreter from ending.
    """

    def __init__(self, descriptor: int, encoding: str, on_gone: Callable[[], None]) -> None:
        super().__init__(name="paceline-terminal", daemon=True)
        self._descriptor, self._encoding, self._on_gone = descriptor, encoding, on_gone
        self._parts: list[str] = []
        self._changed = threading.Condition()
        self._is_ending = False
        self._is_gone = False
        self._writing_since: float | None = None

    def hand_over(self, text: str) -> None:
        """Have it written; dropped when the terminal is gone."""
        with self._changed:
            if not self._is_gone:
                self._parts.append(text)
                self._changed.notify()

    @property
    def is_behind(self) -> bool:
        """Whether what was handed over earlier is still on its way out."""
        since = self._writing_since
        return since is not None and time.perf_counter() - since > BEHIND_S

    def end(self, patience_s: float) -> None:
        """Write the rest out, for `patience_s` at most."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self.join(patience_s)

    def run(self) -> None:
        """Write until `end`, or until the terminal is gone."""
        while (text := self._take()) is not None:
            self._writing_since = time.perf_counter()
            try:
                write_all(self._descriptor, text.encode(self._encoding, "replace"))
            except OSError:
                with self._changed:
                    self._is_gone = True
                    self._parts.clear()
                self._on_gone()
                return
            finally:
                self._writing_since = None

    def _take(self) -> str | None:
        """All that waits; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._parts or self._is_ending)
            parts, self._parts = self._parts, []
        return "".join(parts) if parts else None


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it, also to a descriptor that somebody made non-blocking. Raises OSError."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
