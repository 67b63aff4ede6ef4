"""The job that JOB names on a command line: an id, its unique beginning, or `last`."""

import contextlib
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from paceline.cli.engine_room import journal_path
from paceline.config.paths import Paths, find_paths
from paceline.model.errors import PacelineError
from paceline.model.status import JobStatus
from paceline.store.reader import JournalReader


class JobsError(PacelineError):
    """A job, device or output that is not there; a sentence."""


@contextlib.contextmanager
def journal_of(paths: Paths) -> Iterator[JournalReader]:
    """The journal, to read."""
    reader = JournalReader(journal_path(paths.state))
    try:
        yield reader
    finally:
        reader.close()


def find_status(reader: JournalReader, job: str) -> JobStatus:
    """The one job that `job` names. Raises JobsError for none and for several."""
    found = reader.find(job)
    if not found:
        raise JobsError(f"there is no job {job!r}; `paceline jobs list` shows them all")
    if len(found) > 1:
        raise JobsError(f"{job!r} is the beginning of {len(found)} jobs: {', '.join(found[:4])}; write more of it")
    return reader.status(found[0])


def complete_jobs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of jobs, the newest first, and `last`."""
    with contextlib.suppress(PacelineError), journal_of(find_paths()) as reader:
        items = [CompletionItem(job.id, help=job.state) for job in reader.jobs()]
        return [item for item in [CompletionItem("last"), *items] if item.value.startswith(incomplete)]
    return []


def complete_devices(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the devices of the job that stands before."""
    with contextlib.suppress(PacelineError), journal_of(find_paths()) as reader:
        devices = find_status(reader, context.params["job"]).devices.values()
        return [CompletionItem(d.name, help=d.state.value) for d in devices if d.name.startswith(incomplete)]
    return []
