"""Which job a command means, and how it stands: shared by all that take a JOB."""

import contextlib
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from paceline.cli.engine_room import journal_path
from paceline.config.paths import Paths, find_paths
from paceline.model.errors import PacelineError
from paceline.model.status import JobStatus
from paceline.store.reader import JournalReader
from paceline.store.state_lock import Holder, is_interrupted, living_engine


class JobsError(PacelineError):
    """A job, device or output that is not there; a sentence."""


@contextlib.contextmanager
def open_reader(paths: Paths) -> Iterator[JournalReader]:
    """The journal of a state folder, for reading. Raises StoreError."""
    reader = JournalReader(journal_path(paths.state))
    try:
        yield reader
    finally:
        reader.close()


def complete_jobs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of jobs, the newest first, and `last`."""
    with contextlib.suppress(PacelineError), open_reader(find_paths()) as reader:
        items = [CompletionItem(job.id, help=job.state) for job in reader.jobs()]
        return [item for item in [CompletionItem("last"), *items] if item.value.startswith(incomplete)]
    return []


def complete_devices(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the devices of the job that stands before."""
    with contextlib.suppress(PacelineError), open_reader(find_paths()) as reader:
        devices = status_of(reader, context.params["job"]).devices.values()
        return [CompletionItem(d.name, help=d.state.value) for d in devices if d.name.startswith(incomplete)]
    return []


def status_of(reader: JournalReader, job: str) -> JobStatus:
    """The one job that `job` names: an id, its unique beginning, or `last`."""
    found = reader.find(job)
    if not found:
        raise JobsError(f"there is no job {job!r}; `paceline jobs list` shows them all")
    if len(found) > 1:
        raise JobsError(f"{job!r} is the beginning of {len(found)} jobs: {', '.join(found[:4])}; write more of it")
    return reader.status(found[0])


def standing_of(reader: JournalReader, job: str, paths: Paths) -> tuple[JobStatus, Holder | None, bool]:
    """The job, the living engine, and whether the job has to be taken up because its own engine died."""
    # Looked at before and after: an engine that ends or begins in between is no reason to call a job interrupted.
    holder = living_engine(paths.state)
    status = status_of(reader, job)
    holder = holder or living_engine(paths.state)
    return status, holder, not status.state.is_final and is_interrupted(status.id, status.seq, holder)
