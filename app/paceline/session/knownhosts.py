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

Stamp = tuple[int, int, int]
"""What tells one state of a file from another: when it was written, its size, its inode."""


@dataclass(frozen=True, slots=True)
class RecordedKey:
    """One key of a known_hosts line: its type, its bytes in base64, and the line's marker ("" for a plain key)."""

    algorithm: str
    base64: str
    marker: str = ""
    origin: str = field(default="", compare=False)
    """The file it stands in."""
    line: int = field(default=0, compare=False)

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
    """What one known_hosts file records. Finds are exact, by pattern and by hash."""

    _plain: dict[str, list[RecordedKey]] = field(default_factory=dict)
    _patterns: list[tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...], RecordedKey]] = field(
        default_factory=list
    )
    _hashed: list[_Hashed] = field(default_factory=list)
    has_hashed_marker: bool = False
    """Whether a hashed line revokes a key or names an authority."""
    _resolved: dict[str, list[RecordedKey]] = field(default_factory=dict)

    @property
    def hashed(self) -> int:
        """How many hashed names have matched nothing yet."""
        return len(self._hashed)

    def load(self, text: str, origin: str) -> None:
        """Take in the lines of one file. A line that is none is left out, with a warning that names it."""
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#") and not self._take(line.split(), origin, number):
                _logger.warning("%s:%d: not a known_hosts line (name, type, key); left out", origin, number)

    def _take(self, words: list[str], origin: str, number: int) -> bool:
        marker = ""
        if words[0].startswith("@"):
            marker = words.pop(0)
            if marker not in _MARKERS:
                return False
        if len(words) < 3:
            return False
        names, key = words[0], RecordedKey(words[1], words[2], marker[1:], origin, number)
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
        self.has_hashed_marker |= bool(key.marker)
        self._hashed.append(_Hashed(padded.translate(_INNER), padded.translate(_OUTER), digest, key))
        return True

    def by_name(self, names: Sequence[str]) -> Iterator[RecordedKey]:
        """The keys of plain lines and patterns that name one of `names` (lower case)."""
        for name in names:
            yield from self._plain.get(name, ())
            for wanted, unwanted, key in self._patterns:
                if any(one.fullmatch(name) for one in wanted) and not any(one.fullmatch(name) for one in unwanted):
                    yield key

    async def by_hash(self, name: str) -> list[RecordedKey]:
        """The keys of hashed lines of `name`: tried one by one as their format wants it, once per name, in turns.

        What matched is never tried again, and neither is a name that was.
        """
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


@dataclass(slots=True)
class _File:
    """One file, as it was last read."""

    path: Path
    stamp: Stamp | None = None
    parsed: KnownHosts = field(default_factory=KnownHosts)

    def look(self) -> None:
        """Read it when it has changed. Raises SessionError where it can not be trusted or read."""
        stamp = stamp_of(self.path)
        if stamp == self.stamp:
            return
        parsed = KnownHosts()
        if stamp is not None:
            parsed.load(_read(self.path), str(self.path))
        self.parsed, self.stamp = parsed, stamp


class KnownHostsFiles:
    """Several files as one: each read when first asked, and again when it has changed, by itself."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._files = [_File(path) for path in paths]

    def look(self) -> None:
        """Bring the index up to date. Raises SessionError where a file can not be trusted or read."""
        for file in self._files:
            file.look()

    @property
    def hashed(self) -> int:
        """How many hashed names have matched nothing yet."""
        return sum(file.parsed.hashed for file in self._files)

    async def find(self, names: Sequence[str]) -> list[RecordedKey]:
        """Every key recorded under any of `names` (lower case), as of the last look.

        Hashed names are tried only where no plain line names the device, or where a hashed line may revoke.
        """
        indexes = [file.parsed for file in self._files]
        found = [key for index in indexes for key in index.by_name(names)]
        may_revoke = any(index.has_hashed_marker for index in indexes)
        for name in names:
            if may_revoke or all(key.marker for key in found):
                for index in indexes:
                    found += await index.by_hash(name)
        return found

    def appended(self, path: Path, before: Stamp | None, after: Stamp | None, text: str) -> None:
        """Take in what this process has just appended, unless somebody else has written since: then it is read anew."""
        for file in self._files:
            if file.path == path and file.stamp == before:
                file.parsed.load(text, str(path))
                file.stamp = after


def stamp_of(path: Path) -> Stamp | None:
    """The state of a file; None for one that is not there. Raises SessionError for one that others may write."""
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
