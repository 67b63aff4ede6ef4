"""The same engine on a loop and thread of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.engine.harness import JOB, make_devices, make_spec

from paceline.engine.contract import UnknownJobError
from paceline.engine.local import LocalEngine
from paceline.engine.threaded import ThreadedEngine
from paceline.model.control import Pause, Resume
from paceline.model.event import JobEvent, UnknownEvent
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.kinds import StoreError
from paceline.store.memory import MemoryJournal, MemoryOutputs
from paceline.store.outputs import Outputs
from paceline.store.writer import Writer


@asynccontextmanager
async def _engine(folder: Path) -> AsyncIterator[LocalEngine]:
    writer = Writer()
    journal = Journal(folder / "journal.sqlite", writer)
    sessions = ScriptedSessions(default=Script(command_s=0.05, output=b"up\n"))
    engine = LocalEngine(sessions, journal, Outputs(folder / "jobs", writer, now), now)
    try:
        yield engine
    finally:
        await engine.close()
        await writer.close()
        journal.close()


async def test_a_job_on_the_other_thread_is_followed_and_controlled_from_here(tmp_path: Path) -> None:
    engine = await ThreadedEngine(lambda: _engine(tmp_path)).open()
    await engine.start(make_spec(make_devices(20), pace={"batch_size": 5}), Secrets())
    await engine.control(JOB, Pause(by="me"))
    status = await engine.status(JOB)
    assert status.state.value == "paused"
    await engine.control(JOB, Resume())
    async for event in engine.follow(JOB, after=status.seq):
        status.apply(event)
    assert status.final_counts()["succeeded"] == 20
    whole = JobStatus()
    async for event in engine.follow(JOB):
        whole.apply(event)
    assert to_json(whole) == to_json(status)
    assert (await engine.output(JOB, "d1", 1)).data == b"up\n"
    assert [job.id for job in await engine.jobs()] == [JOB]
    with pytest.raises(UnknownJobError):
        await engine.status("20260101-0000-none-0000")
    await engine.close()


class CountingJournal(MemoryJournal):
    """Counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read(self, job: str, after: int = 0, limit: int = 1_000) -> list[JobEvent | UnknownEvent]:
        """As its parent."""
        self.reads += 1
        return await super().read(job, after, limit)


async def test_an_ended_job_is_folded_once_and_its_followers_cannot_spoil_it() -> None:
    journal, outputs = CountingJournal(), MemoryOutputs()

    @asynccontextmanager
    async def make() -> AsyncIterator[LocalEngine]:
        yield LocalEngine(ScriptedSessions(default=Script(command_s=0, output=b"up\n")), journal, outputs, now)

    async with make() as before:
        await before.start(make_spec(make_devices(3)), Secrets())
        await before.wait(JOB)
    engine = await ThreadedEngine(make).open()
    first = await engine.status(JOB)
    whole, reads = to_json(first), journal.reads
    assert reads > 0
    first.devices.clear()
    first.counts.clear()
    for index in (1, 1, 1):
        assert (await engine.output(JOB, "d2", index)).data == b"up\n"
    assert to_json(await engine.status(JOB)) == whole
    assert journal.reads == reads
    await engine.close()


async def test_leaving_a_follow_early_leaves_the_job_alone(tmp_path: Path) -> None:
    engine = await ThreadedEngine(lambda: _engine(tmp_path)).open()
    await engine.start(make_spec(make_devices(3)), Secrets())
    async for event in engine.follow(JOB):
        if event.seq == 2:
            break
    chunks = [chunk.text async for chunk in engine.watch(JOB, "d2")]
    assert set(chunks) <= {"up\n"}
    async for event in engine.follow(JOB, after=2):
        last = event
    assert last.type == "job_finished"
    await engine.close()


async def test_an_engine_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[LocalEngine]:
        await asyncio.sleep(0)
        raise StoreError("no place to write")
        yield

    engine = ThreadedEngine(broken)
    with pytest.raises(StoreError, match="no place to write"):
        await engine.open()
    await engine.close()
