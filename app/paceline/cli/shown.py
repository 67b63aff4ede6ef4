"""What devices printed, on its way out: secrets masked, safe for a terminal, and each look behind the masks noted."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from paceline.cli.engines import operator_name
from paceline.model.audit import secrets_shown
from paceline.model.masking import Masker
from paceline.model.text import without_controls
from paceline.model.time import now
from paceline.store.audit import NAME, AuditLog


def note_secrets_shown(state: Path, job: str, device: str, view: str) -> None:
    """Note in the audit log that secrets are about to be shown. Raises StoreError: then they must not be."""
    AuditLog(state / NAME).append([secrets_shown(now(), operator_name(), job, device, view)])


def write_output(chunks: Iterable[bytes], *, shows_secrets: bool) -> None:
    """A text of a device to standard output: its exact bytes but for secrets; on a terminal nothing that steers it."""
    given = chunks if shows_secrets else _masked(chunks)
    if sys.stdout.isatty():
        given = _cleaned(_whole_lines(given))
    sys.stdout.flush()
    for chunk in given:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def write_table(pieces: Iterable[str]) -> None:
    """A document to standard output; on a terminal without what steers it."""
    is_terminal = sys.stdout.isatty()
    for piece in pieces:
        sys.stdout.write(without_controls(piece) if is_terminal else piece)


def _masked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    masker = Masker()
    for chunk in chunks:
        yield masker.feed(chunk)
    yield masker.finish()


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A control sequence may lie across two chunks, and hardly ever across two lines."""
    held = b""
    for chunk in chunks:
        lines, end, held = (held + chunk).rpartition(b"\n")
        yield lines + end
    yield held


def _cleaned(chunks: Iterable[bytes]) -> Iterator[bytes]:
    encoding = sys.stdout.encoding or "utf-8"
    for chunk in chunks:
        yield without_controls(chunk.decode("utf-8", "replace")).encode(encoding, "replace")
