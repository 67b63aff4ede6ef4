"""What the routes are handed by the daemon."""

from typing import Protocol

from paceline.engine.contract import Engine
from paceline.launch.order import JobOrder, Ordered
from paceline.service.viewers import Viewers
from paceline.service.wire import ServiceStatus


class Host(Protocol):
    """The process that serves."""

    @property
    def engine(self) -> Engine:
        """What runs the jobs."""
        ...

    @property
    def viewers(self) -> Viewers:
        """Who follows them."""
        ...

    def take_order(self, order: JobOrder) -> Ordered:
        """Resolve and freeze. Called on a thread. Raises OrderError."""
        ...

    def find_job(self, job: str) -> str:
        """The id that `job` names: an id, its unique beginning, or `last`. Raises UnknownJobError, ValueError."""
        ...

    def is_interrupted(self, job: str, seq: int) -> bool:
        """Whether a job that has not ended, and stands at `seq`, runs in no engine."""
        ...

    def describe(self) -> ServiceStatus:
        """What it does."""
        ...

    def stop(self, *, interrupt: bool) -> None:
        """End soon. Raises ControlError while jobs run, unless they are to be interrupted."""
        ...

    def note_request(self) -> None:
        """Somebody is there."""
        ...
