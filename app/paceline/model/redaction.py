"""The redactor: whatever is logged, told or raised passes through it, and no living secret comes out."""

import json
import threading
import weakref
from collections.abc import Iterator
from urllib.parse import quote

MASK = "***"

SHORTEST = 3
"""Shorter values would blacken half of every text, and guard nothing."""


class Redactor:
    """Knows the value of every secret that is alive in this process, in the forms in which a text may hold it.

    Texts are looked through by the first characters of what is sought: ten thousand secrets cost no more than one.
    """

    def __init__(self) -> None:
        self._values: dict[int, str] = {}
        self._watchers: dict[int, weakref.ref[object]] = {}
        self._by_start: dict[str, list[str]] | None = {}
        # Reentrant: the collector may end a secret on the very thread that builds the table.
        self._lock = threading.RLock()

    def watch(self, owner: object, value: str) -> None:
        """Mask `value` as long as `owner` lives."""
        if len(value) < SHORTEST:
            return
        key = id(owner)
        with self._lock:
            self._values[key] = value
            self._watchers[key] = weakref.ref(owner, lambda _: self._forget(key))
            self._by_start = None

    def _forget(self, key: int) -> None:
        with self._lock:
            self._values.pop(key, None)
            self._watchers.pop(key, None)
            self._by_start = None

    def redact(self, text: str) -> str:
        """`text` with every secret in it masked, longest first: as it is, and as Python, JSON and URLs write it."""
        table = self._by_start
        if table is None:
            table = self._build()
        if not table:
            return text
        pieces: list[str] = []
        position = kept = 0
        last = len(text) - SHORTEST
        while position <= last:
            for form in table.get(text[position : position + SHORTEST], ()):
                if text.startswith(form, position):
                    pieces += (text[kept:position], MASK)
                    position += len(form)
                    kept = position
                    break
            else:
                position += 1
        return "".join([*pieces, text[kept:]]) if pieces else text

    def _build(self) -> dict[str, list[str]]:
        with self._lock:
            table: dict[str, list[str]] = {}
            for form in sorted({form for value in list(self._values.values()) for form in _forms(value)}, key=len):
                table.setdefault(form[:SHORTEST], []).insert(0, form)
            self._by_start = table
            return table


def _forms(value: str) -> Iterator[str]:
    """How a value may stand in a text; twice over, because what was quoted may be quoted again."""
    yield value
    if value.isascii() and value.isalnum():
        return
    yield quote(value, safe="")
    for once in (value, *_quoted(value)):
        yield once
        yield from _quoted(once)


def _quoted(value: str) -> Iterator[str]:
    yield repr(value)[1:-1]
    yield repr(value.encode("utf-8", "surrogatepass"))[2:-1]
    # Within the other kind of quotes repr escapes them.
    yield repr(value + "'\"")[1:-4]
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]


REDACTOR = Redactor()
"""The one of this process: secrets register themselves."""


def redact(text: str) -> str:
    """`text` without any living secret."""
    return REDACTOR.redact(text)
