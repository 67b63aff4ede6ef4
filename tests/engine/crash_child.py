"""A small job in a process that kills itself before or after its n-th commit. Run by test_crash.py."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.engine.harness import make_devices, make_spec

from paceline.engine.local import LocalEngine
from paceline.model import event as ev
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.outputs import Outputs
from paceline.store.writer import Writer


class KillingJournal(Journal):
    """Counts commits and dies at one of them."""

    def __init__(self, path: Path, writer: Writer, kill_at: int, *, is_after: bool) -> None:
        super().__init__(path, writer)
        self._commits, self._kill_at, self._is_after = 0, kill_at, is_after

    def commit(self, spec: JobSpec, events: Sequence[ev.JobEvent]) -> None:
        self._commits += 1
        if self._commits == self._kill_at and not self._is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit(spec, events)
        if self._commits == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def spec_of(*, read_only: bool) -> JobSpec:
    """Three devices, two commands, one device after the other."""
    return make_spec(
        make_devices(3), commands=("show version", "show clock"), pace={"batch_size": 1}, read_only=read_only
    )


def make_engine(folder: Path, writer: Writer, journal: Journal) -> LocalEngine:
    """An engine whose devices log every line they get to `received.log`, as soon as they get it."""

    class Logged(ScriptedSessions):
        def note(self, device: str, what: str) -> None:
            super().note(device, what)
            with (folder / "received.log").open("a") as log:
                log.write(f"{device} {what}\n")

    sessions = Logged(default=Script(command_s=0.03, output=b"a line\n"))
    return LocalEngine(sessions, journal, Outputs(folder / "jobs", writer, now), now)


async def main(folder: Path, kill_at: int, *, is_after: bool, read_only: bool) -> None:
    """Run the job; the process ends somewhere in it, or after it with exit code 0."""
    writer = Writer()
    journal = KillingJournal(folder / "journal.sqlite", writer, kill_at, is_after=is_after)
    engine = make_engine(folder, writer, journal)
    spec = spec_of(read_only=read_only)
    await engine.start(spec, Secrets())
    await engine.wait(spec.id)
    await writer.close()
    journal.close()


if __name__ == "__main__":
    _, where, number, when, kind = sys.argv
    asyncio.run(main(Path(where), int(number), is_after=when == "after", read_only=kind == "read_only"))
