"""What is kept, for the screens: jobs and outputs read from the state folder, whether or not an engine runs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from paceline.cli.engine_room import journal_path
from paceline.engine.contract import UnknownJobError
from paceline.model.output import OutputPage
from paceline.model.status import JobStatus
from paceline.store.kinds import JobSummary
from paceline.store.names import device_folder, output_file
from paceline.store.outputs import read_page
from paceline.store.reader import JournalReader

T = TypeVar("T")


class StoreLibrary:
    """Implements `Library` over a state folder. Reading happens beside the loop that draws."""

    def __init__(self, state: Path) -> None:
        self._state = state

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first. Raises StoreError."""
        return await self._read(lambda reader: reader.jobs())

    async def status(self, job: str) -> JobStatus:
        """What a job came to. Raises StoreError, UnknownJobError."""
        status = await self._read(lambda reader: reader.status(job))
        if not status.seq:
            raise UnknownJobError(job)
        return status

    async def output(
        self, job: str, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on one stored output. Raises StoreError, UnknownJobError, ValueError."""
        status = await self.status(job)
        if status.spec is None or device not in status.devices:
            raise UnknownJobError(f"{job} with device {device}")
        commands = status.spec.commands_of(status.spec.targets_by_name[device])
        if not 1 <= index <= len(commands):
            raise ValueError(f"{device} has commands 1 to {len(commands)}, not {index}")
        number = attempt or max(1, status.devices[device].attempt)
        name = output_file(index, commands[index - 1].command, number)
        return await asyncio.to_thread(read_page, self._folder(job, device) / name, offset, limit)

    async def session_log(self, job: str, device: str, offset: int = 0, limit: int = 1_000_000) -> OutputPage:
        """A window on all that a device said. Raises StoreError."""
        return await asyncio.to_thread(read_page, self._folder(job, device) / "session.log", offset, limit)

    def _folder(self, job: str, device: str) -> Path:
        return self._state / "jobs" / job / device_folder(device)

    async def _read(self, ask: Callable[[JournalReader], T]) -> T:
        def read() -> T:
            # A connection belongs to one thread: open it where it is used.
            reader = JournalReader(journal_path(self._state))
            try:
                return ask(reader)
            finally:
                reader.close()

        return await asyncio.to_thread(read)
