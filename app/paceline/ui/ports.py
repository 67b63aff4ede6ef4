"""What the screens are handed: folders, settings, the clock, the engine, and the library of what is kept."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from paceline.config.paths import Paths
from paceline.config.themes import Themes
from paceline.engine.contract import Engine, JobId
from paceline.engine.ports import AnyEvent, JobSummary
from paceline.model.audit import AuditEntry
from paceline.model.job import JobSpec
from paceline.model.output import OutputPage
from paceline.model.settings import Settings
from paceline.model.status import JobStatus
from paceline.model.time import Now
from paceline.plan.durations import DeviceTimes, Durations
from paceline.report.calibration import Calibration


class Library(Protocol):
    """Jobs that are kept, read only: it works whether or not an engine runs. Raises StoreError, UnknownJobError."""

    async def jobs(self) -> list[JobSummary]:
        """All jobs as they stand, the newest first; `interrupted` is the state of one that no engine runs."""
        ...

    async def calibration(self) -> Calibration:
        """How good the forecasts of the latest jobs were."""
        ...

    async def status(self, job: JobId) -> JobStatus:
        """What a job came to."""
        ...

    async def spec(self, job: JobId) -> JobSpec:
        """A job as it was frozen; quicker than its status."""
        ...

    async def device_events(self, job: JobId, device: str) -> list[AnyEvent]:
        """All that happened to one device, and the job's interruptions; see `model/attempts.py`."""
        ...

    async def output(
        self, job: JobId, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on one stored output; the latest attempt when `attempt` is None."""
        ...

    async def session_log(self, job: JobId, device: str, offset: int = 0, limit: int = 1_000_000) -> OutputPage:
        """A window on all that a device said."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What the screens begin with."""

    preset: str = ""
    """Name or path of the preset that is loaded; empty: the first of the operator's own, else the first shipped."""
    inventory: str = ""
    """Wins over the preset's and the settings' inventory."""
    where: str = ""
    """Wins over the preset's selection."""
    changes: dict[str, object] = field(default_factory=dict)
    """Parts of the preset that are replaced (the demo's shorter waits)."""
    job: JobId = ""
    """A job to show in Monitor, live where it runs."""


async def _none() -> frozenset[JobId]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the screens know of the world."""

    paths: Paths
    settings: Settings
    themes: Themes
    now: Now
    library: Library
    open_engine: Callable[[], Awaitable[Engine]]
    """The engine of this state folder; the same one at every call. Raises StoreError when another process has it."""
    expect: Callable[[JobSpec], DeviceTimes]
    """How long each device of a job will take, from history where there is any."""
    note: Callable[[AuditEntry], None]
    """Adds to the audit log, on a thread. Raises StoreError: what was to be noted must not be done then."""
    durations: Callable[[], Durations] = Durations
    """What is known of durations now, for a job that is still being put together. Asked on a thread."""
    find_running: Callable[[], Awaitable[frozenset[JobId]]] = _none
    """Jobs that run in the engine of this state folder, also those that others started. Starts none."""
    jobs_outlive_us: bool = False
    """Whether jobs go on when the screens are left: their engine is a service."""
    operator: str = ""
    """Who sits where: `alice@jump01`."""
    opening: Opening = field(default_factory=Opening)
    notices: tuple[str, ...] = ()
    """Sentences to show at the start: a broken theme, a key that means nothing."""
