"""What the store does when there is no more room: nothing behind a hole, nothing half-written."""

import asyncio
from pathlib import Path

import pytest
from tests.engine.harness import JOB, make_devices, make_spec

from paceline.engine.local import LocalEngine
from paceline.model import event as ev
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.kinds import StoreError
from paceline.store.outputs import Outputs
from paceline.store.reader import JournalReader
from paceline.store.transcript import Transcript
from paceline.store.writer import Writer

NO_ROOM = "PRAGMA max_page_count=1"
ROOM = "PRAGMA max_page_count=1000000"


async def test_after_a_group_that_was_lost_no_other_is_written(tmp_path: Path) -> None:
    writer = Writer()
    journal = Journal(tmp_path / "journal.sqlite", writer)
    failed: list[StoreError] = []
    events = journal.open(make_spec(make_devices(2)), lambda _: None, failed.append)
    big = "x" * 100_000
    events.append(ev.JobCreated(seq=1, at=now(), job=JOB, spec=make_spec(make_devices(2))), urgent=True)
    await writer.submit(lambda: journal._connection.execute(NO_ROOM))
    events.append(ev.JobPaused(seq=2, at=now(), job=JOB, why=big), urgent=True)
    await writer.submit(lambda: journal._connection.execute(ROOM))
    events.append(ev.JobPaused(seq=3, at=now(), job=JOB), urgent=True)
    await writer.close()
    await asyncio.sleep(0)
    journal.close()
    assert ["full" in str(error) for error in failed] == [True, True]
    reader = JournalReader(tmp_path / "journal.sqlite")
    assert [event.seq for event in reader.events(JOB)] == [1]
    reader.close()


async def test_a_job_that_cannot_stand_in_the_journal_leaves_no_folder(tmp_path: Path) -> None:
    writer = Writer()
    journal = Journal(tmp_path / "journal.sqlite", writer)
    journal._connection.execute(NO_ROOM)
    engine = LocalEngine(ScriptedSessions(default=Script()), journal, Outputs(tmp_path / "jobs", writer, now), now)
    with pytest.raises(StoreError, match="full"):
        await engine.start(make_spec(make_devices(200)), Secrets())
    await writer.close()
    journal.close()
    assert list((tmp_path / "jobs").iterdir()) == []


async def test_a_session_log_with_a_hole_breaks_its_job_and_no_other(tmp_path: Path) -> None:
    writer = Writer()
    folder = tmp_path / "d1"
    folder.write_text("in the way")
    log = Transcript(JOB, str(folder), writer, now, lambda path: Path(path).mkdir(exist_ok=True), 1)
    log.add(b"x" * 100_000)
    await writer.submit(folder.unlink)
    log.add(b"the rest")
    log.close()
    with pytest.raises(StoreError, match=r"cannot write the log .*/d1/session\.log"):
        await writer.submit(lambda: writer.raise_broken(JOB))
    await writer.submit(lambda: writer.raise_broken("another"))
    writer.mend(JOB)
    await writer.submit(lambda: writer.raise_broken(JOB))
    await writer.close()
    assert not folder.exists()


@pytest.mark.parametrize("size", [10, 200_000])
async def test_no_event_tells_of_an_output_that_could_not_be_kept(tmp_path: Path, size: int) -> None:
    writer = Writer()
    journal = Journal(tmp_path / "journal.sqlite", writer)
    sessions = ScriptedSessions(default=Script(command_s=0.01, output=b"x" * size))
    engine = LocalEngine(sessions, journal, Outputs(tmp_path / "jobs", writer, now), now)
    spec = make_spec(make_devices(1), commands=("show version", "show clock"))
    in_the_way = tmp_path / "jobs" / JOB / "d1" / "02-show-clock.txt"
    in_the_way.mkdir(parents=True)
    await engine.start(spec, Secrets())
    with pytest.raises(StoreError, match=r"cannot complete the output .*/02-show-clock\.txt: is a directory"):
        await engine.wait(spec.id)
    await writer.close()
    journal.close()
    reader = JournalReader(tmp_path / "journal.sqlite")
    events = reader.events(JOB, 0, 1_000)
    reader.close()
    ended = [event.index for event in events if isinstance(event, ev.CommandEnded)]
    assert ended in ([], [1])
    assert not any(isinstance(event, ev.AttemptEnded | ev.JobFinished) for event in events)
    assert in_the_way.with_name("02-show-clock.txt.part").read_bytes() == b"x" * size


async def test_a_job_whose_only_device_is_silent_ends_with_its_journal(tmp_path: Path) -> None:
    writer = Writer()
    journal = Journal(tmp_path / "journal.sqlite", writer)
    sessions = ScriptedSessions(default=Script(command_s=3_000))
    engine = LocalEngine(sessions, journal, Outputs(tmp_path / "jobs", writer, now), now)
    spec = make_spec(make_devices(1))
    await engine.start(spec, Secrets())
    async for event in engine.follow(spec.id):
        if event.type == "command_sent":
            break
    await writer.submit(lambda: journal._connection.execute(NO_ROOM))
    engine._running[spec.id].publisher.emit(ev.JobPaused, why="x" * 100_000)
    async with asyncio.timeout(5):
        with pytest.raises(StoreError, match="full"):
            await engine.wait(spec.id)
    await engine.close()
    await writer.close()
    journal.close()
