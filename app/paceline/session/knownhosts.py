"""The recorded host keys: known_hosts files parsed once into an index by name, address and [address]:port."""

import asyncio
import binascii
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError

_logger = logging.getLogger(__name__)

_INNER = bytes(value ^ 0x36 for value in range(256))
_OUTER = bytes(value ^ 0x5C for value in range(256))
_SHA1_BLOCK = 64
_HASHES_PER_TURN = 2_000
"""Hashed entries tried before other sessions get a turn: about 2 ms."""

_MARKERS = ("@cert-authority", "@revoked")


@dataclass(frozen=True, slots=True)
class RecordedKey:
    """One key of a known_hosts line: its type, its bytes in base64, and the line's marker ("" for a plain key)."""

    algorithm: str
    base64: str
    marker: str = ""

    @property
    def blob(self) -> bytes:
        """The key as SSH sends it."""
        return binascii.a2b_base64(self.base64)

    @property
    def fingerprint(self) -> str:
        """`SHA256:...` as ssh-keygen prints it; the bare type where the line's key can not be read."""
        try:
            return fingerprint(self.blob)
        except binascii.Error:
            return f"an unreadable {self.algorithm} key"


def fingerprint(blob: bytes) -> str:
    """`SHA256:...` of a public key, as OpenSSH prints it."""
    return "SHA256:" + binascii.b2a_base64(hashlib.sha256(blob).digest()).decode().strip().rstrip("=")


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A hashed name: HMAC-SHA1 under a salt of its own, its two padded keys worked out once."""

    inner: bytes
    outer: bytes
    digest: bytes
    key: RecordedKey

    def is_of(self, name: bytes) -> bool:
        sha1 = hashlib.sha1
        return sha1(self.outer + sha1(self.inner + name).digest()).digest() == self.digest


@dataclass(slots=True)
class KnownHosts:
    """What one set of known_hosts files records. Finds are exact, by pattern and by hash."""

    _plain: dict[str, list[RecordedKey]] = field(default_factory=dict)
    _patterns: list[tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...], RecordedKey]] = field(
        default_factory=list
    )
    _hashed: list[_Hashed] = field(default_factory=list)
    _has_hashed_marker: bool = False
    _resolved: dict[str, list[RecordedKey]] = field(default_factory=dict)

    @property
    def hashed(self) -> int:
        """How many hashed names have matched nothing yet."""
        return len(self._hashed)

    def load(self, text: str, origin: str) -> None:
        """Take in the lines of one file. A line that is none is left out, with a warning that names it."""
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#") and not self._take(line.split()):
                _logger.warning("%s:%d: not a known_hosts line (name, type, key); left out", origin, number)

    def _take(self, words: list[str]) -> bool:
        marker = ""
        if words[0].startswith("@"):
            marker = words.pop(0)
            if marker not in _MARKERS:
                return False
        if len(words) < 3:
            return False
        names, key = words[0], RecordedKey(words[1], words[2], marker[1:])
        if names.startswith("|"):
            return self._take_hashed(names, key)
        if any(sign in names for sign in "*?!"):
            wanted = tuple(_pattern(name) for name in names.split(",") if not name.startswith("!"))
            unwanted = tuple(_pattern(name[1:]) for name in names.split(",") if name.startswith("!"))
            self._patterns.append((wanted, unwanted, key))
            return True
        for name in names.lower().split(","):
            self._plain.setdefault(name, []).append(key)
        return True

    def _take_hashed(self, names: str, key: RecordedKey) -> bool:
        try:
            _, magic, salt_text, digest_text = names.split("|")
            salt, digest = binascii.a2b_base64(salt_text), binascii.a2b_base64(digest_text)
        except (ValueError, binascii.Error):
            return False
        padded = salt.ljust(_SHA1_BLOCK, b"\0")
        if magic != "1" or len(padded) > _SHA1_BLOCK:
            return False
        self._has_hashed_marker |= bool(key.marker)
        self._hashed.append(_Hashed(padded.translate(_INNER), padded.translate(_OUTER), digest, key))
        return True

    async def find(self, names: Sequence[str]) -> list[RecordedKey]:
        """Every key recorded under any of `names` (lower case).

        Hashed names are tried one by one, as their format wants it: once per name, in turns, and only where no plain
        line names the device (or a hashed line may revoke); what matched is never tried again.
        """
        found = list(self._by_name(names))
        if self._hashed or self._resolved:
            for name in names:
                if self._has_hashed_marker or all(key.marker for key in found):
                    found += await self._unhash(name)
        return found

    def _by_name(self, names: Sequence[str]) -> Iterator[RecordedKey]:
        for name in names:
            yield from self._plain.get(name, ())
            for wanted, unwanted, key in self._patterns:
                if any(one.fullmatch(name) for one in wanted) and not any(one.fullmatch(name) for one in unwanted):
                    yield key

    async def _unhash(self, name: str) -> list[RecordedKey]:
        if name not in self._resolved:
            as_bytes, matched, pool = name.encode(), [], self._hashed
            for start in range(0, len(pool), _HASHES_PER_TURN):
                matched += [entry for entry in pool[start : start + _HASHES_PER_TURN] if entry.is_of(as_bytes)]
                await asyncio.sleep(0)
            self._resolved[name] = [entry.key for entry in matched]
            if matched:
                taken = {id(entry) for entry in matched}
                self._hashed = [entry for entry in self._hashed if id(entry) not in taken]
        return self._resolved[name]


def _pattern(text: str) -> re.Pattern[str]:
    """A known_hosts pattern (`*`, `?`) as an expression."""
    return re.compile("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in text.lower()))


class KnownHostsFiles:
    """The files themselves: read when first asked, and again when one has changed."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._stamp: tuple[tuple[int, int, int] | None, ...] | None = None
        self._parsed = KnownHosts()

    def current(self) -> KnownHosts:
        """The index of the files as they stand. Raises SessionError where one can not be trusted or read."""
        stamp = tuple(_stamp(path) for path in self._paths)
        if stamp != self._stamp:
            parsed = KnownHosts()
            for path, seen in zip(self._paths, stamp, strict=True):
                if seen is not None:
                    parsed.load(_read(path), str(path))
            self._parsed, self._stamp = parsed, stamp
        return self._parsed


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _untrusted(path, f"can not be read ({error.strerror})") from error
    if status.st_mode & 0o022:
        raise _untrusted(path, f"may be written by others: chmod go-w {path}")
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise _untrusted(path, f"can not be read ({error.strerror})") from error


def _untrusted(path: Path, why: str) -> SessionError:
    return SessionError(FailureKind.HOST_KEY_UNKNOWN, f"the host key can not be checked: {path} {why}")
