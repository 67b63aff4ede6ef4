"""`paceline jobs`: what ran can be found, read and taken along."""

import csv
import io
import json
import re

import pytest
from click.shell_completion import ShellComplete
from tests.cli.desk import Desk, column

from paceline.cli.main import cli

ALL = ("--where", "*")


def test_a_job_is_listed_shown_and_read(desk: Desk) -> None:
    assert "no jobs yet" in desk("jobs", "list").out
    done = desk.run(desk.preset("mine", ["show version", "show nonsense"]), *ALL)
    job, device = done.events[0]["job"], done.of("attempt_started")[0]["device"]
    assert desk("jobs", "list").out.startswith(f"{job}  finished      10 partial")
    listed = json.loads(desk("jobs", "list", "--json").out)
    assert (listed["counts"]["partial"], listed["devices"]) == (10, 10)
    assert listed["forecast"]["basis"] == "defaults"
    assert listed["started_at"] < listed["forecast"]["likely"] < listed["forecast"]["nine_in_ten"]
    assert re.search(r"  forecast \d+(\.\d)?s, took \d+(\.\d)?s$", desk("jobs", "list").out.rstrip())
    shown = desk("jobs", "show", job[:13])
    assert shown.lines[0].startswith(f"{job}  FINISHED")
    assert re.search(r"  forecast \S+ \(9 in 10: \S+\), took \S+$", shown.lines[1])
    assert sum("command_rejected: " in line for line in shown.lines) == 10
    assert not any(device in line for line in desk("jobs", "show", "last", "--devices", "none").lines)
    status = json.loads(desk("jobs", "show", "--json", "--devices", "open").out)
    assert status["totals"]["commands"] == {"total": 20, "ended": 20}
    assert len(status["devices"]) == 10
    files = desk.outputs()[device]
    first = next(iter(sorted(files)))
    assert desk("jobs", "output", "last", device, "1").out.encode() == files[first]
    both = desk("jobs", "output", job, device, "--attempt", "1").out
    assert "--- 1  show version" in both
    assert "--- 2  show nonsense" in both


def test_an_export_has_every_command_with_its_output(desk: Desk) -> None:
    desk.run(*ALL)
    document = json.loads(desk("jobs", "export", "last", "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(desk("jobs", "export", "last", "--format", "csv").out)))
    assert len(document["devices"]) == len(rows) == 10
    for row in rows:
        (command,) = document["devices"][row["device"]]["commands"]
        assert command["output"] == row["output"] == next(iter(desk.outputs()[row["device"]].values())).decode()


def test_an_earlier_job_chooses_the_devices_of_the_next(desk: Desk) -> None:
    desk.run(desk.preset("odd", ["show nonsense"]), *ALL, "--where", "country=DE")
    done = desk.run("--where", "kind=command_rejected:last")
    assert {event["country"] for event in done.of("attempt_started")} == {"DE"}
    assert desk.run("--where", "open:last").code == 2


def test_what_is_not_there_is_told_by_a_sentence(desk: Desk) -> None:
    done = desk("jobs", "show", "nope")
    assert (done.code, done.err) == (2, "there is no job 'nope'; `paceline jobs list` shows them all\n")
    desk.run(*ALL)
    assert "has no device 'nobody'" in desk("jobs", "output", "last", "nobody").err
    done = desk("jobs", "output", "last", desk.run(*ALL).of("attempt_started")[0]["device"], "9")
    assert "has commands 1 to 1" in done.err
    done = desk("jobs", "resume", "last")
    assert done.code == 2
    assert "has ended (finished): there is nothing to resume" in done.err
    assert "is the beginning of 2 jobs" in desk("jobs", "show", "2").err


def test_jobs_and_their_devices_are_completed(desk: Desk) -> None:
    completer = ShellComplete(cli, {}, "paceline", "_PACELINE_COMPLETE")
    desk("jobs", "list")
    assert [item.value for item in completer.get_completions(["jobs", "show"], "")] == ["last"]
    done = desk.run(*ALL)
    job = done.events[0]["job"]
    assert [item.value for item in completer.get_completions(["jobs", "show"], "")] == ["last", job]
    assert [item.value for item in completer.get_completions(["jobs", "resume"], job[:6])] == [job]
    names = {item.value for item in completer.get_completions(["jobs", "output", "last"], "deu-")}
    assert names == {name for name in column(desk.fleet, "name") if name.startswith("deu-")} != set()
    assert completer.get_completions(["jobs", "output", "nope"], "") == []


def test_forecasts_are_graded_against_how_jobs_ended(desk: Desk) -> None:
    assert "no ended job has a forecast yet" in desk("forecast", "report").out
    job = desk.run(*ALL).events[0]["job"]
    found = json.loads(desk("forecast", "report", "--json").out)
    (row,) = found["by_job"]
    assert (row["job"], row["devices"], row["apart"]) == (job, 10, [])
    assert found["within_nine_in_ten"] == float(row["within_nine_in_ten"])
    assert found["median_errors"]["0"] == pytest.approx(abs(row["errors"]["0"]))
    lines = desk("forecast", "report").lines
    assert lines[0].startswith("1 job without interference: ")
    assert any(line.startswith(job) for line in lines)
