"""`paceline jobs retry` and `jobs report`: what a job left open, and the account of the chain."""

import csv
import io
from datetime import timedelta

import pytest
from tests.cli.desk import Desk, column

from paceline.model.time import now

ALL = ("--where", "*")
COMMANDS = ["show version", "show nonsense", "show clock"]


def account(desk: Desk, *options: str) -> list[list[str]]:
    done = desk("jobs", "report", "last", "--format", "csv", *options)
    assert done.code == 0
    return list(csv.reader(io.StringIO(done.out)))


def test_a_retry_goes_on_from_the_command_that_did_not_succeed(desk: Desk) -> None:
    desk.run(desk.preset("mine", COMMANDS), "--where", "country=DE")
    mark = desk.mark()
    done = desk("jobs", "retry", "last", "--json", "--yes", "--batch-size", "1")
    lines = {entry.detail for entry in desk.seen(mark) if entry.kind == "line"}
    assert "show version" not in lines
    assert {"show nonsense", "show clock"} <= lines
    created = done.of("job_created")[0]["spec"]
    assert created["continues"]
    assert created["pace"]["batch_size"] == 1
    mark = desk.mark()
    desk("jobs", "retry", created["continues"], "--whole", "--json", "--yes")
    assert "show version" in {entry.detail for entry in desk.seen(mark) if entry.kind == "line"}


def test_the_account_of_a_chain_adds_up(desk: Desk) -> None:
    rows = desk.fleet.inventory.read_text(encoding="utf-8").splitlines()
    inventory = desk.write(desk.root / "fleet.csv", "\n".join([*rows, rows[2], ""]))
    name = column(desk.fleet, "name")[0]
    desk.run(desk.preset("mine", COMMANDS, exclude=[name]), *ALL, "-i", inventory)
    desk("jobs", "retry", "last", "--what", "failed", "--json", "--yes")
    *_, total = account(desk, "--chain")
    assert total[0].endswith("2 jobs, 9 devices: 9 partial, 2 left out before; 0 unaccounted")
    table = account(desk, "--chain")
    assert {row[0]: row[10] for row in table[:-1]}[name] == "ticked off the selection"
    assert len(table) == 1 + 9 + 2 + 1
    assert len(account(desk)) == 1 + 9 + 1
    assert "| device | address |" in desk("jobs", "report", "last", "--format", "md").out


def test_unreachable_devices_are_swept_until_the_time_is_over(desk: Desk) -> None:
    head, *rows = desk.fleet.inventory.read_text(encoding="utf-8").splitlines()
    port = head.split(",").index("port")
    cells = rows[0].split(",")
    cells[port] = "1"
    inventory = desk.write(desk.root / "fleet.csv", "\n".join([head, ",".join(cells), *rows[1:3], ""]))
    desk.run(desk.preset(retries={"attempts": 1, "sweep": False}), *ALL, "-i", inventory)
    soon = (now() + timedelta(seconds=4)).isoformat()
    done = desk("jobs", "retry", "last", "--what", "unreachable", "--until", soon, "--every", "0.03", "--json", "--yes")
    assert done.code == 4
    created = done.of("job_created")
    assert len(created) >= 2
    assert created[1]["spec"]["continues"] == created[0]["job"]
    assert {event["device"] for event in done.of("attempt_started")} == {cells[head.split(",").index("name")]}
    assert "1 still unreachable; no time for another sweep before" in done.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--what", "nothing"], 'expected open or failed or unreachable or unknown, got "nothing"'),
        (["--what", "unreachable"], "no device of job"),
        (["--every", "0"], "--every: expected minutes, above 0"),
        (["--until", "25:00"], "--until: expected a time such as 22:00"),
        ([], "there is no terminal to ask on: add --yes"),
    ],
)
def test_what_cannot_be_retried_is_said(desk: Desk, options: list[str], reason: str) -> None:
    desk.run(desk.preset("mine", ["show nonsense"]), "--where", "country=DE")
    done = desk("jobs", "retry", "last", *options)
    assert done.code == 2
    assert reason in done.err


def test_a_job_that_may_change_devices_is_retried_whole_with_the_number_of_devices(desk: Desk) -> None:
    desk.preset("mine", ["show version", "show nonsense", "clear counters"], read_only=False)
    count = len(desk.run("mine", "--where", "country=DE", "--expect-devices", devices(desk, "DE")).of("attempt_ended"))
    refused = desk("jobs", "retry", "last", "--yes")
    assert refused.code == 2
    assert "`show version` succeeded, `show nonsense` rejected" in refused.err
    assert f"this job may change {count} devices, and --yes does not start it: add --expect-devices" in refused.err
    assert "expected, and the job has" in desk("jobs", "retry", "last", "--expect-devices", "99").err
    done = desk("jobs", "retry", "last", "--expect-devices", str(count), "--json")
    assert [len(commands) for commands in done.of("job_created")[0]["spec"]["command_sets"]] == [3]


def devices(desk: Desk, country: str) -> str:
    return str(column(desk.fleet, "country").count(country))
