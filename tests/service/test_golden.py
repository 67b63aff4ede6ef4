"""One golden file for a job as programs read it: the route's answer, and what `jobs show --json` prints.

A change of `status.json` is a change for everybody's scripts. `GOLDEN=write` in the environment writes it anew.
"""

import asyncio
import json
import os
from pathlib import Path

from tests.engine.harness import JOB, make_devices, make_spec, run_job
from tests.service.conftest import Home

from paceline.model.failure import FailureKind
from paceline.model.states import CommandState
from paceline.session.base import CommandResult
from paceline.session.scripted import Script
from paceline.store.journal import Journal
from paceline.store.writer import Writer

REJECTED = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
FILE = Path(__file__).with_name("status.json")


async def keep(home: Home) -> None:
    """A job with a device of every fate, in the journal of a home that no service had yet."""
    spec = make_spec(
        make_devices(4, country=("DE", "DE", "FR", "BR")),
        commands=("show version", "show clock"),
        pace={"batch_size": 2, "devices_per_hour": 60},
        retries={"attempts": 1, "sweep": False},
    )
    broken = Script(failures=dict.fromkeys(range(9), FailureKind.CONNECT_TIMEOUT))
    partly = Script(results={"show clock": REJECTED}, command_s=1)
    events = await asyncio.to_thread(lambda: run_job(spec, {"d2": broken, "d3": partly}, Script(command_s=2)).events)
    home.state.mkdir(parents=True, mode=0o700)
    writer = Writer()
    journal = Journal(home.state / "journal.sqlite", writer)
    await journal.submit(lambda: journal.commit(spec, events))
    await writer.close()
    journal.close()


def test_the_route_and_the_command_line_give_what_the_golden_file_has(home: Home) -> None:
    asyncio.run(keep(home))
    printed = json.loads(home.call("jobs", "show", JOB, "--json").out)
    if os.environ.get("GOLDEN") == "write":
        FILE.write_text(json.dumps(printed, indent=1) + "\n", encoding="utf-8")
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    home.start()
    with home.http() as api:
        answers = {
            devices: api.get(f"/api/automation/jobs/{JOB}", params={"devices": devices}).json()
            for devices in ("all", "open", "none")
        }
        refused = api.get(f"/api/automation/jobs/{JOB}", params={"devices": "some"})
    assert printed == golden
    assert answers["all"] == golden
    assert list(answers["open"]["devices"]) == ["d2", "d3"]
    assert not answers["none"].get("devices")
    assert all(answers["none"][key] == value for key, value in golden.items() if key != "devices")
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["devices"])
