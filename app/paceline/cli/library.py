"""What is kept, for the screens: jobs and outputs read from the state folder, whether or not an engine runs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from paceline.cli.engine_room import journal_path
from paceline.cli.standing import jobs_as_they_stand
from paceline.engine.contract import UnknownJobError
from paceline.engine.ports import AnyEvent
from paceline.model.job import JobSpec
from paceline.model.output import OutputPage
from paceline.model.status import JobStatus
from paceline.report.calibration import Calibration, Grade, calibrate, grades_of
from paceline.store.kinds import JobSummary
from paceline.store.names import device_folder, output_file
from paceline.store.outputs import read_page
from paceline.store.reader import JournalReader

T = TypeVar("T")

GRADED = 50
"""Jobs whose forecasts History sums up."""


class StoreLibrary:
    """Implements `Library` over a state folder. Reading happens beside the loop that draws."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._grades: dict[str, Grade | None] = {}
        self._frozen: JobSpec | None = None
        """The job asked for last: it never changes, and a large one takes a while to read."""

    async def jobs(self) -> list[JobSummary]:
        """All jobs as they stand, the newest first: a job of another living process is no interrupted one.

        Raises StoreError.
        """
        return await self._read(lambda reader: jobs_as_they_stand(reader, self._state))

    async def calibration(self) -> Calibration:
        """How good the forecasts of the latest jobs were. Raises StoreError."""
        return calibrate(await self._read(lambda reader: grades_of(reader, GRADED, self._grades)))

    async def status(self, job: str) -> JobStatus:
        """What a job came to. Raises StoreError, UnknownJobError."""
        status = await self._read(lambda reader: reader.status(job))
        if not status.seq:
            raise UnknownJobError(job)
        return status

    async def spec(self, job: str) -> JobSpec:
        """A job as it was frozen. Raises StoreError, UnknownJobError."""
        if self._frozen is None or self._frozen.id != job:
            self._frozen = await self._read(lambda reader: reader.spec(job))
        if self._frozen is None:
            raise UnknownJobError(job)
        return self._frozen

    async def device_events(self, job: str, device: str) -> list[AnyEvent]:
        """All that happened to one device. Raises StoreError."""
        return await self._read(lambda reader: reader.device_events(job, device))

    async def output(
        self, job: str, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on one stored output. Raises StoreError, UnknownJobError, ValueError."""
        spec = await self.spec(job)
        if device not in spec.targets_by_name:
            raise UnknownJobError(f"{job} with device {device}")
        commands = spec.commands_of(spec.targets_by_name[device])
        if not 1 <= index <= len(commands):
            raise ValueError(f"{device} has commands 1 to {len(commands)}, not {index}")
        # A status is a fold over all events of a job: only who does not know the attempt pays for it.
        number = attempt or max(1, (await self.status(job)).devices[device].attempt)
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
