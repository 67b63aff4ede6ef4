"""One command's bytes: from the echo to the prompt, pagers and terminal line ends removed. Pure."""

import re
from dataclasses import replace

from paceline.session.base import OutputSink
from paceline.session.prompts import REFUSAL_LINES, UNSURE_QUIET_S, WINDOW, Patterns, Sight, without_controls

_ECHO_LIMIT = 65_536
"""Bytes after which an echo is no longer waited for."""
_WRAPPED_LIMIT = 4_096
"""Late bytes before a wrapped echo at most: looking for one costs more than looking for a plain one."""

_HEAD_LIMIT = 8_192
"""Bytes of the output's beginning kept for the search for refusals."""

_KEPT_LINES = 3
"""Whole lines held back besides the last one: the longest prompt of a platform has so many."""

_ERASING = re.compile(rb"[\x08\r \x1b\[0-9;?DKJm]*")
_LEFT = rb"(?:\x1b\[\d*D)+"
_ERASED = re.compile(
    rb"(?: (?=[\x08\x1b]|\r(?!\n)))?"  # the pager's own last blank, when it came alone
    rb"(?:\x08+(?: +\x08+)*|\r? +\r(?!\n)|" + _LEFT + rb"(?: +" + _LEFT + rb")*|\r?\x1b\[[0-9;?]*[KJm]|\r)*"
)
_LINE_END = re.compile(rb"\r*\n\r*")
_AFTER_ECHO = b"\x1b[?2004l\r"
"""What line editors (readline) say after Enter: the end of bracketed paste."""


_WIPED = re.compile(rb"([^\r\n]+)\r\x1b\[0?K")


class NoSink:
    """Where preparing lines go: nowhere."""

    is_behind = False

    def write(self, data: bytes) -> None:
        """Let `data` go."""

    def late(self, data: bytes) -> None:
        """Let `data` go."""


