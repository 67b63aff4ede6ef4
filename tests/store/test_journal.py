"""The journal and the outputs on a real file system."""

import asyncio
import hashlib
import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.engine.harness import JOB, make_devices, make_spec

from paceline.engine.local import LocalEngine
from paceline.model import event as ev
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.status_json import to_json
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.kinds import StoreError
from paceline.store.names import device_folder, output_file
from paceline.store.outputs import Outputs, read_page
from paceline.store.pruning import prune_jobs
from paceline.store.reader import JournalReader
from paceline.store.state_lock import StateLock
from paceline.store.writer import Writer


async def _run(folder: Path, spec: JobSpec, script: Script) -> None:
    writer = Writer()
    journal = Journal(folder / "journal.sqlite", writer)
    engine = LocalEngine(ScriptedSessions(default=script), journal, Outputs(folder / "jobs", writer, now), now)
    await engine.start(spec, Secrets())
    await engine.wait(spec.id)
    await writer.close()
    journal.close()


@pytest.mark.parametrize(("read_only", "level"), [(True, 1), (False, 2)], ids=["NORMAL", "FULL"])
async def test_a_commit_of_a_job_that_may_change_devices_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, read_only: bool, level: int
) -> None:
    levels: dict[str, set[int]] = {}
    insert = Journal._insert

    def noted(self: Journal, spec: JobSpec, events: Sequence[ev.JobEvent]) -> None:
        found = self._connection.execute("PRAGMA synchronous").fetchone()[0]
        levels.setdefault(spec.id, set()).add(found)
        insert(self, spec, events)

    monkeypatch.setattr(Journal, "_insert", noted)
    other = make_spec(make_devices(1), job="20260105-2200-test-0002", read_only=not read_only)
    spec = make_spec(make_devices(2), read_only=read_only)
    writer = Writer()
    journal = Journal(tmp_path / "journal.sqlite", writer)
    engine = LocalEngine(
        ScriptedSessions(default=Script(command_s=0.01)), journal, Outputs(tmp_path / "jobs", writer, now), now
    )
    # Both share the connection, and each commit has its own job's level.
    await asyncio.gather(*(engine.start(each, Secrets()) for each in (spec, other)))
    await asyncio.gather(*(engine.wait(each.id) for each in (spec, other)))
    await writer.close()
    journal.close()
    assert levels == {spec.id: {level}, other.id: {3 - level}}


async def test_a_job_is_kept_whole(tmp_path: Path) -> None:
    spec = make_spec(make_devices(5), commands=("show version", "show clock"), pace={"batch_size": 5})
    await _run(tmp_path, spec, Script(command_s=0.01, output=b"x" * 200_000))
    reader = JournalReader(tmp_path / "journal.sqlite")
    status = reader.status(JOB)
    assert [event.seq for event in reader.events(JOB, 0, 10_000)] == list(range(1, status.seq + 1))
    assert status.final_counts()["succeeded"] == 5
    (summary,) = reader.jobs()
    assert (summary.id, summary.state, summary.counts["succeeded"]) == (JOB, "finished", 5)
    assert reader.find("last") == reader.find(JOB[:6]) == [JOB]
    assert len(reader.durations("generic", "show clock")) == 5
    ended = [event for event in reader.events(JOB, 0, 10_000) if event.type == "command_ended"]
    digest = hashlib.sha256(b"x" * 200_000).hexdigest()
    assert {(event.bytes, event.sha256) for event in ended} == {(200_000, digest)}  # type: ignore[union-attr]
    assert to_json(status)["totals"]["commands"] == {"total": 10, "ended": 10}
    reader.close()
    folder = tmp_path / "jobs" / JOB
    assert (folder / "d3" / "02-show-clock.txt").read_bytes() == b"x" * 200_000
    assert (tmp_path / "jobs" / "latest").resolve() == folder
    assert len((folder / "summary.csv").read_text().splitlines()) == 6
    assert JobSpec.model_validate_json((folder / "job.json").read_text()) == spec
    assert not list(folder.rglob("*.part"))
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "d1")} == {0o700}


