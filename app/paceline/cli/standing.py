"""How the jobs of a state folder stand: a job's row knows only its beginning and its end."""

from dataclasses import replace
from pathlib import Path

from paceline.model.states import INTERRUPTED
from paceline.model.window_words import begins
from paceline.store.kinds import JobSummary
from paceline.store.reader import JournalReader
from paceline.store.state_lock import Holder, is_interrupted, living_engine


def jobs_as_they_stand(reader: JournalReader, state: Path) -> list[JobSummary]:
    """All jobs, the newest first, those of other living processes included. Raises StoreError."""
    # Looked at before and after: an engine that ends or begins in between is no reason to call a job interrupted.
    holder = living_engine(state)
    jobs = reader.jobs()
    holder = holder or living_engine(state)
    return [_as_it_stands(job, reader, holder) for job in jobs]


def _as_it_stands(job: JobSummary, reader: JournalReader, holder: Holder | None) -> JobSummary:
    """The line of a job that has not ended, from its events."""
    if job.finished_at:
        return job
    status = reader.status(job.id)
    state = INTERRUPTED if is_interrupted(job.id, job.last_seq, holder) else status.state.value
    counts = {kind.value: count for kind, count in status.counts.items() if count}
    return replace(job, state=state, counts=counts, begins=begins(status, None))
