"""Row: attaching to a job of 10,000 devices and three commands: its status, folded from the journal."""

import asyncio
import json
import sys
from functools import partial
from itertools import islice
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.probe import best_seconds, probe

REPEATS, GROUP = 3, 5_000


def measure(folder: Path) -> list[Figure]:
    """Seconds from a closed journal to the whole status; and how long copying a live one holds up the engine."""
    found = probe("attach", folder)
    return [Figure("attach to 10,000 devices x 3 commands", "s", found["seconds"], 2, 0.7, details=found)]


async def write_journal(path: Path) -> str:
    """Write the whole life of a large job; its id."""
    from tests.bench.large_job import large_spec, life_of

    from paceline.store.journal import Journal
    from paceline.store.writer import Writer

    writer = Writer()
    journal = Journal(path, writer)
    spec = large_spec()
    events = life_of(spec)
    while group := list(islice(events, GROUP)):
        await journal.submit(partial(journal.commit, spec, group))
    await writer.close()
    journal.close()
    return spec.id


def run(folder: Path) -> dict[str, float]:
    """Write the journal, then time its reader."""
    from paceline.store.reader import JournalReader

    path = folder / "journal.sqlite"
    job = asyncio.run(write_journal(path))

    def attach() -> int:
        reader = JournalReader(path)
        status = reader.status(job)
        reader.close()
        assert status.ended == status.total
        return status.seq

    seconds = best_seconds(REPEATS, attach)
    copies = {f"copy_{share}_percent_ms": 1000 * copy_seconds(share) for share in (0, 50, 99)}
    return {"seconds": seconds, "events": attach(), **copies}


def copy_seconds(share: int) -> float:
    """Seconds to copy a live status when that share of its events has happened: what attaching to a live job costs."""
    from tests.bench.large_job import large_spec, life_of

    from paceline.model.status import JobStatus

    status = JobStatus()
    for event in islice(life_of(large_spec()), 2 + share * 1_000):
        status.apply(event)
    return best_seconds(REPEATS, status.copy)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
