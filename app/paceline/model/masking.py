"""Masks what configurations keep secret: passwords, communities, keys and private keys in the text of devices.

`model/redaction.py` masks the secrets of this process by their value, these are known by the words around them
(`model/secret_patterns.py`). Masking is for what is shown and handed on: the files keep what was sent.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from paceline.model.redaction import MASK
from paceline.model.secret_patterns import BY_HINT, HINTS
from paceline.model.text import CONTROL

Span = tuple[int, int]

LONGEST_KEY = 32 * 1024
"""Bytes after its first line that belong to a private key whose end never comes; the largest in use take half of it."""
LONGEST_HELD = 1024 * 1024
"""Bytes of a line without an end that are held back before a part of it is given out."""
CONTEXT = 4096
"""Bytes before and behind a place in an endless line that are looked at to tell what is secret there."""

_MARK = r"-{4,5} ?%s [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,8}-{4,5}"
_BEGIN, _END = re.compile(_MARK % "BEGIN"), re.compile(_MARK % "END")
_MARKS = re.compile(f"(?P<begin>{_BEGIN.pattern})|{_END.pattern}".encode())
_LONGEST_MARK = 80
_CLOSERS = re.compile(r"""["';,)\]}>]*(?:\s*##\s*SECRET-DATA)?\s*$|</""")
"""What may follow a secret without anybody minding its column."""
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\r(?!\n)")
"""What may stand within a word without being seen."""
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_LINES = re.compile(r"[^\n]*\n?")


def secrets_in(line: str) -> list[Span]:
    """Where secrets stand in one line, rising. Control sequences are looked through, and belong to what they are in."""
    plain, places = _seen(line)
    low = plain.lower()
    if len(low) != len(plain):
        # Some letter takes more room in lower case.
        low = plain.translate(_LOWER)
    found: list[Span] = []
    for row in {row for hint in HINTS if hint in low for row in BY_HINT[hint]}:
        for match in row.regex.finditer(low):
            found += [match.span(name) for name in row.regex.groupindex if name in "das" and match.start(name) >= 0]
    if not found:
        return []
    merged = _merged(found)
    return merged if places is None else [(places[begin], places[end - 1] + 1) for begin, end in merged]


def mask_line(line: str, *, keeps_width: bool = False) -> str:
    """One line with its secrets masked. What follows one keeps its column; with `keeps_width` the line its length."""
    spans = secrets_in(line)
    return _masked(line, spans, keeps_width=keeps_width) if spans else line


def mask_within(before: str, part: str, behind: str) -> str:
    """`part` of a line of which `before` and `behind` are known, too, each character in its place."""
    spans = secrets_in(before + part + behind)
    begin, end = len(before), len(before) + len(part)
    inner = [(max(a, begin) - begin, min(b, end) - begin) for a, b in spans if a < end and b > begin]
    return _masked(part, inner, keeps_width=True) if inner else part


def mask_text(text: str) -> str:
    """A text of any number of lines, private keys included, with its secrets masked; it has as many lines after."""
    return Masker().mask(text)


