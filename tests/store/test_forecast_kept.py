"""What was foreseen at the start is kept with the job, beside what it took; journals of format 1 get it too."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine.harness import JOB, make_devices, make_spec
from tests.virtual_loop import EPOCH

from paceline.cli.engine_room import HistoryForecaster
from paceline.engine.local import LocalEngine
from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.states import CommandState, JobState
from paceline.model.status_json import to_json
from paceline.model.time import now
from paceline.plan.durations import COMMAND_S, ENOUGH
from paceline.session.base import CommandResult
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store import journal as journal_module
from paceline.store.journal import Journal
from paceline.store.kinds import StoreError
from paceline.store.memory import MemoryJournal, MemoryOutputs
from paceline.store.reader import JournalReader
from paceline.store.writer import Writer

FORMAT_1 = """
CREATE TABLE job (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, spec TEXT NOT NULL, continues TEXT NOT NULL,
  state TEXT NOT NULL, counts TEXT NOT NULL, finished_at TEXT NOT NULL DEFAULT '', last_seq INTEGER NOT NULL
) STRICT;
CREATE TABLE event (
  job TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, device TEXT, body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE duration (
  platform TEXT NOT NULL, command TEXT NOT NULL, device TEXT NOT NULL, at TEXT NOT NULL, seconds REAL NOT NULL
) STRICT;
CREATE INDEX duration_by_command ON duration (platform, command, at);
PRAGMA user_version=1;
"""


async def _run(path: Path, spec: JobSpec, script: Script | None = None) -> None:
    writer = Writer()
    journal = Journal(path, writer)
    sessions = ScriptedSessions(default=script or Script(command_s=0.01))
    engine = LocalEngine(sessions, journal, MemoryOutputs(), now, forecaster=HistoryForecaster(path))
    await engine.start(spec, Secrets())
    await engine.wait(spec.id)
    await writer.close()
    journal.close()


def _as_format_1(new: Path, old: Path) -> None:
    """The same jobs as the first release kept them."""
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(FORMAT_1)
        connection.execute("ATTACH DATABASE ? AS new", (str(new),))
        connection.execute(
            "INSERT INTO job SELECT id, name, created_at, body, continues, state, counts, finished_at, last_seq"
            " FROM new.job JOIN new.spec ON spec.job = job.id"
        )
        connection.execute("INSERT INTO event SELECT * FROM new.event")
        connection.execute("INSERT INTO duration SELECT * FROM new.duration")
        connection.commit()


async def _bring_up_to_date(path: Path) -> None:
    writer = Writer()
    Journal(path, writer).close()
    await writer.close()


async def test_the_list_has_forecast_and_truth_of_each_job(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    await _run(path, make_spec(make_devices(4), pace={"batch_size": 2}))
    reader = JournalReader(path)
    (job,) = reader.jobs()
    events = reader.events(JOB)
    first = next(event for event in events if isinstance(event, ev.ForecastMade))
    status = reader.status(JOB)
    reader.close()
    assert job.forecast == status.first_forecast
    assert job.forecast is not None
    assert (job.forecast.likely, job.forecast.nine_in_ten) == (first.likely, first.nine_in_ten)
    assert (job.forecast.basis, job.forecast.held_by) == ("defaults", "the batch barrier")
    assert job.forecast_s is not None
    assert job.nine_in_ten_s is not None
    assert job.nine_in_ten_s > job.forecast_s > 2 * COMMAND_S
    assert status.started_at is not None
    assert status.finished_at is not None
    assert job.took_s == (status.finished_at - status.started_at).total_seconds()
    assert (job.devices, job.pace) == (4, make_spec(make_devices(4), pace={"batch_size": 2}).pace)


async def test_later_forecasts_do_not_hide_the_first() -> None:
    spec = make_spec(make_devices(2))
    journal = MemoryJournal()
    kept = journal.events[JOB] = [
        ev.JobCreated(seq=1, at=EPOCH, job=JOB, spec=spec),
        ev.JobStarted(seq=2, at=EPOCH, job=JOB),
    ]
    for seq, hours in ((3, 2), (4, 3)):
        likely, late = EPOCH + timedelta(hours=hours), EPOCH + timedelta(hours=hours + 1)
        kept.append(
            ev.ForecastMade(seq=seq, at=EPOCH, job=JOB, likely=likely, nine_in_ten=late, held_by="the rate limit")
        )
    (summary,) = await journal.jobs()
    assert (summary.forecast_s, summary.nine_in_ten_s, summary.took_s) == (7_200, 10_800, None)


async def test_a_journal_of_the_first_format_is_read_as_it_is_and_brought_up_to_date(tmp_path: Path) -> None:
    new, old = tmp_path / "new.sqlite", tmp_path / "old.sqlite"
    other = "20260106-2200-test-0002"
    await _run(new, make_spec(make_devices(3)))
    await _run(new, make_spec(make_devices(2), job=other))
    _as_format_1(new, old)
    before, expected = JournalReader(old), JournalReader(new)
    listed = before.jobs()
    assert [(job.id, job.state, job.counts, job.last_seq) for job in listed] == [
        (job.id, job.state, job.counts, job.last_seq) for job in expected.jobs()
    ]
    assert {job.forecast for job in listed} == {None}
    assert to_json(before.status(JOB)) == to_json(expected.status(JOB))
    await _bring_up_to_date(old)
    # The reader that was open before sees the new tables.
    assert before.jobs() == expected.jobs()
    assert [before.summary(job) for job in (JOB, other, "none")] == [
        expected.summary(job) for job in (JOB, other, "none")
    ]
    assert to_json(before.status(other)) == to_json(expected.status(other))
    assert before.durations("generic", "show version") == expected.durations("generic", "show version")
    before.close()
    expected.close()
    with closing(sqlite3.connect(old)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        assert tables == {"job", "spec", "event", "duration"}
    await _run(old, make_spec(make_devices(1), job="20260107-2200-test-0003"))


async def test_a_journal_that_cannot_be_brought_up_to_date_stays_as_it_is(tmp_path: Path) -> None:
    new, old = tmp_path / "new.sqlite", tmp_path / "old.sqlite"
    await _run(new, make_spec(make_devices(3)))
    _as_format_1(new, old)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(
            "INSERT INTO job SELECT 'odd', name, created_at, 'torn {', '', state, counts, '', 1 FROM job"
        )
        connection.commit()
    with pytest.raises(StoreError, match="job odd is kept in no readable form"):
        await _bring_up_to_date(old)
    reader = JournalReader(old)
    assert {job.id for job in reader.jobs()} == {"odd", JOB}
    assert reader.status(JOB).state is JobState.FINISHED
    reader.close()


async def test_history_counts_what_succeeded_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    commands = ("show version", "show nonsense")
    rejected = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid")
    script = Script(command_s=0.01, results={"show nonsense": rejected})
    forecaster = HistoryForecaster(path)
    assert forecaster.durations().device("generic", commands).basis == "defaults"
    await _run(path, make_spec(make_devices(ENOUGH), commands=commands), script)
    durations = forecaster.durations()
    assert durations.command("generic", "show version").basis == "history"
    assert durations.command("generic", "show version").median_s < 1
    assert durations.command("generic", "show nonsense").median_s == COMMAND_S
    assert durations.command("linux", "show version").basis == "defaults"
    assert durations.device("generic", commands).basis == "history and defaults"
    await _run(path, make_spec(make_devices(2), job="20260106-2200-test-0002"))
    reader = JournalReader(path)
    summary = reader.summary("20260106-2200-test-0002")
    reader.close()
    assert summary is not None
    assert summary.forecast is not None
    assert summary.forecast.basis == "history"


async def test_the_newest_durations_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "KEPT_DURATIONS", 6)
    path = tmp_path / "journal.sqlite"
    for run in (1, 2, 3):
        await _run(path, make_spec(make_devices(4), pace={"batch_size": 1}, job=f"20260106-2200-test-000{run}"))
    with closing(sqlite3.connect(path)) as connection:
        devices = [row[0] for row in connection.execute("SELECT device FROM duration WHERE command <> '' ORDER BY at")]
    assert devices == ["d3", "d4", "d1", "d2", "d3", "d4"]


async def test_a_journal_of_format_2_learns_which_jobs_only_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    await _run(path, make_spec(make_devices(1)))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("ALTER TABLE job DROP COLUMN read_only; PRAGMA user_version=2;")
    reader = JournalReader(path)
    # As it is, because an engine of the release before may hold it, and brought up to date.
    assert [job.read_only for job in reader.jobs()] == [True]
    await _bring_up_to_date(path)
    await _run(path, make_spec(make_devices(2), read_only=False, job=JOB[:-4] + "ffff"))
    assert [(job.id == JOB, job.read_only) for job in reader.jobs()] == [(False, False), (True, True)]
    reader.close()
