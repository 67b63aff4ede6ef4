"""Row: what a job leaves in the journal on disk, per device."""

import json
import sys
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.probe import probe

DEVICES = 1_000


def measure(folder: Path) -> list[Figure]:
    """Bytes of the closed journal, over the devices of a job with three commands that all succeed."""
    found = probe("journal", folder)
    # 4,903 measured: eleven events a device and the durations of its commands. The bound leaves them a third more.
    return [Figure("journal of 1,000 devices x 3 commands", "B per device", found["per_device"], 6_500, 5_000)]


async def run(folder: Path) -> float:
    """Run the job on disk; bytes of journal per device."""
    from tests.bench.soak import run_job, scripted_engine, scripted_spec

    async with scripted_engine(folder) as engine:
        if faults := await run_job(engine, scripted_spec(1, 0, DEVICES)):
            sys.exit(faults[0])
    return size_of(folder) / DEVICES


def size_of(folder: Path) -> int:
    """Bytes of the journal's files."""
    return sum(path.stat().st_size for path in folder.glob("journal.sqlite*"))


if __name__ == "__main__":
    from paceline.engine.loop import run_gathering

    print(json.dumps({"per_device": run_gathering(run(Path(sys.argv[1])))}))
