"""What an operator does from the first screen to the last, at 80x24, on the simulated fleet."""

import re
from pathlib import Path

from tests.walks.conftest import Operator
from tests.walks.terminal import Terminal

from paceline.model.states import JobState


def goes_back(terminal: Terminal, word: str) -> Terminal:
    """Escape, and wait until what it closes is gone: with the next key too near, it would be an Alt."""
    terminal.press("escape")
    return terminal.shows_not(word)


def test_configure_run_monitor_device_history_leave(operator: Operator) -> None:
    operator.preset("walk", ["show version", "show process cpu"])
    terminal = operator.opens()
    operator.ticks_all(terminal).press("tab")
    terminal.shows("Batch size", "1 show version", "2 show process cpu").press("ctrl+r")
    terminal.shows("Run walk on 12 devices?", "Not yet", "Start now").press("down", "enter")
    # What is wrong comes first: one platform of the fleet has other words for it.
    terminal.shows("FINISHED", "9 of 12 succeeded", "3 refused command").press("enter")
    terminal.shows("fra-r1", "partial", "1  show version", "2  show process cpu", "syntax error").press("escape")
    terminal.shows("FINISHED", "12/12").press("3")
    terminal.shows("finished", "walk", "✓9", "◐3").press("enter")
    terminal.shows("FINISHED", "12/12").press("q")
    assert terminal.ends() == 0
    assert terminal.is_restored
    assert operator.asks("jobs", "show", "last").code == 0


def test_a_paced_job_counts_down_pauses_changes_its_pace_and_stops(operator: Operator) -> None:
    operator.preset("paced", ["show version"], pace={"batch_size": 2, "devices_per_hour": 60})
    terminal = operator.launches(operator.opens())
    terminal.shows("RUNNING", "batch 1/6", "rate 60/h", "2/12")
    first = countdown(terminal)
    terminal.until(lambda: countdown(terminal) < first, "the countdown to tick")
    terminal.press("p")
    terminal.shows("Pause paced?", "Go on").press("down", "enter")
    terminal.shows("PAUSED", "p resumes")
    terminal.press("r")
    terminal.shows("Pace of paced", "60 devices per hour").press("tab", "end", "backspace", "backspace", "0")
    terminal.shows("Leave the pace as it is", "Change it to").press(*["enter"] * 3, "down", "enter")
    terminal.shows_not("Pace of paced").press("s")
    terminal.shows("Stop paced?", "Do not stop").press("enter")
    terminal.shows_not("Stop paced?").press("p")
    terminal.shows("Resume paced?", "Leave it paused").press("down", "enter")
    terminal.shows("FINISHED", "12/12").press("q")
    assert terminal.ends() == 0
    assert operator.journal().pace.devices_per_hour == 0


def countdown(terminal: Terminal) -> int:
    """Seconds to the next batch, as the headline says; a large number before it does."""
    found = re.search(r"next in (\d+):(\d+)", terminal.text)
    return int(found[1]) * 60 + int(found[2]) if found else 10_000


def test_a_job_stops_after_its_running_devices(operator: Operator) -> None:
    operator.preset("paced", ["show version"], pace={"batch_size": 2, "devices_per_hour": 60})
    terminal = operator.launches(operator.opens())
    terminal.shows("RUNNING", "2/12").press("s")
    terminal.shows("Stop paced?", "After the running devices").press("down", "down", "enter")
    terminal.shows("STOPPED").press("q")
    assert terminal.ends() == 0
    assert operator.journal().state is JobState.STOPPED


def test_a_preset_saved_on_the_screen_runs_from_the_command_line(operator: Operator) -> None:
    terminal = operator.opens()
    operator.ticks_all(terminal).press("ctrl+s")
    terminal.shows("Save as a preset of your own", "health-check-2")
    terminal.press("ctrl+u", "from-the-screen")
    terminal.shows("from-the-screen").press("enter")
    terminal.shows("saved: paceline run from-the-screen").press("q")
    assert terminal.ends() == 0
    assert operator.asks("check", str(operator.config / "presets" / "from-the-screen.toml")).code == 0
    done = operator.asks("run", "from-the-screen", "--json", "--yes")
    assert done.code == 0, done.err
    assert len(done.of("attempt_ended")) == 12


def test_the_terminal_may_change_its_size_while_a_job_runs(operator: Operator) -> None:
    operator.preset("paced", ["show version"], pace={"batch_size": 2, "devices_per_hour": 60})
    terminal = operator.launches(operator.opens())
    terminal.shows("RUNNING", "batch 1/6", "2/12")
    terminal.resize(120, 36)
    terminal.shows("RUNNING", "Germany").until(lambda: is_full(terminal, 120), "the whole width in use")
    terminal.resize(50, 12)
    terminal.shows("needs 80x24").shows_not("RUNNING")
    terminal.resize(80, 24)
    terminal.shows("RUNNING", "batch 1/6", "2/12").shows_not("Germany")
    terminal.press("q")
    terminal.shows("Leave Paceline?").press("down", "down", "enter")
    assert terminal.ends() == 0
    assert operator.journal().state is JobState.STOPPED


def is_full(terminal: Terminal, width: int) -> bool:
    """Whether the line at the top ends at the right edge."""
    return len(terminal.text.split("\n")[0]) > width - 3


def test_a_secret_is_asked_for_and_shown_nowhere(operator: Operator) -> None:
    operator.preset("walk", ["show version"])
    operator.settings(credentials={"default": {"username": "demo", "password": "ask"}})
    password = operator.fleet.password.reveal()
    terminal = operator.opens()
    operator.ticks_all(terminal).press("ctrl+r")
    terminal.shows("password of demo", "Start now").press("enter", "down", "enter")
    terminal.shows("is missing")
    terminal.press(password)
    terminal.shows("•" * len(password)).press("enter", "enter")
    terminal.shows("FINISHED", "12/12").press("enter")
    terminal.shows("Cisco IOS XR Software").press("l")
    terminal.shows("session").press("q")
    assert terminal.ends() == 0
    assert password.encode() not in terminal.raw
    for file in Path(operator.root).rglob("*"):
        assert not file.is_file() or password.encode() not in file.read_bytes(), file


def test_the_demo_opens_the_screens_on_a_fleet_that_ends_with_them(operator: Operator) -> None:
    terminal = operator.opens("demo", "--devices", "4", "--seed", "2")
    terminal.shows("4 of 4 selected")
    fleet = children(terminal.pid)
    assert fleet
    terminal.press("ctrl+r")
    terminal.shows("Run health-check on 4 devices?", "Start now").press("down", "enter")
    terminal.shows("FINISHED").press("q")
    assert terminal.ends() == 0
    assert "paceline jobs show last" in terminal.said
    assert not any(Path(f"/proc/{pid}").exists() for pid in fleet)
    assert (operator.state / "demo" / "paceline" / "journal.sqlite").exists()
    assert not (operator.state / "journal.sqlite").exists()


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]
