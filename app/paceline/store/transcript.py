"""A device's session.log: everything it said, each line with the time it came."""

import os
from collections.abc import Callable
from datetime import datetime

from paceline.model.time import Now
from paceline.store.kinds import StoreError
from paceline.store.writer import Writer, sentence

FLUSH_BYTES = 64 * 1024


class Transcript:
    """Buffers what one attempt's session says and appends it to the log on the writer thread."""

    def __init__(
        self, job: str, folder: str, writer: Writer, now: Now, make_folder: Callable[[str], None], attempt: int
    ) -> None:
        self._job, self._folder, self._path = job, folder, f"{folder}/session.log"
        self._writer, self._now, self._make_folder = writer, now, make_folder
        self._attempt = attempt
        self._chunks: list[tuple[datetime, bytes]] = []
        self._buffered = 0
        # Below: the writer thread's alone.
        self._error: StoreError | None = None
        self._is_begun = False
        self._at_line_start = True

    def add(self, data: bytes) -> None:
        """What the device said just now."""
        self._chunks.append((self._now(), data))
        self._buffered += len(data)
        if self._buffered >= FLUSH_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the rest. A log that cannot be written breaks its job: see `Writer.push`."""
        self._flush()

    def _flush(self) -> None:
        chunks, self._chunks, self._buffered = self._chunks, [], 0
        self._writer.push(self._job, lambda: self._append_or_note(chunks))

    # -- on the writer thread -----------------------------------------------------------------------

    def _append_or_note(self, chunks: list[tuple[datetime, bytes]]) -> None:
        """After an error nothing is appended behind the hole."""
        try:
            if self._error is None:
                self._append(chunks)
        except StoreError as error:
            self._error = error
            raise

    def _append(self, chunks: list[tuple[datetime, bytes]]) -> None:
        text = memoryview(self._stamped(chunks))
        try:
            self._make_folder(self._folder)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                while text:
                    text = text[os.write(descriptor, text) :]
            finally:
                os.close(descriptor)
        except OSError as error:
            raise sentence(error, f"write the log {self._path}") from error

    def _stamped(self, chunks: list[tuple[datetime, bytes]]) -> bytes:
        out = bytearray()
        if not self._is_begun:
            self._is_begun = True
            out += f"--- attempt {self._attempt}\n".encode()
        for at, data in chunks:
            stamp = at.isoformat(timespec="milliseconds")[:23].encode() + b"Z "
            body = data.replace(b"\r\n", b"\n").replace(b"\r", b"")
            ends_line = body.endswith(b"\n")
            lines = (body[:-1] if ends_line else body).replace(b"\n", b"\n" + stamp)
            out += (stamp if self._at_line_start else b"") + lines + (b"\n" if ends_line else b"")
            self._at_line_start = ends_line
        return bytes(out)
