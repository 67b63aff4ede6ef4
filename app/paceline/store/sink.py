"""One command's output on its way into a file."""

import hashlib
import os
from collections.abc import Callable

from paceline.store.kinds import OutputSummary, StoreError
from paceline.store.writer import Writer, sentence

SPILL_BYTES = 64 * 1024
"""Bytes after which an output that is being read is handed to the writer thread."""

MEMORY_BYTES = 8_000_000
"""What memory may hold of one output, its way to a slow disk included; no more is read from the device meanwhile."""


class FileSink:
    """Collects an output and has it written as `NAME.part`, which becomes `NAME` when it is complete."""

    def __init__(
        self,
        job: str,
        folder: str,
        name: str,
        writer: Writer,
        make_folder: Callable[[str], None],
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._job, self._folder = job, folder
        self._path, self._part = f"{folder}/{name}", f"{folder}/{name}.part"
        self._writer, self._make_folder, self._memory_bytes = writer, make_folder, memory_bytes
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._is_closed = False
        # Below: the writer thread's alone.
        self._descriptor: int | None = None
        self._error: StoreError | None = None
        self._written = 0
        """Read by the loop, where a value of a moment ago does as well."""

    @property
    def is_behind(self) -> bool:
        """Whether memory holds as much of it as it may."""
        return self._waiting >= self._memory_bytes

    @property
    def _waiting(self) -> int:
        return self._bytes - self._written

    def write(self, data: bytes) -> None:
        """More of it; spilled to the file while reading."""
        self._chunks.append(data)
        self._buffered += len(data)
        self._bytes += len(data)
        if self._buffered >= SPILL_BYTES:
            self._spill()

    def late(self, data: bytes) -> None:
        """Append to the complete file: bytes that belong to it and came after its end."""
        if not self._is_closed:
            self.write(data)
            return
        self._writer.push(self._job, lambda: self._append_late(data))

    async def close(self) -> OutputSummary:
        """No more comes. The file is complete and has its name before anything of its job that is written later.

        One that cannot be written keeps its `.part`, and breaks the job: see `Writer.push`.
        """
        self._is_closed = True
        data = self._take()
        self._writer.push(self._job, lambda: self._complete(data))
        return OutputSummary(self._bytes, self._hash.hexdigest(), self._memory_bytes)

    def _spill(self) -> None:
        data = self._take()
        self._writer.push(self._job, lambda: self._write_or_note(data), soon=self._waiting >= self._memory_bytes // 2)

    def _take(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks, self._buffered = [], 0
        self._hash.update(data)
        return data

    # -- on the writer thread -----------------------------------------------------------------------

    def _write_or_note(self, data: bytes) -> None:
        """After an error nothing is written behind the hole."""
        try:
            if self._error is None:
                self._write_out(data)
        except StoreError as error:
            self._error = error
            raise
        finally:
            self._written += len(data)

    def _write_out(self, whole: bytes) -> None:
        try:
            if self._descriptor is None:
                self._make_folder(self._folder)
                self._descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            data = memoryview(whole)
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise sentence(error, f"write the output {self._path}") from error

    def _complete(self, data: bytes) -> None:
        try:
            if self._error is not None:
                raise self._error
            self._write_out(data)
        finally:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
        try:
            os.replace(self._part, self._path)  # noqa: PTH105 - a Path costs as much as the call
        except OSError as error:
            raise sentence(error, f"complete the output {self._path}") from error

    def _append_late(self, data: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)
