"""kill -9 at every commit of a small job: what the journal says is true, and the job can be taken up again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.engine.crash_child import make_engine, spec_of

from paceline.model.secret import Secrets
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.store.journal import Journal
from paceline.store.names import output_file
from paceline.store.reader import JournalReader
from paceline.store.writer import Writer

ROOT = Path(__file__).parents[2]
MOST_COMMITS = 60


def _run_child(folder: Path, kill_at: int, when: str, kind: str) -> int:
    folder.mkdir()
    return subprocess.run(
        [sys.executable, "-m", "tests.engine.crash_child", str(folder), str(kill_at), when, kind],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(ROOT)])},
        check=False,
        timeout=60,
    ).returncode


def _fold(folder: Path, job: str) -> JobStatus:
    reader = JournalReader(folder / "journal.sqlite")
    try:
        return reader.status(job)
    finally:
        reader.close()


def _check_truth(folder: Path, status: JobStatus, *, read_only: bool) -> None:
    """Every output that the journal has as ended is on disk and whole; nothing was sent that it does not know."""
    for device in status.devices.values():
        for index, command in enumerate(device.commands or (), 1):
            if command.state is CommandState.SUCCEEDED:
                path = folder / "jobs" / status.id / device.name / output_file(index, command.text, device.attempt)
                assert path.read_bytes() == b"a line\n"
    log = folder / "received.log"
    received = set(log.read_text().splitlines()) if log.exists() else set()
    if not read_only:
        for device in status.devices.values():
            known = {f"{device.name} {command.text}" for command in device.commands or () if command.state != "pending"}
            sent = {line for line in received if line.startswith(f"{device.name} show")}
            assert sent <= known


async def _take_up(folder: Path, job: str) -> JobStatus:
    writer = Writer()
    journal = Journal(folder / "journal.sqlite", writer)
    engine = make_engine(folder, writer, journal)
    await engine.recover(job, Secrets())
    await engine.wait(job)
    await writer.close()
    journal.close()
    return _fold(folder, job)


@pytest.mark.parametrize("kind", ["read_only", "changing"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_commit_loses_nothing_and_repeats_nothing(tmp_path: Path, when: str, kind: str) -> None:
    is_read_only = kind == "read_only"
    job = spec_of(read_only=is_read_only).id
    for kill_at in range(1, MOST_COMMITS):
        folder = tmp_path / str(kill_at)
        code = _run_child(folder, kill_at, when, kind)
        status = _fold(folder, job)
        if status.seq == 0:
            assert (kill_at, when) == (1, "before")
            continue
        _check_truth(folder, status, read_only=is_read_only)
        if status.state.is_final:
            assert status.final_counts()["succeeded"] == 3
            if code == 0:
                return
            continue
        assert code == -signal.SIGKILL
        done_before = {d.name for d in status.devices.values() if d.state is DeviceState.SUCCEEDED}
        ended = asyncio.run(_take_up(folder, job))
        assert ended.state is JobState.FINISHED
        counts = Counter(device.state for device in ended.devices.values())
        received = Counter((folder / "received.log").read_text().splitlines())
        if is_read_only:
            assert counts == {DeviceState.SUCCEEDED: 3}
        else:
            assert counts[DeviceState.SUCCEEDED] + counts[DeviceState.UNKNOWN] == 3
            assert all(count == 1 for line, count in received.items() if " show " in line), "a line went out twice"
        assert all(received[f"{name} show version"] == 1 for name in done_before)
    raise AssertionError("the job never came to its end")
