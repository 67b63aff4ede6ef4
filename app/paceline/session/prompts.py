"""What the end of a device's output means: a prompt, a pager, a question, or nothing yet. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from paceline.model.platform import Platform

WINDOW = 300
"""Bytes at the end of the output that are looked at."""

UNSURE_QUIET_S = 1.0
"""Quiet before a line that may be a question, or a prompt without an echo, counts as one."""

REFUSAL_LINES = 20
"""Outputs of so many lines or more are not searched for refusals: a log that contains one is none."""

_CONTROLS = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, bracketed paste
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: window titles
    rb"|\x1b[()][0-9A-Za-z]|\x1b[=>78DEHMNOc]|[\x00\x07\x0e\x0f]"
)
_BREAKS = re.compile(rb"\r*\n\r*|\r+")

_QUESTIONS = (
    r"\[confirm\]\s*$",
    r"(?i)[\[(]y(?:es)?/n(?:o)?(?:/[^\])]*)?[\])]\s*(?:\[\w*\])?\s*[:?]?\s*$",
    r"(?i)pass(?:word|code|phrase)(?: for [^:\n]*)?:\s*$",
)
_UNSURE_QUESTION = re.compile(r"(?:\?|\]:|\]\?)\s*$")

SightKind = Literal["prompt", "pager", "question"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What stands at the end of the output."""

    kind: SightKind
    cut: int
    """Bytes from the end of the buffer back to where it begins."""
    text: str
    """The line as a person reads it."""
    host: str = ""
    answer: bytes = b""
    """The keys that a pager wants."""
    quiet_s: float = 0.0
    """How long nothing may follow for it to count."""


def without_controls(data: bytes) -> bytes:
    """`data` without terminal sequences, bells and NULs."""
    return _CONTROLS.sub(b"", data) if b"\x1b" in data or b"\x07" in data or b"\0" in data else data


class Patterns:
    """A platform's patterns, compiled once, and the questions every platform asks."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._prompt = re.compile(rf"(?:\A|(?<=\n))(?:{platform.prompt})\Z", re.MULTILINE)
        self._pagers = [(re.compile(pager.pattern), pager.answer.encode()) for pager in platform.pagers]
        self._questions = _any_of((*platform.questions, *_QUESTIONS))
        self._refusals = _any_of(platform.refusals)
        enable = platform.enable
        self._password_prompt = re.compile(enable.password_prompt) if enable else None
        self._privileged = re.compile(enable.privileged) if enable else None

    def look(self, buffer: bytes, token: str) -> Sight | None:
        """What the last bytes of `buffer` are; `token` is the host name of earlier prompts, empty before the first."""
        if buffer.endswith(b"\n"):
            return None
        raw = buffer[-WINDOW:]
        # Line ends are made alike on the copy only; `cut` counts in the raw bytes.
        text = _BREAKS.sub(b"\n", without_controls(raw)).decode("utf-8", "replace")
        line = text[text.rfind("\n") + 1 :]
        if not line or line.isspace():
            # Some go back to the line's start behind their pager.
            is_back = raw.endswith(b"\r") and not raw.rstrip(b"\r").endswith(b"\n")
            return self._pager(raw, text[:-1].rpartition("\n")[2]) if is_back else None
        if not token or self._shown(token) in line:
            found = self._prompt.search(text)
            if found is not None and self._is_same_host(found["host"], token):
                shown = found.group()
                cut = _from_end(raw, shown.count("\n"))
                return Sight("prompt", cut, line, host=found["host"], quiet_s=self.platform.quiet_s)
        if (pager := self._pager(raw, line)) is not None:
            return pager
        if self._questions is not None and self._questions.search(line):
            return Sight("question", 0, line.strip(), quiet_s=self.platform.quiet_s)
        if _UNSURE_QUESTION.search(line):
            return Sight("question", 0, line.strip(), quiet_s=UNSURE_QUIET_S)
        return None

    def _pager(self, raw: bytes, line: str) -> Sight | None:
        """The pager that `raw` ends in, on its last line."""
        for pattern, answer in self._pagers:
            found = pattern.search(line)
            if found is not None:
                shown = raw.rstrip(b"\r")
                cut = _pager_cut(shown, line[found.start() :]) + len(raw) - len(shown)
                return Sight("pager", cut, line, answer=answer)
        return None

    def is_prompt(self, data: bytes, token: str) -> bool:
        """Whether `data` is a prompt and nothing else."""
        sight = self.look(data, token)
        return sight is not None and sight.kind == "prompt" and sight.cut == len(data)

    def _shown(self, token: str) -> str:
        longest = self.platform.prompt_host_max
        return token[:longest] if longest else token

    def _is_same_host(self, host: str, token: str) -> bool:
        if not token or self._shown(host) == self._shown(token):
            return True
        view = self.platform.prompt_view
        return bool(view) and host.startswith(token + view)

    def without_prompt(self, data: bytes, token: str) -> bytes:
        """`data` without the prompt it ends in, if it does."""
        sight = self.look(data, token)
        return data[: len(data) - sight.cut] if sight is not None and sight.kind == "prompt" else data

    def refusal(self, head: bytes) -> str:
        """The first line of a short output that says the command was refused; empty if none does."""
        if self._refusals is None:
            return ""
        for line in without_controls(head).decode("utf-8", "replace").splitlines():
            if self._refusals.match(line):
                return line.strip()
        return ""

    def is_password_prompt(self, line: str) -> bool:
        """Whether `line` is where the enable secret goes."""
        return self._password_prompt is not None and self._password_prompt.search(line) is not None

    def is_privileged(self, prompt: str) -> bool:
        """Whether `prompt` is that of the privileged mode; always, where the platform has none."""
        return self._privileged is None or self._privileged.search(prompt) is not None


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """One expression for all; a leading (?i) is kept to its own part."""
    parts = [f"(?i:{text[4:]})" if text.startswith("(?i)") else f"(?:{text})" for text in patterns]
    return re.compile("|".join(parts)) if parts else None


def _from_end(raw: bytes, line_breaks: int) -> int:
    """Bytes from the end of `raw` back to the start of its last line, or of one `line_breaks` lines before."""
    if not line_breaks:
        return len(raw) - 1 - max(raw.rfind(b"\n"), raw.rfind(b"\r"))
    ends = [found.end() for found in _BREAKS.finditer(raw)]
    return len(raw) - (ends[-1 - line_breaks] if len(ends) > line_breaks else 0)


def _pager_cut(raw: bytes, shown: str) -> int:
    """Bytes from the end back to a pager's text, colours before it included."""
    line_start = len(raw) - _from_end(raw, 0)
    at = raw.rfind(shown.strip().encode(), line_start)
    while at > line_start:
        # What stands directly before the pager and draws nothing belongs to it.
        drawn = [found for found in _CONTROLS.finditer(raw, line_start, at) if found.end() == at]
        if drawn:
            at = drawn[0].start()
        elif raw[at - 1 : at] == b" ":
            at -= 1
        else:
            break
    return len(raw) - max(at, line_start)
