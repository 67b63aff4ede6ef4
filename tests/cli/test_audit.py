"""The audit log: what was done stands in it, one line each, for its operator alone, and no secret does."""

import stat
from typing import Any

from tests.cli.desk import Desk

ALL = ("--where", "*")
SECRET, MARKER = "not-it-at-all", "harmless-marker"


def entries(desk: Desk, *arguments: str) -> list[dict[str, Any]]:
    done = desk("audit", *arguments, "--json")
    assert done.code == 0, done.err
    return done.events


def test_a_run_leaves_its_start_its_logins_and_its_end(desk: Desk) -> None:
    assert desk.run(*ALL).code == 0
    path = desk.state / "audit.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = entries(desk)
    assert [entry["what"] for entry in found] == ["start", *["login"] * 10, "end"]
    start, login, end = found[0], found[1], found[-1]
    assert start["details"] == {
        "name": "mine", "devices": 10, "read_only": True, "commands": ["show version"],
    }  # fmt: skip
    assert start["by"]
    assert start["by"] == login["by"]
    assert {"user": "demo", "with": "key", "attempt": 1}.items() <= login["details"].items()
    assert login["result"] == "accepted"
    assert (end["result"], end["details"]) == ("finished", {"succeeded": 10})
    assert len({entry["job"] for entry in found}) == 1


def test_rejected_logins_and_answers_stand_in_it_and_the_password_does_not(desk: Desk) -> None:
    desk.settings(credentials={"default": {"username": "demo", "password": "env:WRONG"}})
    assert desk.run(desk.preset("mine", [f"show {MARKER}"]), *ALL, WRONG=SECRET).code == 3
    found = entries(desk)
    assert [entry["what"] for entry in found] == ["start", "login", "login", "override", "end"]
    assert {entry["result"] for entry in found if entry["what"] == "login"} == {"auth_rejected"}
    assert found[1]["details"]["with"] == "password"
    assert found[3]["result"] == "rejected_logins-1: stop"
    kept = (desk.state / "audit.jsonl").read_text()
    assert MARKER in kept
    assert SECRET not in kept


def test_it_is_filtered_by_job_device_and_kind(desk: Desk) -> None:
    assert desk.run(*ALL).code == 0
    assert desk.run(*ALL).code == 0
    jobs = list(dict.fromkeys(entry["job"] for entry in entries(desk)))
    assert len(jobs) == 2
    assert {entry["job"] for entry in entries(desk, "last")} == {jobs[1]}
    assert {entry["job"] for entry in entries(desk, jobs[0])} == {jobs[0]}
    device = entries(desk)[1]["device"]
    assert len(entries(desk, "--device", device)) == 2
    assert [entry["what"] for entry in entries(desk, "last", "--what", "end")] == ["end"]
    shown = desk("audit", "last", "--device", device).lines
    assert len(shown) == 1
    assert "login" in shown[0]
    assert f"{device}  accepted" in shown[0]
    refused = desk("audit", "20991231")
    assert refused.code == 2
    assert "the audit log has no job '20991231'" in refused.err


def test_a_line_that_was_torn_is_told_and_costs_no_other(desk: Desk) -> None:
    empty = desk("audit")
    assert (empty.code, empty.out) == (0, "")
    assert "nothing is in the audit log yet" in empty.err
    assert desk.run(*ALL).code == 0
    path = desk.state / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert desk.run(*ALL).code == 0
    done = desk("audit")
    assert len(done.lines) == 23
    assert "1 line was cut off" in done.err


def test_nothing_is_started_where_it_cannot_be_written(desk: Desk) -> None:
    desk.state.mkdir(parents=True)
    (desk.state / "audit.jsonl").symlink_to(desk.root / "elsewhere")
    mark = desk.mark()
    done = desk.run(*ALL)
    assert done.code == 2
    assert "cannot write the audit log" in done.err
    assert desk.mark() == mark
    assert not (desk.root / "elsewhere").exists()
