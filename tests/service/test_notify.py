"""The operator's command, run for real: what it reads, when, and that no job minds what it does."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from tests.service.conftest import Home

JOBS = "/api/automation/jobs"


def told(folder: Path, count: int) -> list[dict[str, Any]]:
    """What the command has read, as soon as it ran `count` times."""
    deadline = time.monotonic() + 30
    while len(found := sorted(folder.glob("*.json"))) < count:
        assert time.monotonic() < deadline, "the command was not run"
        os.sched_yield()
    return sorted((json.loads(file.read_text()) for file in found), key=lambda one: int(one["job"]["seq"]))


def command(home: Home) -> tuple[str, Path]:
    """A command that keeps what it reads, whole, and complains."""
    folder = home.root / "told"
    folder.mkdir()
    script = home.write(
        home.root / "tell",
        f"#!/bin/sh\ncd {folder} && cat > $$.part && mv $$.part $$.json && echo to the log\n",
    )
    script.chmod(0o700)
    return str(script), folder


def test_a_job_that_is_held_and_one_that_has_ended_are_told_with_a_summary(home: Home) -> None:
    script, folder = command(home)
    home.settings(notify={"command": script})
    home.preset("mine", gates={"canary": 2})
    home.start()
    with home.http() as api:
        job = api.post(JOBS, json={"preset": "mine", "where": "*", "secrets": {"env:NONE": "hunter2-hunter2"}}).json()[
            "id"
        ]
        held = told(folder, 1)[0]
        assert (held["occasion"], held["job"]["id"], held["job"]["state"]) == ("held", job, "held")
        assert held["message"] == api.get(f"{JOBS}/{job}").json()["why"]
        home.call("jobs", "answer", job, "--go-on")
    ended = told(folder, 2)[1]
    assert (ended["occasion"], ended["job"]["totals"]["by_state"]["succeeded"]) == ("finished", 8)
    log = home.state / "paceline.log"
    while "to the log" not in log.read_text():
        os.sched_yield()
    assert "hunter2" not in log.read_text() + json.dumps([held, ended])


def test_a_job_without_a_service_tells_too_and_one_that_hangs_holds_up_nothing(home: Home) -> None:
    script, folder = command(home)
    home.settings(notify=script)
    preset = home.preset("mine")
    done = home.process("run", preset, "--where", "*", "--yes", "--in-process", "--json")
    assert done.code == 0, done.err
    assert [one["occasion"] for one in told(folder, 1)] == ["finished"]
    home.settings(notify={"command": "sleep 100", "timeout_s": 0.2})
    assert home.process("run", preset, "--where", "*", "--yes", "--in-process", "--json").code == 0
    assert "notify: sleep took longer than 0.2 s and was ended" in (home.state / "paceline.log").read_text()


@pytest.mark.parametrize(
    ("notify", "sentence"),
    [
        ({"command": "no-such-program"}, "notify.command: there is no program no-such-program that can be run"),
        ({"command": "say 'it"}, "expected a command as a shell would take it apart"),
        ({"command": "true", "on": ["always"]}, '"held"'),
    ],
)
def test_a_command_that_cannot_work_is_found_by_check(home: Home, notify: dict[str, Any], sentence: str) -> None:
    home.settings(notify=notify)
    done = home.call("check")
    assert done.code == 2
    assert sentence in done.out
