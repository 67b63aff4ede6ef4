"""A program in a real pseudo-terminal: its screen as an operator sees it, keys as they press them."""

import os
import re
import signal
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

WAIT_S = 20.0
"""How long a condition may take on a busy machine; none is expected to take a tenth of it."""
KEYS: Mapping[str, str] = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "page_up": "\x1b[5~", "page_down": "\x1b[6~", "shift+tab": "\x1b[Z",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}  # fmt: skip
_UNKNOWN = re.compile(rb"\x1b\[[<>][\d;]*u|\x1b\[\?[\d;]*\$p")
"""What pyte would take for text: Kitty's keyboard protocol, questions about modes."""
_ALTERNATE = re.compile(rb"\x1b\[\?1049[hl]")
_UNFINISHED = re.compile(rb"\x1b(?:\[[\d;?<>$]*)?$")


class Terminal:
    """One program on a terminal of its own. Every wait is for a condition, and a failed one shows the screen."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, size: tuple[int, int] = (80, 24)
    ) -> None:
        columns, rows = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self.raw = bytearray()
        """All that the program wrote."""
        self._process = pexpect.spawn(
            command[0], list(command[1:]), env=dict(environment), cwd=str(cwd), dimensions=(rows, columns), timeout=None
        )  # fmt: skip
        self.pid: int = self._process.pid
        self._is_hung_up = False

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running."""
        if self._process.isalive():
            os.killpg(self.pid, signal.SIGKILL)
        if not self._is_hung_up:
            self._process.close(force=True)

    # -- hands --------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Keys by name (`enter`, `ctrl+s`), or what they type."""
        for key in keys:
            self._process.send(KEYS.get(key, key))

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as a window that is dragged."""
        self._screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal under it."""
        self._process.ptyproc.fileobj.close()
        self._is_hung_up = True

    # -- eyes ---------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def said(self) -> str:
        """The screen as running text, for sentences that it breaks anywhere."""
        return " ".join("".join(self._screen.display).split())

    def shows(self, *words: str) -> "Terminal":
        """Wait until all of these are on the screen at once."""
        return self.until(lambda: all(word in self.text for word in words), f"{words} on the screen")

    def shows_not(self, *words: str) -> "Terminal":
        """Wait until none of these is on the screen."""
        return self.until(lambda: not any(word in self.text for word in words), f"none of {words} on the screen")

    def until(self, is_so: Callable[[], bool], what: str, wait_s: float = WAIT_S) -> "Terminal":
        """Read until it is so. Raises AssertionError with the screen."""
        end = time.monotonic() + wait_s
        while not is_so():
            assert time.monotonic() < end, f"waited {wait_s:g} s for {what}; the screen was\n{self._framed()}"
            if not self.read(0.05) and self.is_over and not is_so():
                raise AssertionError(f"it ended while waiting for {what}; the screen was\n{self._framed()}")
        return self

    def read(self, wait_s: float = 0.0) -> int:
        """Take what it wrote; the number of bytes."""
        if self._is_hung_up:
            time.sleep(wait_s)
            return 0
        try:
            data: bytes = self._process.read_nonblocking(65_536, wait_s)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return 0
        self.raw += data
        # pyte has one screen; changing to the other one must empty it, as far as a terminal with two would.
        data = _ALTERNATE.sub(b"\\g<0>\x1b[2J\x1b[H", _UNKNOWN.sub(b"", self._rest + data))
        unfinished = _UNFINISHED.search(data)
        self._rest = data[unfinished.start() :] if unfinished else b""
        self._stream.feed(data[: len(data) - len(self._rest)])
        return len(data)

    @property
    def is_over(self) -> bool:
        """Whether the program has ended."""
        return not self._process.isalive()

    def ends(self, wait_s: float = WAIT_S) -> int:
        """Wait for its end; the exit code, or minus the signal that killed it."""
        self.until(lambda: self.is_over, "the program's end", wait_s)
        while self.read(0.05):
            pass
        status: int | None = self._process.exitstatus
        return status if status is not None else -int(self._process.signalstatus or 0)

    @property
    def is_cooked(self) -> bool:
        """Whether the terminal is as a shell needs it: lines, echo, signals by key."""
        flags: int = termios.tcgetattr(self._process.child_fd)[3]
        wanted = termios.ICANON | termios.ECHO | termios.ISIG
        return flags & wanted == wanted

    @property
    def is_restored(self) -> bool:
        """Cooked, the cursor shown, the alternate screen left."""
        return self.is_cooked and self._last(b"\x1b[?25h", b"\x1b[?25l") and self._last(b"\x1b[?1049l", b"\x1b[?1049h")

    def _last(self, this: bytes, that: bytes) -> bool:
        return self.raw.rfind(this) > self.raw.rfind(that)

    def _framed(self) -> str:
        width = self._screen.columns
        lines = "\n".join(f"|{line:{width}}|" for line in self._screen.display)
        return f"+{'-' * width}+\n{lines}\n+{'-' * width}+"
