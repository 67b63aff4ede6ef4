"""One command's output on its way into a file."""

import hashlib
import os
from collections.abc import Callable

from paceline.store.kinds import OutputSummary, StoreError
from paceline.store.writer import Writer, sentence

SPILL_BYTES = 64 * 1024
"""What is kept in memory of an output that is being read; the rest is in the file already."""


class FileSink:
    """Collects an output and has it written as `NAME.part`, which becomes `NAME` when it is complete."""

    def __init__(self, folder: str, name: str, writer: Writer, make_folder: Callable[[str], None]) -> None:
        self._folder, self._path, self._part = folder, f"{folder}/{name}", f"{folder}/{name}.part"
        self._writer, self._make_folder = writer, make_folder
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._bytes = 0
        self._is_closed = False
        # Below: the writer thread's alone.
        self._hash = hashlib.sha256()
        self._descriptor: int | None = None
        self._error: StoreError | None = None

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
        self._writer.push(lambda: self._append_late(data))

    async def close(self) -> OutputSummary:
        """The file is complete and has its name. Raises StoreError, and then leaves the `.part`."""
        self._is_closed = True
        chunks, self._chunks = self._chunks, []
        size = self._bytes
        digest = await self._writer.submit(lambda: self._complete(chunks))
        return OutputSummary(size, digest)

    def _spill(self) -> None:
        chunks, self._chunks, self._buffered = self._chunks, [], 0
        self._writer.push(lambda: self._note_error(chunks))

    # -- on the writer thread -----------------------------------------------------------------------

    def _note_error(self, chunks: list[bytes]) -> None:
        try:
            self._write_out(chunks)
        except StoreError as error:
            self._error = self._error or error

    def _write_out(self, chunks: list[bytes]) -> None:
        try:
            if self._descriptor is None:
                self._make_folder(self._folder)
                self._descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            data = memoryview(b"".join(chunks))
            self._hash.update(data)
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise sentence(error, f"write the output {self._path}") from error

    def _complete(self, chunks: list[bytes]) -> str:
        try:
            if self._error is not None:
                raise self._error
            self._write_out(chunks)
        finally:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
        try:
            os.replace(self._part, self._path)  # noqa: PTH105 - a Path costs as much as the call
        except OSError as error:
            raise sentence(error, f"complete the output {self._path}") from error
        return self._hash.hexdigest()

    def _append_late(self, data: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)
