"""The words of the store: what it answers with, and how it fails."""

from dataclasses import dataclass

from paceline.model.errors import PacelineError


class StoreError(PacelineError):
    """What is kept can not be written or read; a sentence that names the place and the cause."""


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One line of the list of jobs."""

    id: str
    name: str
    created_at: str
    """ISO 8601, UTC."""
    state: str
    counts: dict[str, int]
    """Devices by final state, as of the job's last commit."""
    continues: str = ""
    finished_at: str = ""
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class OutputSummary:
    """A stored output: bytes in all, their SHA-256, and whether what was kept in memory is less."""

    bytes: int
    sha256: str
    truncated: bool = False
