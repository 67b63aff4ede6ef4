"""What the simulated devices saw: one JSON object a line, on disk before the device answers."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TextIO

from paceline.model.time import Now

Kind = Literal["connection", "login", "line", "closed"]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing a device saw. Never holds a password."""

    at: str
    """ISO 8601, UTC."""
    device: str
    connection: int
    """Number of the TCP connection, from 1 over the whole fleet."""
    kind: Kind
    detail: str = ""
    """connection: the client's address; login: the way it was tried; line: the line, as it was received;
    closed: the name of the error it ended with, empty for a clean end."""
    user: str = ""
    """login only."""
    accepted: bool | None = None
    """login only."""


class ServerLog:
    """Writes entries, each flushed at once."""

    def __init__(self, path: Path, now: Now) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._now = now
        self._connections = 0

    def number(self) -> int:
        """The number of a new connection."""
        self._connections += 1
        return self._connections

    def write(
        self,
        device: str,
        connection: int,
        kind: Kind,
        detail: str = "",
        *,
        user: str = "",
        accepted: bool | None = None,
    ) -> None:
        """Append one entry."""
        entry = LogEntry(self._now().isoformat(), device, connection, kind, detail, user, accepted)
        self._file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """No more entries."""
        self._file.close()


def read_log(path: Path) -> list[LogEntry]:
    """Every whole entry of a fleet's log so far; a line still being written is left for the next call."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [LogEntry(**json.loads(line)) for line in lines if line.endswith("\n")]
