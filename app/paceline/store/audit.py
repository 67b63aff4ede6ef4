"""The audit log on disk: one JSON line per entry, only ever appended to, for its operator alone."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from paceline.model.audit import AuditEntry, audited
from paceline.model.event import JobEvent
from paceline.model.job import JobSpec
from paceline.store.writer import sentence

NAME = "audit.jsonl"


class AuditLog:
    """Appends. Opened for each group, so that the file may be moved away (logrotate) while Paceline runs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, spec: JobSpec, events: Sequence[JobEvent]) -> None:
        """What these events of a job come to. Raises StoreError."""
        self.append([entry for event in events for entry in audited(spec, event)])

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Add entries, in one write. Raises StoreError."""
        if not entries:
            return
        data = "".join(f"{entry.line()}\n" for entry in entries).encode()
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._path, flags, 0o600)
            try:
                self._write(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise sentence(error, f"write the audit log {self._path}") from error

    def _write(self, descriptor: int, data: bytes) -> None:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            # A line that a full disk or a power cut tore stays for itself.
            data = b"\n" + data
        while data:
            data = data[os.write(descriptor, data) :]


def read_audit(path: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each line as it stands, with what it says; None for one that was torn. Raises OSError."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if text := line.strip():
                yield text, _parsed(text)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("what"), str) else None
