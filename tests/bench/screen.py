"""A program on a real pseudo-terminal of 160x50, watched from outside: its processor time, its bytes, its answers."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.figure import AbsentError

COLUMNS, ROWS = 160, 50
WAIT_S = 60.0


class Screen:
    """The program; `out` is all that it wrote. Whoever waits here reads at once whatever comes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self.out = bytearray()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(command[0], list(command), dict(environment))
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._master)
        os.waitpid(self.pid, 0)

    def press(self, key: bytes) -> None:
        """Type."""
        os.write(self._master, key)

    def shows(self, word: bytes, begin: int = 0) -> None:
        """Read until `word` was written after `begin`. Raises AbsentError with the last words."""
        end = time.monotonic() + WAIT_S
        while word not in self.out[max(0, begin - len(word)) :]:
            if time.monotonic() > end or not self._is_read():
                raise AbsentError(f"the screen never showed {word!r}; it ended with {bytes(self.out[-300:])!r}")

    def watch(self, seconds: float, now_and_then: Callable[[], None] | None = None) -> tuple[float, float]:
        """Read for a while; returns the processor's share and the bytes per second."""
        begin, cpu, size = time.monotonic(), self.cpu_s(), len(self.out)
        while (left := begin + seconds - time.monotonic()) > 0:
            if now_and_then is not None:
                now_and_then()
                left = begin + seconds - time.monotonic()
            self._is_read(max(0.0, min(left, 0.1)))
        wall_s = time.monotonic() - begin
        return (self.cpu_s() - cpu) / wall_s, (len(self.out) - size) / wall_s

    def cpu_s(self) -> float:
        """Seconds that all its threads have run, from the scheduler's own account: finer than a clock tick."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            # A thread may end between the two calls; what it ran is then lost, which is a moment of the start.
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
        return total / 1e9

    def _is_read(self, wait_s: float = 1.0) -> bool:
        """Read what is there; whether the program still holds its terminal."""
        if not select.select([self._master], [], [], wait_s)[0]:
            return True
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return False
        self.out += data
        return bool(data)
