"""Outputs as plain text: a folder per job, a folder per device in it, a file per command."""

import csv
import io
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from paceline.model.job import JobSpec
from paceline.model.output import OutputPage
from paceline.model.time import Now
from paceline.store.kinds import StoreError
from paceline.store.names import device_folder, output_file
from paceline.store.sink import MEMORY_BYTES, FileSink
from paceline.store.transcript import Transcript
from paceline.store.writer import Writer, sentence


class Outputs:
    """Writes below `root` (`<state folder>/jobs`), folders 0700 and files 0600, on the writer thread.

    Memory holds at most `memory_bytes` of one output.
    """

    def __init__(self, root: Path, writer: Writer, now: Now, memory_bytes: int = MEMORY_BYTES) -> None:
        self._root, self._writer, self._now, self._memory_bytes = root, writer, now, memory_bytes
        self._transcripts: dict[tuple[str, str, int], Transcript] = {}
        self._made: set[str] = set()
        self._folders: dict[tuple[str, str], str] = {}

    async def begin(self, spec: JobSpec) -> None:
        """Make the job's folder with its frozen spec, and point `latest` at it. Raises StoreError."""
        await self._writer.submit(lambda: self._begin(spec))

    async def discard(self, job: str) -> None:
        """Remove the folder of a job that could not start. Raises StoreError."""
        await self._writer.submit(lambda: self._discard(job))

    def sink(self, job: str, device: str, attempt: int, index: int, command: str) -> FileSink:
        """A fresh output."""
        folder = self._folder(job, device)
        name = output_file(index, command, attempt)
        return FileSink(job, folder, name, self._writer, self._make_folder, self._memory_bytes)

    def transcript(self, job: str, device: str, attempt: int, data: bytes) -> None:
        """Append to the device's session.log."""
        key = (job, device, attempt)
        log = self._transcripts.get(key)
        if log is None:
            folder = self._folder(job, device)
            log = self._transcripts[key] = Transcript(job, folder, self._writer, self._now, self._make_folder, attempt)
        log.add(data)

    async def attempt_closed(self, job: str, device: str, attempt: int) -> None:
        """No more comes from this attempt: what is buffered of its log is written before all that comes later."""
        log = self._transcripts.pop((job, device, attempt), None)
        if log is not None:
            log.close()

    async def finish(self, spec: JobSpec, rows: Sequence[dict[str, str]]) -> None:
        """Write the job's summary, one row per device. Raises StoreError."""
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]) if rows else ["device"], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        path = self._root / spec.id / "summary.csv"
        await self._writer.submit(lambda: _replace(path, text.getvalue().encode()))
        # Nothing more of it is written: a service that runs for months must not keep the paths of all its jobs.
        self._folders = {key: folder for key, folder in self._folders.items() if key[0] != spec.id}
        await self._writer.submit(lambda: self._forget_made(spec.id))

    async def page(
        self, job: str, device: str, index: int, command: str, attempt: int, offset: int, limit: int
    ) -> OutputPage:
        """A window on a stored output, also on one that is still written. Raises StoreError."""
        path = self._root / job / device_folder(device) / output_file(index, command, attempt)
        return await self._writer.submit(lambda: read_page(path, offset, limit))

    # Plain strings from here on: a job of 1,000 devices asks for thousands of paths.
    def _folder(self, job: str, device: str) -> str:
        folder = self._folders.get((job, device))
        if folder is None:
            folder = self._folders[job, device] = f"{self._root}/{job}/{device_folder(device)}"
        return folder

    def _make_folder(self, folder: str) -> None:
        if folder not in self._made:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made.add(folder)

    def _forget_made(self, job: str) -> None:
        self._made = {folder for folder in self._made if not folder.startswith(f"{self._root}/{job}/")}

    def _begin(self, spec: JobSpec) -> None:
        folder = self._root / spec.id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(folder / "job.json", (spec.model_dump_json(indent=1) + "\n").encode())
            _link_latest(self._root, spec.id)
        except OSError as error:
            raise sentence(error, f"make the job's folder {folder}") from error

    def _discard(self, job: str) -> None:
        remove(self._root, job)
        latest = self._root / "latest"
        if latest.is_symlink() and latest.readlink() == Path(job):
            latest.unlink()


def read_page(path: Path, offset: int, limit: int) -> OutputPage:
    """A window on an output file, or on its `.part` while it is written. Raises StoreError."""
    for candidate, is_complete in ((path, True), (path.with_name(path.name + ".part"), False)):
        try:
            with candidate.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(offset)
                return OutputPage(file.read(limit), offset, size, is_complete)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise sentence(error, f"read the output {candidate}") from error
    raise StoreError(f"there is no output {path.name} in {path.parent}")


def remove(root: Path, job: str) -> None:
    """Delete a job's folder; one that is gone already is fine. Raises StoreError."""
    try:
        shutil.rmtree(root / job)
    except FileNotFoundError:
        return
    except OSError as error:
        raise sentence(error, f"delete {root / job}") from error


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise sentence(error, f"write {path}") from error


def _link_latest(root: Path, job: str) -> None:
    fresh = root / f".latest-{job}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(job)
    fresh.replace(root / "latest")
