"""A job whose process was killed is told from one that runs, on every face."""

import asyncio
import csv
import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.desk import Desk, serving

from paceline.cli.library import StoreLibrary
from paceline.demo.fleet import Fleet
from paceline.model.status import JobStatus
from paceline.store.kinds import StoreError
from paceline.store.reader import JournalReader
from paceline.store.state_lock import StateLock, is_interrupted, living_engine

ALL = ("--where", "*")


@pytest.fixture(scope="module")
def human_fleet() -> Iterator[Fleet]:
    """Six routers that take their time, but less than a second for a command."""
    with serving(devices=6, latency=0.5, faults=False) as fleet:
        yield fleet


@pytest.fixture
def human_desk(
    tmp_path: Path, human_fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    return Desk(tmp_path, human_fleet, monkeypatch, capsys)


@contextmanager
def running(desk: Desk, *, ended: int = 1) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A job of one device after the other that has ended some, and its id; its process is killed at the end."""
    name = desk.preset("slow", ["show version"], pace={"batch_size": 1}, timeouts={})
    with desk.popen("run", name, *ALL, "--json", "--yes", stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        job = ""
        for line in process.stdout:
            event = json.loads(line)
            job = event["job"]
            ended -= event["type"] == "attempt_ended"
            if ended <= 0 and event["type"] == "command_sent":
                break
        try:
            yield process, job
        finally:
            process.kill()


def killed(desk: Desk) -> str:
    """The id of a job that was killed while its second device ran."""
    with running(desk) as (process, job):
        process.send_signal(signal.SIGKILL)
    return job


def fold(desk: Desk, job: str) -> JobStatus:
    reader = JournalReader(desk.state / "journal.sqlite")
    try:
        return reader.status(job)
    finally:
        reader.close()


def test_a_running_job_is_listed_as_running_with_its_counts(human_desk: Desk) -> None:
    with running(human_desk) as (process, job):
        (row,) = [json.loads(line) for line in human_desk("jobs", "list", "--json").lines]
        assert row["state"] == "running"
        (seen,) = asyncio.run(StoreLibrary(human_desk.state).jobs())
        assert seen.state == "running", "the screens see what the list sees"
        assert row["counts"]["succeeded"] >= 1
        assert sum(row["counts"].values()) == 6
        assert human_desk("jobs", "show", "last").lines[0] == f"{job}  RUNNING"
        done = human_desk("jobs", "resume", job)
        assert done.code == 2
        assert f"job {job} is running in process {process.pid} on " in done.err


def test_a_killed_job_is_interrupted_on_every_face(human_desk: Desk) -> None:
    job = killed(human_desk)
    expected = {state.value: count for state, count in fold(human_desk, job).counts.items() if count}
    (line,) = human_desk("jobs", "list").lines
    assert line.startswith(f"{job}  interrupted   4 pending, 1 running, 1 succeeded  forecast ")
    (row,) = [json.loads(line) for line in human_desk("jobs", "list", "--json").lines]
    assert (row["state"], row["counts"], row["finished_at"]) == ("interrupted", expected, None)
    (seen,) = asyncio.run(StoreLibrary(human_desk.state).jobs())
    assert (seen.state, seen.counts) == ("interrupted", expected)
    said = f"the process that ran it has ended; go on with `paceline jobs resume {job}`"
    shown = human_desk("jobs", "show", "last").lines
    assert shown[0] == f"{job}  INTERRUPTED  {said}"
    assert sum("was running" in line for line in shown) == 1
    status = json.loads(human_desk("jobs", "show", "last", "--json").out)
    assert (status["state"], status["why"], status["now"]) == ("interrupted", said, [])
    assert json.loads(human_desk("jobs", "export", "last", "--format", "json").out)["state"] == "interrupted"
    assert len(list(csv.DictReader(human_desk("jobs", "export", "last", "--format", "csv").lines))) == 6


def test_an_interrupted_job_is_not_taken_for_one_of_the_engine_that_lives_now(human_desk: Desk) -> None:
    first = killed(human_desk)
    with running(human_desk, ended=0) as (_, second):
        states = {row["id"]: row["state"] for row in map(json.loads, human_desk("jobs", "list", "--json").lines)}
        assert states == {first: "interrupted", second: "running"}
        done = human_desk("jobs", "resume", first)
        assert done.code == 2
        assert "is in use by process" in done.err


def test_a_second_run_is_told_who_runs_and_disturbs_nothing(human_desk: Desk) -> None:
    with running(human_desk, ended=0) as (process, job):
        second = human_desk.process("run", human_desk.preset("other"), *ALL, "--yes")
        assert second.code == 2
        assert f"is in use by process {process.pid} on " in second.err
        assert "set XDG_STATE_HOME to use another folder" in second.err
        away = {"XDG_STATE_HOME": str(human_desk.root / "other")}
        assert human_desk.process("run", "other", *ALL, "--yes", environment=away).code == 0
        assert process.stdout is not None
        last = json.loads(process.stdout.read().splitlines()[-1])
        assert (last["job"], last["counts"]["succeeded"]) == (job, 6)
    rows = [json.loads(line) for line in human_desk("jobs", "list", "--json").lines]
    assert [row["id"] for row in rows] == [job]


def test_a_resumed_job_runs_and_then_has_ended(human_desk: Desk) -> None:
    job = killed(human_desk)
    with human_desk.popen("jobs", "resume", job, "--json") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["type"] == "job_interrupted"
        for line in process.stdout:
            if json.loads(line)["type"] == "attempt_started":
                break
        assert human_desk("jobs", "show", job).lines[0] == f"{job}  RUNNING"
        rest = process.communicate(timeout=60)[0]
        assert process.returncode == 0
    assert json.loads(rest.splitlines()[-1])["counts"]["succeeded"] == 6
    (line,) = human_desk("jobs", "list").lines
    assert line.startswith(f"{job}  finished      6 succeeded  forecast ")
    assert ", took " in line


def test_a_look_at_the_lock_keeps_no_engine_out(desk: Desk) -> None:
    assert living_engine(desk.state) is None
    lock = StateLock(desk.state)
    lock.acquire()
    lock.record({"a": 3})
    holder = living_engine(desk.state)
    assert holder is not None
    assert holder.pid == os.getpid()
    assert is_interrupted("a", 3, holder)
    assert not is_interrupted("a", 4, holder)
    assert not is_interrupted("b", 1, holder)
    with pytest.raises(StoreError, match=f"in use by process {os.getpid()} on "):
        StateLock(desk.state).acquire()
    lock.release()
    assert living_engine(desk.state) is None
    # The lock file stays behind, and its words with it.
    assert is_interrupted("b", 1, living_engine(desk.state))


def test_one_who_looks_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = StateLock(desk.state)
    lock.acquire()
    lock.release()
    looking = (desk.state / "engine.lock").open()
    fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    monkeypatch.setattr("paceline.store.state_lock.time.sleep", lambda _: looking.close())
    lock.acquire()
    assert living_engine(desk.state) is not None
    lock.release()