class Reader:
    """Reads the output of one command (or, without one, up to the first prompt) into a sink."""

    def __init__(
        self,
        patterns: Patterns,
        token: str,
        sink: OutputSink,
        *,
        command: str = "",
        before: OutputSink | None = None,
    ) -> None:
        self._patterns = patterns
        self._token = token
        self.sink = sink
        self._before = before
        self._buffer = b""
        self._command = command
        self._has_echo = not command
        self._is_first = False
        """Between the echo and the end of the output's first line."""
        self._has_wiped = False
        """Whether a prompt was wiped there."""
        self._erase_from: int | None = None
        self._is_after_line = bool(command)
        """Whether the last that was handed over, or the echo, ended a line."""
        self._head = bytearray()
        self._lines = 0
        self.size = 0
        """Bytes of output handed over."""

    @property
    def is_reading(self) -> bool:
        """Whether what comes is output: the command's echo has passed, or none is expected."""
        return self._has_echo

    def feed(self, data: bytes) -> Sight | None:
        """Take in more bytes; says what they now end in."""
        if self._erase_from is not None and not self._erase(data):
            return None
        if self._erase_from is None:
            self._buffer += data
        self._erase_from = None
        if not self._has_echo:
            self._find_echo()
        if self._is_first and self._buffer:
            self._find_beginning()
        sight = self._patterns.look(self._buffer, self._token) if self._buffer else None
        if not self._has_echo:
            return self._unsure(sight)
        if sight is not None and sight.kind == "pager":
            self._buffer = self._buffer[: len(self._buffer) - sight.cut]
            self._erase_from = len(self._buffer)
            return sight
        self._flush(0 if self._is_first else self._safe())
        return self._early(sight) if sight is not None and self._is_early(sight) else sight

    def _erase(self, data: bytes) -> bool:
        """Drop what a terminal draws to wipe out a pager; False while that may still go on."""
        start = self._erase_from or 0
        rest = self._buffer[start:] + data
        self._buffer = self._buffer[:start] + rest
        if _ERASING.fullmatch(rest):
            return False
        wiped = _ERASED.match(rest)
        self._buffer = self._buffer[:start] + rest[wiped.end() if wiped else 0 :]
        return True

    def _unsure(self, sight: Sight | None) -> Sight | None:
        """A device that does not echo: its prompt counts after a longer quiet, since it may be the old one again."""
        if sight is None or sight.kind == "pager":
            return None
        return replace(sight, quiet_s=max(sight.quiet_s, UNSURE_QUIET_S))

    def _is_early(self, sight: Sight) -> bool:
        """Whether a prompt stands where the output would begin, and an answer may still come in its place."""
        is_bare = bool(self._command) and not self.size and not self._has_wiped and sight.cut == len(self._buffer)
        return is_bare and sight.kind == "prompt" and self._patterns.platform.early_prompt_s > sight.quiet_s

    def _early(self, sight: Sight) -> Sight:
        return replace(sight, quiet_s=self._patterns.platform.early_prompt_s)

    def _find_beginning(self) -> None:
        """Drop what a line editor draws ahead of the output: the end of bracketed paste, a prompt that it wipes."""
        if _AFTER_ECHO.startswith(self._buffer):
            return
        self._buffer = self._buffer.removeprefix(_AFTER_ECHO)
        wiped = _WIPED.match(self._buffer)
        if wiped and self._patterns.is_prompt(wiped[1], self._token):
            self._buffer = self._buffer[wiped.end() :]
            self._has_wiped = True
        if self._has_wiped:
            # Padding, for terminals that take their time.
            self._buffer = self._buffer.lstrip(b"\0")
        self._is_first = b"\n" not in self._buffer and len(self._buffer) < WINDOW

    def _find_echo(self) -> None:
        start, end = self._echo_span()
        if start < 0:
            if len(self._buffer) > _ECHO_LIMIT:
                self._has_echo = True
            return
        line_end = self._buffer.find(b"\n", end)
        if line_end < 0:
            return
        late = self._patterns.without_prompt(self._buffer[:start], self._token)
        if self._before is not None and without_controls(late).strip():
            self._before.late(_plain_lines(late))
        self._buffer = self._buffer[line_end + 1 :]
        self._has_echo = self._is_first = True

    def _echo_span(self) -> tuple[int, int]:
        sent = self._command.encode()
        start = self._buffer.find(sent)
        if start >= 0 or len(self._buffer) <= len(sent):
            return start, start + len(sent)
        # A line longer than the device's terminal is wrapped, whatever width was asked for: the same characters,
        # with breaks between.
        pattern = b"[\\s\x08]*".join(re.escape(bytes([sign])) for sign in sent if sign != 32)
        wrapped = re.search(pattern, self._buffer[: _WRAPPED_LIMIT + 2 * len(sent)])
        return wrapped.span() if wrapped else (-1, -1)

    def _safe(self) -> int:
        """How much of the buffer can be no part of a prompt: all but its last lines, and these only so far back."""
        size = len(self._buffer)
        cut = size
        for _ in range(_KEPT_LINES):
            cut = self._buffer.rfind(b"\n", 0, cut)
            if cut < 0:
                break
        cut = max(cut + 1, size - WINDOW)
        while cut > 0 and self._buffer[cut - 1] == 13:
            cut -= 1
        return cut

    def _flush(self, upto: int) -> None:
        if upto <= 0:
            return
        data = self._buffer[:upto]
        self._buffer = self._buffer[upto:]
        if data[0] == 13 and self._is_after_line:
            # The second half of LF CR, the manner of some.
            data = data.lstrip(b"\r")
        data = _plain_lines(data)
        self._is_after_line = data.endswith(b"\n") or (self._is_after_line and not data)
        if self._lines < REFUSAL_LINES:
            self._lines += data.count(b"\n")
            if len(self._head) < _HEAD_LIMIT:
                self._head += data[: _HEAD_LIMIT - len(self._head)]
        self.size += len(data)
        self.sink.write(data)

    def finish(self, cut: int = 0) -> None:
        """The command has ended: hand over what is left, without its last `cut` bytes (the prompt)."""
        if not self._has_echo:
            self._buffer = self._without_expanded_echo(self._buffer)
            self._has_echo = True
        self._flush(len(self._buffer) - cut)
        self._buffer = b""

    def _without_expanded_echo(self, buffer: bytes) -> bytes:
        """Some command lines write abbreviations out while they echo them: `sh ver` comes back as `show version`."""
        first, line_end, rest = buffer.partition(b"\n")
        seen, sent = without_controls(first).split(), self._command.encode().split()
        is_echo = len(seen) == len(sent) and all(a.startswith(b) for a, b in zip(seen, sent, strict=True))
        return rest if line_end and is_echo else buffer

    def refusal(self) -> str:
        """The line that refuses the command, in a short output; empty if there is none."""
        return self._patterns.refusal(bytes(self._head)) if self._lines < REFUSAL_LINES else ""


def _plain_lines(data: bytes) -> bytes:
    """A terminal's CR LF as LF; some send the CR twice, or after the LF."""
    if b"\r" not in data:
        return data
    data = data.replace(b"\r\n", b"\n")
    return _LINE_END.sub(b"\n", data) if b"\r" in data else data


def plain_late(data: bytes, patterns: Patterns, token: str) -> bytes:
    """What came after the last command, ready for its sink: without a prompt; empty where only that came."""
    late = patterns.without_prompt(data, token)
    return _plain_lines(late) if without_controls(late).strip() else b""