def test_a_reader_finds_nothing_where_nothing_was_kept(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal.sqlite")
    assert reader.jobs() == []
    assert reader.find("last") == []
    assert reader.status("nope").seq == 0


def test_a_journal_of_a_later_format_is_refused_by_name(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(StoreError, match=r"journal\.sqlite has format 99, this Paceline reads format 3"):
        JournalReader(tmp_path / "journal.sqlite").jobs()


def test_a_file_that_is_no_database_is_told_by_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("not a database, just some text that is long enough" * 20)
    with pytest.raises(StoreError, match=r"cannot .* the journal"):
        JournalReader(tmp_path / "journal.sqlite").jobs()


async def test_late_bytes_are_appended_to_the_output_they_belong_to(tmp_path: Path) -> None:
    writer = Writer()
    sink = Outputs(tmp_path, writer, now).sink(JOB, "d1", 1, 1, "show log")
    sink.write(b"first\n")
    summary = await sink.close()
    sink.late(b"late\n")
    await writer.close()
    assert summary.bytes == 6
    page = read_page(tmp_path / JOB / "d1" / "01-show-log.txt", 0, 100)
    assert page.data == b"first\nlate\n"


async def test_an_output_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    writer = Writer()
    outputs = Outputs(tmp_path, writer, now)
    sink = outputs.sink(JOB, "d1", 1, 1, "show log")
    sink.write(b"y" * 100_000)
    page = await outputs.page(JOB, "d1", 1, "show log", 1, 99_990, 1_000)
    assert (page.data, page.size, page.is_complete) == (b"y" * 10, 100_000, False)
    await sink.close()
    page = await outputs.page(JOB, "d1", 1, "show log", 1, 0, 10)
    assert page.is_complete
    with pytest.raises(StoreError, match="there is no output"):
        await outputs.page(JOB, "d1", 2, "show clock", 1, 0, 10)
    await writer.close()


async def test_the_session_log_has_every_line_with_its_time(tmp_path: Path) -> None:
    writer = Writer()
    outputs = Outputs(tmp_path, writer, now)
    for piece in (b"banner\r\nd1#", b"show version\r\n", b"up\r\nd1#"):
        outputs.transcript(JOB, "d1", 1, piece)
    await outputs.attempt_closed(JOB, "d1", 1)
    await writer.close()
    lines = (tmp_path / JOB / "d1" / "session.log").read_text().splitlines()
    assert lines[0] == "--- attempt 1"
    assert [line.split("Z ", 1)[1] for line in lines[1:]] == ["banner", "d1#show version", "up", "d1#"]


@pytest.mark.parametrize("name", ["BER-r1", "a/b", "..", ".", "x" * 300, "köln", "a b"])
def test_no_two_devices_share_a_folder(name: str) -> None:
    folder = device_folder(name)
    assert folder != device_folder(name.lower() + "x")
    assert len(folder.encode()) <= 120
    assert "~" in folder
    assert "/" not in folder
    assert folder not in (".", "..")


def test_plain_names_stay_as_they_are() -> None:
    assert device_folder("deu-r6") == "deu-r6"
    assert output_file(2, "show ip ospf | include Full", 1) == "02-show-ip-ospf-include-full.txt"
    assert output_file(2, "show version", 3) == "02-show-version.3.txt"
    assert output_file(1, "???", 1) == "01-command.txt"


def test_a_second_engine_is_told_who_holds_the_state_folder(tmp_path: Path) -> None:
    first, second = StateLock(tmp_path), StateLock(tmp_path)
    first.acquire()
    with pytest.raises(StoreError, match=rf"is in use by process {os.getpid()} on "):
        second.acquire()
    assert json.loads(first.path.read_text())["pid"] == os.getpid()
    first.release()
    second.acquire()
    second.release()


async def test_old_jobs_go_with_their_folders_and_running_ones_stay(tmp_path: Path) -> None:
    jobs = [f"20260105-220{n}-test-000{n}" for n in range(1, 4)]
    for job in jobs:
        await _run(
            tmp_path, make_spec(make_devices(1), job=job).model_copy(update={"created_at": now()}), Script(command_s=0)
        )
    assert prune_jobs(tmp_path, 0, 0, now()) == []
    assert prune_jobs(tmp_path, 0, 1, now()) == []
    assert prune_jobs(tmp_path, 2, 0, now()) == [jobs[0]]
    reader = JournalReader(tmp_path / "journal.sqlite")
    assert [job.id for job in reader.jobs()] == [jobs[2], jobs[1]]
    assert reader.events(jobs[0]) == []
    reader.close()
    assert not (tmp_path / "jobs" / jobs[0]).exists()
    assert (tmp_path / "jobs" / jobs[1]).exists()


def test_a_journal_that_a_full_disk_left_without_tables_has_no_jobs(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch()
    reader = JournalReader(path)
    assert reader.jobs() == []
    assert reader.unfinished() == {}
    reader.close()
