"""`paceline run` and `plan`: every option has an effect, every ending its exit code."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.desk import ENTRY, Desk, Place, column

ALL = ("--where", "*")


def test_a_plain_run_prints_a_line_per_device_and_the_end(desk: Desk) -> None:
    done = desk("run", desk.preset(), *ALL, "--plain", "--yes")
    assert done.code == 0, done.err
    assert sum(" succeeded " in line for line in done.lines[1:-1]) == 10
    assert done.lines[-1].startswith("FINISHED  10 succeeded in ")
    assert "ends " in done.out
    assert "9 in 10 by" in done.out


def test_where_and_inventory_choose_the_devices(desk: Desk) -> None:
    other = desk.root / "other.csv"
    lines = desk.fleet.inventory.read_text().splitlines()
    other.write_text("\n".join(lines[:3]) + "\n")
    assert len(desk.run("-i", other, *ALL).of("attempt_started")) == 2
    name = lines[1].split(",")[0]
    assert [event["device"] for event in desk.run("--where", f"name={name}").of("attempt_started")] == [name]


def test_pace_options_win_over_the_preset(desk: Desk) -> None:
    done = desk.run(*ALL, "--batch-size", "4")
    assert [event["n"] for event in done.of("batch_started")] == [4, 4, 2]
    done = desk.run(*ALL, "--mode", "rolling", "--batch-size", "3", "--devices-per-hour", "36000")
    assert [event["n"] for event in done.of("batch_started")] == [1] * 10
    assert done.events[0]["spec"]["pace"]["devices_per_hour"] == 36000
    done = desk.run(*ALL, "--order", "country", "--batch-size", "1")
    countries = [event["country"] for event in done.of("attempt_started")]
    assert len([c for c, last in zip(countries, [None, *countries], strict=False) if c != last]) == len(set(countries))
    done = desk.run(*ALL, "--per-country", "1", "--per-site", "1", "--batch-size", "0")
    assert done.events[0]["spec"]["pace"]["per_site"] == 1
    running: dict[str, int] = {}
    for event in done.of("attempt_started", "attempt_ended"):
        running[event["country"]] = running.get(event["country"], 0) + (1 if event["type"] == "attempt_started" else -1)
        assert running[event["country"]] <= 1


def test_without_a_terminal_a_start_must_be_told_yes(desk: Desk) -> None:
    done = Place.process(desk, "run", desk.preset(), *ALL)
    assert done.code == 2
    assert "there is no terminal to ask on: add --yes" in done.err


def test_plan_opens_no_connection_and_keeps_nothing(desk: Desk) -> None:
    mark = desk.mark()
    done = desk("plan", desk.preset(), *ALL, "--batch-size", "4", "--devices-per-hour", "60")
    assert done.code == 0
    assert "batches     3, the last has 2" in done.lines
    assert any(line.startswith("held by     the rate limit") for line in done.lines)
    plan = json.loads(desk("plan", "mine", *ALL, "--json").out)
    assert (len(plan["devices"]), plan["batches"], plan["basis"]) == (10, 1, "defaults")
    assert desk.mark() == mark
    assert not desk.state.exists()


def test_plan_says_which_devices_pass_through_which_jump(desk: Desk) -> None:
    """By the rules of the settings, and by -J, which wins; an unknown one is refused with the nearest."""
    jumps = {
        "bastion": {"host": "bastion.example.net", "password": "env:BASTION"},
        "rule": [{"where": "country=DE", "use": "bastion"}],
    }
    desk.settings(jumps=jumps)
    german = column(desk.fleet, "country").count("DE")
    done = desk("plan", desk.preset(), *ALL)
    assert f"jumps       {german} devices through bastion" in done.lines, done.err
    every = desk("plan", desk.preset(), *ALL, "-J", "alice@edge:23,bastion", "--json")
    assert json.loads(every.out)["jumps"] == {"alice@edge:23,bastion": 10}
    direct = desk("plan", desk.preset(), *ALL, "--jump", "none")
    assert "jumps" not in direct.out
    wrong = desk("plan", desk.preset(), *ALL, "-J", "bastoin")
    assert wrong.code == 2
    assert 'no jump is called "bastoin"; did you mean "bastion"?' in wrong.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_drains_and_the_exit_code_is_130(slow_desk: Desk, number: signal.Signals) -> None:
    name = slow_desk.preset(pace={"batch_size": 2})
    with slow_desk.popen("run", name, *ALL, "--json", "--yes") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1]["type"] == "command_sent":
                process.send_signal(number)
                break
        out, err = process.communicate(timeout=60)
    events = lines + [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 130
    assert "ending after the running devices" in err
    counts = events[-1]["counts"]
    assert (counts["skipped"], counts["cancelled"], sum(counts.values())) == (4, 0, 6)


def test_the_second_signal_cancels(slow_desk: Desk) -> None:
    with slow_desk.popen("run", slow_desk.preset(pace={"batch_size": 2}), *ALL, "--json", "--yes") as process:
        assert process.stdout is not None
        stopped = False
        last = {}
        for line in process.stdout:
            last = json.loads(line)
            if last["type"] == "command_sent" and not stopped:
                process.send_signal(signal.SIGINT)
            if last["type"] == "stop_requested" and not stopped:
                stopped = True
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert last["type"] == "job_finished"
    assert last["counts"]["cancelled"] >= 1
    assert last["counts"]["succeeded"] == 0


def test_rejected_logins_hold_the_job_and_exit_with_3(desk: Desk) -> None:
    desk.settings(credentials={"default": {"username": "demo", "password": "env:WRONG"}})
    done = desk.run(*ALL, "--batch-size", "1", WRONG="not-it-at-all")
    assert done.code == 3
    assert [event["gate"] for event in done.of("job_held")] == ["rejected_logins"]
    assert done.events[-1]["counts"]["failed"] == 2
    assert "not-it-at-all" not in done.out + done.err
    kept = b"".join(path.read_bytes() for path in desk.state.rglob("*") if path.is_file())
    assert b"demo" in kept
    assert b"not-it-at-all" not in kept


def test_a_refused_command_exits_with_1_and_an_unreachable_device_with_4(desk: Desk) -> None:
    name = desk.preset("odd", ["show nonsense"])
    assert desk.run(name, *ALL).code == 1
    dead = desk.root / "dead.csv"
    dead.write_text("name,address,port,platform\ndead,127.0.0.1,1,cisco_ios\n")
    done = desk.run("-i", dead, *ALL)
    assert done.code == 4
    assert done.of("attempt_ended")[-1]["failure"] == "refused"


def test_a_reader_that_goes_away_does_not_end_the_job(desk: Desk) -> None:
    with desk.popen("run", desk.preset(), *ALL, "--yes", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        process.wait(timeout=60)
    assert "10 succeeded" in desk("jobs", "list").out


@pytest.mark.parametrize("face", ["--plain", "--json"])
def test_an_output_that_cannot_be_written_does_not_end_the_job(desk: Desk, face: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = desk.process("run", desk.preset(), *ALL, "--yes", face, stdout=full)
    assert done.code == 0, done.err
    said = "the output cannot be written (No space left on device); the job goes on, see `paceline jobs show last`"
    assert done.err == f"paceline: {said}\n"
    assert "10 succeeded" in desk("jobs", "list").out
    with Path("/dev/full").open("w") as full:
        done = desk.process("jobs", "list", stdout=full)
    assert (done.code, done.err) == (2, "paceline: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_caller_may_have_closed_the_streams(desk: Desk, closed: str) -> None:
    line = f'exec "$0" -c "$1" run {desk.preset()} --where "*" --yes {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, ENTRY],
        env=desk.environment(), cwd=desk.root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 succeeded" in desk("jobs", "list").out


def test_without_any_input_a_start_must_be_told_yes(desk: Desk) -> None:
    line = f'exec "$0" -c "$1" run {desk.preset()} --where "*" <&-'
    done = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, ENTRY],
        env=desk.environment(), cwd=desk.root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no terminal to ask on: add --yes" in done.stderr


def test_cron_needs_nothing_but_a_home(desk: Desk) -> None:
    kept = {"PATH": "/usr/bin:/bin", "HOME": str(desk.root), "PYTHONPATH": desk.environment()["PYTHONPATH"]}
    (desk.root / ".config").symlink_to(desk.root / "config")
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, "run", desk.preset(), *ALL, "--yes"],
        env=kept, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "FINISHED  10 succeeded" in done.stdout
    assert (desk.root / ".local/state/paceline/journal.sqlite").exists()


def test_under_a_plain_locale_the_glyphs_are_ascii(desk: Desk) -> None:
    done = desk.process(
        "run", desk.preset(), *ALL, "--yes", environment={"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    )
    assert done.code == 0, done.err
    assert sum(line.startswith("+  ") for line in done.lines) == 10


def test_the_demo_runs_headless_and_keeps_its_results_apart(desk: Desk) -> None:
    done = desk.process("demo", "--headless", "--json", "--devices", "4", "--seed", "2", "--preset", "health-check")
    assert done.code == 0, done.err
    assert done.events[-1]["type"] == "job_finished"
    assert sum(done.events[-1]["counts"].values()) == 4
    assert "jobs show last" in done.err
    assert (desk.state / "demo" / "paceline" / "journal.sqlite").exists()
    assert not (desk.state / "journal.sqlite").exists()


def test_the_demo_serves_its_fleet_until_it_is_stopped(desk: Desk) -> None:
    with desk.popen("demo", "--fleet-only", "--devices", "3") as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(3)]
        assert said[0].startswith("inventory ")
        assert "paceline run health-check" in said[2]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
