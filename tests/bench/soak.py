"""Twenty rounds of 2,000 scripted devices in one process, then twenty jobs at once: `make soak`, one JSON document.

Exit code 1 when memory or open files after the last round are more than 5 % above those after the fifth, or when a
device has not come to exactly one final state. Everything but the network is real: engine, journal and outputs on disk.
"""

import asyncio
import gc
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from paceline.engine.local import LocalEngine
from paceline.engine.logins import LoginLimits
from paceline.engine.loop import run_gathering
from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Command, Credential, Gates, JobSpec, Pace, Retries, Target
from paceline.model.platform import Platform
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.outputs import Outputs
from paceline.store.writer import Writer

ROUNDS, SETTLED, DEVICES = 20, 5, 2_000
AT_ONCE, DEVICES_EACH = 20, 100
GROWTH = 1.05
UNREACHABLE_EVERY = 16
COMMANDS = ("show version", "show interface brief", "show clock")
OUTPUT = b"a line of some forty characters, as many\r\n" * 50


class QuietSessions(ScriptedSessions):
    """Scripted sessions without their log, which would grow with every device."""

    def note(self, device: str, what: str) -> None:
        """Keep nothing."""


@asynccontextmanager
async def scripted_engine(
    folder: Path, gone: Iterable[int] = (), *, command_s: float = 0, limits: LoginLimits | None = None
) -> AsyncIterator[LocalEngine]:
    """An engine that writes to disk, over devices that answer at once; those of the numbers `gone` are unreachable."""
    lost = Script(failures={0: FailureKind.CONNECT_TIMEOUT})
    sessions = QuietSessions({device_name(n): lost for n in gone}, Script(command_s=command_s, output=OUTPUT))
    writer = Writer()
    journal = Journal(folder / "journal.sqlite", writer)
    limits = limits or LoginLimits(connects_per_second=1_000, logins=1_000, burst=DEVICES)
    engine = LocalEngine(sessions, journal, Outputs(folder / "jobs", writer, now), now, limits)
    try:
        yield engine
    finally:
        await engine.close()
        await writer.close()
        journal.close()


def device_name(number: int) -> str:
    """What the inventory calls it."""
    return f"r{number:05d}"


def scripted_spec(number: int, first: int, count: int) -> JobSpec:
    """A job over `count` devices from the `first` on, read-only, with no gate that these could close."""
    devices = (
        Device(name=device_name(n), address=f"10.9.{n // 250}.{n % 250 + 1}") for n in range(first, first + count)
    )
    return JobSpec(
        id=f"20260105-2200-soak-{number:04d}",
        name="soak",
        created_at=now(),
        pace=Pace(batch_size=200, mode="rolling", connects_per_second=1_000, logins=1_000),
        gates=Gates(max_unreachable=0),
        retries=Retries(attempts=1, sweep=False),
        command_sets=(tuple(Command(command=text) for text in COMMANDS),),
        credentials={"default": Credential(username="netops", key_file="key")},
        platforms={"generic": Platform(name="generic", prompt=r"(?P<host>\S+)[>#]\s*$")},
        targets=tuple(Target(device=device) for device in devices),
    )


async def run_job(engine: LocalEngine, spec: JobSpec, gone: Container[int] = ()) -> list[str]:
    """Run one job with a viewer; what is wrong with how it ended."""
    await engine.start(spec, Secrets())
    ends: Counter[str] = Counter()
    seen = JobStatus()
    async for event in engine.follow(spec.id):
        ends.update(_ended(event))
        seen.apply(event)
    # The viewer's fold, and the one of the journal on disk.
    kept = await engine.status(spec.id)
    unreachable = len([target for target in spec.targets if int(target.device.name[1:]) in gone])
    expected = {"succeeded": len(spec.targets) - unreachable, "unreachable": unreachable}
    return [*_faults(expected, seen, ends), *_faults(expected, kept, ends)]


def _ended(event: Any) -> tuple[str, ...]:
    return (event.device,) if event.type == "attempt_ended" else ()


def _faults(expected: Mapping[str, int], status: JobStatus, ends: Mapping[str, int]) -> list[str]:
    job = status.spec.id if status.spec else ""
    counts = {state: count for state, count in status.final_counts().items() if count}
    faults = []
    if counts != {state: count for state, count in expected.items() if count}:
        faults.append(f"{job}: expected {expected}, got {counts}")
    faults += [f"{job}: {name} ended {ends[name]} times" for name in status.devices if ends[name] != 1]
    return faults + [
        f"{job}: {name} is {each.state}" for name, each in status.devices.items() if not each.state.is_final
    ]


def footprint() -> dict[str, int]:
    """Resident memory in kB and open files of this process."""
    gc.collect()
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    rss_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return {"rss_kb": rss_kb, "open_files": len(open_files())}


def open_files() -> list[str]:
    """What the descriptors of this process stand for; the one that lists them is among them."""
    return sorted(str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())


async def soak(folder: Path) -> dict[str, Any]:
    """All rounds, then all jobs at once, in one engine."""
    faults: list[str] = []
    rounds: list[dict[str, int]] = []
    files: list[Counter[str]] = []
    gone = range(0, DEVICES, UNREACHABLE_EVERY)
    async with scripted_engine(folder, gone) as engine:
        begin = time.perf_counter()
        for number in range(1, ROUNDS + 1):
            faults += await run_job(engine, scripted_spec(number, 0, DEVICES), gone)
            rounds.append(footprint())
            files.append(Counter(open_files()))
            print(f"round {number}: {rounds[-1]}", file=sys.stderr)
        specs = [scripted_spec(ROUNDS + 1 + index, index * DEVICES_EACH, DEVICES_EACH) for index in range(AT_ONCE)]
        for found in await asyncio.gather(*(run_job(engine, spec, gone) for spec in specs)):
            faults += found
        seconds = time.perf_counter() - begin
        print(f"{AT_ONCE} jobs at once: {footprint()}", file=sys.stderr)
    growth = {key: round(rounds[-1][key] / rounds[SETTLED - 1][key], 4) for key in rounds[0]}
    faults += [f"{key} grew to {share} of round {SETTLED}" for key, share in growth.items() if share > GROWTH]
    return {
        "passes": not faults,
        "growth": growth,
        "seconds": round(seconds, 1),
        "rounds": rounds,
        "files_more": sorted((files[-1] - files[SETTLED - 1]).elements()),
        "faults": faults[:20],
    }


def main() -> int:
    """Print what was found; the exit code."""
    with tempfile.TemporaryDirectory(prefix="paceline-soak-") as folder:
        found = run_gathering(soak(Path(folder)))
        print(json.dumps(found, indent=2))
    return 0 if found["passes"] else 1


if __name__ == "__main__":
    sys.exit(main())
