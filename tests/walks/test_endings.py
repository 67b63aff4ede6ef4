"""Ends that nobody chose on the screen: signals, a terminal closed under the program, one that stops reading."""

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from tests.cli.desk import ENTRY
from tests.walks.conftest import Operator
from tests.walks.terminal import Terminal

from paceline.engine.recovery import INTERRUPTED
from paceline.model.states import DeviceState, JobState

BOUND_S = 8.0
"""Five seconds is what the way out may take; the rest is for a busy machine."""
PROGRAM = f"{shlex.quote(sys.executable)} -c {shlex.quote(ENTRY)}"


def running_job(operator: Operator) -> Terminal:
    """A job in the middle: some devices have ended, some run, some wait."""
    operator.preset(
        "walk", ["show version"] * 2, pace={"mode": "rolling", "batch_size": 3}, timeouts={"command_idle_s": 30}
    )
    terminal = operator.launches(operator.opens())
    return terminal.until(lambda: has_ended(operator, 1), "the first device's end in the journal")


def has_ended(operator: Operator, count: int) -> bool:
    return (operator.state / "journal.sqlite").exists() and operator.journal().ended >= count


def assert_recoverable(operator: Operator) -> None:
    """It stands in the journal as open, and `jobs resume` takes it up to its end."""
    status = operator.journal()
    assert not status.state.is_final
    done = operator.asks("jobs", "resume", "last", "--json")
    assert done.code == 0, done.err
    assert [event["message"] for event in done.of("job_interrupted")] == [INTERRUPTED]
    after = operator.journal()
    assert after.state is JobState.FINISHED
    assert after.counts[DeviceState.SUCCEEDED] == after.total


def test_sigterm_restores_the_terminal_and_leaves_the_job_recoverable(slow_operator: Operator) -> None:
    terminal = running_job(slow_operator)
    terminal.kill(signal.SIGTERM)
    terminal.until(lambda: terminal.is_restored, "the terminal as it was", BOUND_S)
    assert terminal.ends(BOUND_S) == 143
    assert f"job {slow_operator.journal().id} is interrupted" in terminal.said
    assert "paceline jobs resume" in terminal.said
    assert_recoverable(slow_operator)


def test_a_terminal_closed_under_it_ends_it_and_leaves_the_job_recoverable(slow_operator: Operator) -> None:
    terminal = running_job(slow_operator)
    terminal.hang_up()
    assert terminal.ends(BOUND_S) == 129
    assert not slow_operator.journal().state.is_final


def test_sighup_restores_a_terminal_that_is_still_there(operator: Operator) -> None:
    terminal = operator.opens().shows("1 Configure", "selected")
    terminal.kill(signal.SIGHUP)
    assert terminal.ends(BOUND_S) == 129
    assert terminal.is_restored


def test_a_terminal_closed_under_it_ends_it_where_sighup_is_ignored(operator: Operator) -> None:
    terminal = operator.runs(["/bin/sh", "-c", f"trap '' HUP; exec {PROGRAM}"]).shows("1 Configure", "selected")
    terminal.kill(signal.SIGHUP)
    terminal.press("2", "1")
    terminal.shows("selected")
    terminal.hang_up()
    # One that spins instead is killed by the test's end; one that idles would be no better.
    assert terminal.ends(BOUND_S) == 129


def test_an_interrupt_from_outside_asks_as_ctrl_c_does(slow_operator: Operator) -> None:
    terminal = running_job(slow_operator)
    terminal.kill(signal.SIGINT)
    terminal.shows("Leave Paceline?", "Stay", "Stop now and leave")
    terminal.press("enter")
    terminal.shows_not("Leave Paceline?")
    terminal.press("ctrl+c")
    terminal.shows("Leave Paceline?")
    terminal.press("down", "down", "enter")
    assert terminal.ends() == 0
    assert slow_operator.journal().state is JobState.STOPPED


def test_a_terminal_that_does_not_read_does_not_stop_the_job(operator: Operator) -> None:
    operator.preset("walk", ["show version", "show running-config"], pace={"batch_size": 3})
    terminal = operator.launches(operator.opens())
    # From here on nobody reads what is drawn.
    while not operator.journal().state.is_final:
        os.sched_yield()
    terminal.press("q")
    assert terminal.ends() == 0


def test_ctrl_z_suspends_and_comes_back_drawn(operator: Operator, tmp_path: Path) -> None:
    terminal = operator.runs(["/bin/bash", "--norc", "--noprofile", "-i"], PS1="prompt> ").shows("prompt>")
    terminal.press(f"{PROGRAM}\r")
    terminal.shows("1 Configure", "selected")
    terminal.press("ctrl+z")
    terminal.shows("Stopped", "prompt>")
    terminal.press("bg\r", "echo still $((40 + 2))\r")
    terminal.shows("still 42")
    terminal.press("fg\r")
    terminal.shows("1 Configure", "selected").shows_not("still 42", "Stopped")
    terminal.press("q")
    terminal.shows("prompt>").shows_not("1 Configure")
    terminal.press("echo $?\r")
    terminal.shows("\n0\n")


@pytest.mark.parametrize("number", [signal.SIGCONT])
def test_a_stray_continuation_changes_nothing(operator: Operator, number: signal.Signals) -> None:
    terminal = operator.opens().shows("1 Configure", "selected")
    for _ in range(3):
        terminal.kill(number)
    threads = len(list(Path(f"/proc/{terminal.pid}/task").iterdir()))
    # Each key reaches the screen once: a second thread that reads would swallow or double some.
    terminal.press("3")
    terminal.shows_not("selected")
    terminal.press("1")
    terminal.shows("selected")
    assert len(list(Path(f"/proc/{terminal.pid}/task").iterdir())) <= threads
    terminal.press("q")
    assert terminal.ends() == 0
