"""Devices that a running job holds: said before a start, because the second job waits for them."""

from collections.abc import Iterable
from pathlib import Path

from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.store.kinds import StoreError
from paceline.store.reader import JournalReader
from paceline.store.state_lock import is_interrupted, living_engine


def overlap_warnings(spec: JobSpec, state: Path) -> list[str]:
    """A sentence for each running job of the state folder that has devices of `spec` ahead of it.

    Reads the journal: for a thread. What cannot be read is said by the start itself.
    """
    try:
        return overlaps(spec, running_jobs(state))
    except StoreError:
        return []


def running_jobs(state: Path) -> list[JobStatus]:
    """The jobs that a living engine runs, in this process or another one, the oldest first. Raises StoreError."""
    holder = living_engine(state)
    if holder is None:
        return []
    reader = JournalReader(state / "journal.sqlite")
    try:
        found = [job for job, seq in sorted(reader.unfinished().items()) if not is_interrupted(job, seq, holder)]
        return [status for status in map(reader.status, found) if not status.state.is_final]
    finally:
        reader.close()


def overlaps(spec: JobSpec, running: Iterable[JobStatus]) -> list[str]:
    """The sentences. A box counts once, whatever the two jobs call it; what the running job is done with does not."""
    wanted = {target.device.lock_key for target in spec.targets}
    return [
        f"{count} of these devices {'is' if count == 1 else 'are'} in job {status.id}, which is {status.state.value}: "
        f"{'it waits' if count == 1 else 'they wait'} until it is done with {'it' if count == 1 else 'them'}"
        for status in running
        if (count := len(wanted & _held(status)))
    ]


def _held(status: JobStatus) -> set[tuple[str, int, str]]:
    """What the job may still open a session with."""
    if status.spec is None:
        return set()
    devices = status.devices
    return {t.device.lock_key for t in status.spec.targets if not devices[t.device.name].state.is_final}
