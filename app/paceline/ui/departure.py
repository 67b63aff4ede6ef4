"""Ends that nobody chose on the screen: signals, a terminal that went away, a loop that does not get to its end."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

LEAVE_S = 5.0
"""From the wish to leave to the end of the process: sessions have 2.5 s to close. A job is kept either way."""


class Leaver(Protocol):
    """What signals ask of the application."""

    def end_by(self, number: int) -> None:
        """End at once, jobs stay recoverable; the exit code tells the signal."""

    def ask_to_leave(self) -> None:
        """As `ctrl+c` does."""


@contextmanager
def obeyed_signals(app: Leaver) -> Iterator[None]:
    """SIGTERM and SIGHUP end the application, SIGINT asks, for as long as the block runs. Needs the main thread.

    A SIGHUP that was ignored when we started stays so: that is what `nohup` is for.
    """
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        if number == signal.SIGINT:
            loop.add_signal_handler(number, app.ask_to_leave)
        else:
            loop.add_signal_handler(number, app.end_by, int(number))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class Deadline:
    """Ends the process when the orderly way takes too long; `rescue` is what must happen even then."""

    def __init__(self, rescue: Callable[[], None], patience_s: float = LEAVE_S) -> None:
        self._rescue, self._patience_s = rescue, patience_s
        self._begun = threading.Lock()
        self._code = 0

    def begin(self, code: int) -> None:
        """From now on; the first one counts. From any thread."""
        if not self._begun.acquire(blocking=False):
            return
        self._code = code
        timer = threading.Timer(self._patience_s, self._end)
        timer.daemon = True
        timer.start()

    def _end(self) -> None:
        self._rescue()
        os._exit(self._code)