class Masker:
    """Masks a text that comes in pieces. A line is given out when its end is there; a bare one at `finish`."""

    def __init__(self) -> None:
        self._held = b""
        self._told = 0
        """Bytes of what is held that were given out already, as what follows them needs them."""
        self._key_left = 0
        """Characters that may still belong to the private key that the text is in; 0: it is in none."""

    def feed(self, data: bytes) -> bytes:
        """What can be given out now."""
        self._held += data
        end = self._held.rfind(b"\n") + 1
        if end:
            block, self._held, told, self._told = self._held[:end], self._held[end:], self._told, 0
            return self._given(block, told)
        if len(self._held) < LONGEST_HELD:
            return b""
        return self._given_in_part()

    def finish(self) -> bytes:
        """The rest: a last line without an end."""
        block, self._held, told, self._told = self._held, b"", self._told, 0
        return self._given(block, told)

    def mask(self, text: str) -> str:
        """Whole lines, after those that were masked before."""
        low = text.lower()
        if len(low) != len(text):
            # Some letter takes more room in lower case: places in `low` are none in `text`.
            return "".join(self._line(line) for line in _LINES.findall(text))
        pieces: list[str] = []
        done = 0
        for begin in self._suspects(text, low):
            if begin < done:
                continue
            pieces.append(text[done:begin])
            done = begin
            while True:
                end = text.find("\n", done) + 1 or len(text)
                pieces.append(self._line(text[done:end]))
                done = end
                if not self._key_left or done >= len(text):
                    break
        return "".join([*pieces, text[done:]])

    # -- helpers ------------------------------------------------------------------------------------

    def _given(self, block: bytes, told: int) -> bytes:
        if not told:
            return self.mask(block.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        end = block.find(b"\n") + 1 or len(block)
        return _masked_bytes(block[:end])[told:] + self._given(block[end:], 0)

    def _given_in_part(self) -> bytes:
        """All but the last bytes of a line that does not end: what is secret in those may have its end to come."""
        end = len(self._held) - CONTEXT
        given = _masked_bytes(self._held)[self._told : end]
        keep = end - CONTEXT
        self._held, self._told = self._held[keep:], CONTEXT
        return given

    def _suspects(self, text: str, low: str) -> Iterator[int]:
        """Where the lines begin that may hold a secret, rising."""
        if self._key_left:
            yield 0
        found = {match.start() for match in _UNSEEN.finditer(text)}
        for hint in (*HINTS, "private key"):
            at = low.find(hint)
            while at >= 0:
                found.add(at)
                at = low.find("\n", at)
                at = low.find(hint, at) if at >= 0 else -1
        last = -1
        for at in sorted(found):
            begin = text.rfind("\n", 0, at) + 1
            if begin != last:
                yield begin
                last = begin

    def _line(self, line: str) -> str:
        if self._key_left:
            end = _END.search(line)
            if end is None:
                self._key_left = max(0, self._key_left - len(line))
                return _body(line)
            self._key_left = 0
            return _body(line[: end.start()]) + end.group() + self._line(line[end.end() :])
        begin = _BEGIN.search(line)
        if begin is None:
            return mask_line(line)
        self._key_left = LONGEST_KEY
        return mask_line(line[: begin.start()]) + begin.group() + self._line(line[begin.end() :])


class KeyBlocks:
    """Where private keys stand in bytes that come in pieces."""

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._size = 0
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """More of the text."""
        whole = self._tail + data
        base = self._size - len(self._tail)
        if b"PRIVATE KEY" in whole:
            for match in _MARKS.finditer(whole):
                is_open = len(self._begins) > len(self._ends)
                if match.end() <= len(self._tail):
                    continue
                if match["begin"] is None and is_open:
                    self._ends.append(base + match.start())
                elif match["begin"] is not None:
                    if is_open:
                        self._ends.append(min(base + match.start(), self._begins[-1] + LONGEST_KEY))
                    self._begins.append(base + match.end())
        self._size += len(data)
        self._tail = whole[-_LONGEST_MARK:]

    def within(self, begin: int, end: int) -> list[Span]:
        """The parts of these bytes that belong to a private key."""
        if not self._begins:
            return []
        found = []
        for number in range(max(0, bisect_right(self._begins, begin) - 1), len(self._begins)):
            first = self._begins[number]
            if first >= end:
                break
            last = self._ends[number] if number < len(self._ends) else first + LONGEST_KEY
            if last > begin:
                found.append((max(first, begin), min(last, first + LONGEST_KEY, end)))
        return [span for span in found if span[0] < span[1]]


def _seen(line: str) -> tuple[str, list[int] | None]:
    """A line as it is seen, and where each of its characters stands in `line`; None: just there."""
    if _UNSEEN.search(line) is None:
        return line, None
    places: list[int] = []
    at = 0
    for match in CONTROL.finditer(line):
        places += range(at, match.start())
        at = match.end()
    places += range(at, len(line))
    return "".join(map(line.__getitem__, places)), places


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _masked(line: str, spans: list[Span], *, keeps_width: bool) -> str:
    pieces = []
    at = 0
    for begin, end in spans:
        # The length of a secret is told only where something stands behind it.
        stars = "*" * (end - begin) if keeps_width or not _CLOSERS.match(line, end) else MASK
        pieces += [line[at:begin], stars]
        at = end
    return "".join([*pieces, line[at:]])


def _masked_bytes(line: bytes) -> bytes:
    """A line, each byte in its place."""
    text = line.decode("latin-1")
    return mask_line(text, keeps_width=True).encode("latin-1")


def _body(line: str) -> str:
    """A line of a private key: where it begins and ends, and nothing of it."""
    text = line.strip()
    return line.replace(text, MASK, 1) if text else line
