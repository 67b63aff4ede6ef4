"""Paceline's own known_hosts: the one file of host keys that is written, under a lock, readable by its owner alone."""

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from paceline.model.errors import PacelineError
from paceline.session.base import SessionError
from paceline.session.knownhosts import RecordedKey, Stamp, stamp_of

DEFAULT_PORT = 22
_WRITABLE = re.compile(r"[^\s,*?!|#@\[\]\x00-\x1f\x7f][^\s,*?!|#\[\]\x00-\x1f\x7f]*")
"""A name that a known_hosts line takes for nothing but itself."""


class HostKeyFileError(PacelineError):
    """Paceline's own known_hosts can not be read or written; a sentence."""


def names_of(name: str, addresses: Sequence[str], port: int, jump: str = "") -> tuple[str, ...]:
    """Under what a device is recorded: its addresses and its name, in lower case, with the port where it is not 22.

    Behind a jump host each gets `@jump`: equal addresses behind two of them are two devices.
    """
    bare = dict.fromkeys(f"{text}@{jump}".lower() if jump else text.lower() for text in (*addresses, name) if text)
    return tuple(text if port == DEFAULT_PORT else f"[{text}]:{port}" for text in bare)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file."""

    names: tuple[str, ...]
    key: RecordedKey

    def is_of(self, name: str) -> bool:
        """Whether `name` is one of its names, with or without the port, or behind whatever jump host."""
        wanted = name.lower()
        return any(wanted in (own, bare(own), bare(own).partition("@")[0]) for own in self.names)

    @property
    def line(self) -> str:
        """As it stands in the file."""
        marker = f"@{self.key.marker} " if self.key.marker else ""
        return f"{marker}{','.join(self.names)} {self.key.algorithm} {self.key.base64}\n"


def bare(name: str) -> str:
    """A recorded name without brackets and port."""
    return name[1:].rpartition("]:")[0] if name.startswith("[") and "]:" in name else name


def entry_for(name: str, addresses: Sequence[str], port: int, jump: str, key: RecordedKey) -> Entry:
    """The line for a device's key, without names that the format cannot write. Raises ValueError when none is left."""
    writable = [text for text in (*addresses, name) if _WRITABLE.fullmatch(text)]
    names = names_of("", writable, port, jump)
    if not names:
        raise ValueError(f"neither the name nor the address of {name} can stand in a known_hosts file")
    return Entry(names, key)


class OwnKnownHosts:
    """The file. Its methods block, on the disk and on other processes that write it: run them on a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[Entry]:
        """All lines that record something. Raises HostKeyFileError."""
        return [entry for line in self._text().splitlines() if (entry := _entry(line)) is not None]

    def append(self, entries: Sequence[Entry]) -> tuple[Stamp | None, Stamp | None, str]:
        """Record keys; returns the file's states before and after, and what was added. Raises HostKeyFileError."""
        with self._locked():
            before = self._stamp()
            text = "".join(entry.line for entry in entries)
            try:
                # The lock keeps other writers out; O_APPEND and one write keep the lines whole without it too.
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "r+b", buffering=0) as file:
                    size = file.seek(0, os.SEEK_END)
                    if size and os.pread(descriptor, 1, size - 1) != b"\n":
                        text = "\n" + text
                    try:
                        _write_all(descriptor, text.encode())
                        os.fsync(descriptor)
                    except OSError:
                        # Half a line would read as another key: a full disk must not leave one.
                        os.ftruncate(descriptor, size)
                        raise
            except OSError as error:
                raise self._failed("write", error) from error
            return before, self._stamp(), text

    def remove(self, is_wanted: Callable[[Entry], bool]) -> list[Entry]:
        """Drop the plain keys that are wanted gone, and return them; @revoked ones stay. Raises HostKeyFileError."""
        with self._locked():
            removed: list[Entry] = []
            kept: list[str] = []
            for line in self._text().splitlines(keepends=True):
                entry = _entry(line)
                if entry is not None and not entry.key.marker and is_wanted(entry):
                    removed.append(entry)
                else:
                    kept.append(line)
            if removed:
                self._replace("".join(kept))
            return removed

    def _text(self) -> str:
        if self._stamp() is None:
            return ""
        try:
            return self.path.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise self._failed("read", error) from error

    def _replace(self, text: str) -> None:
        try:
            descriptor, name = tempfile.mkstemp(prefix=".known_hosts-", dir=self.path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(text.encode("utf-8", "surrogateescape"))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._failed("write", error) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone with the file. The lock is a file of its own: `remove` puts a new one in the old one's place."""
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed("lock", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _stamp(self) -> Stamp | None:
        try:
            return stamp_of(self.path)
        except SessionError as error:
            raise HostKeyFileError(error.message) from error

    def _failed(self, doing: str, error: OSError) -> HostKeyFileError:
        return HostKeyFileError(f"cannot {doing} {self.path}: {(error.strerror or str(error)).lower()}")


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _entry(line: str) -> Entry | None:
    words = line.split()
    marker = words.pop(0)[1:] if words and words[0].startswith("@") else ""
    if len(words) < 3 or words[0].startswith("#"):
        return None
    return Entry(tuple(words[0].lower().split(",")), RecordedKey(words[1], words[2], marker))
