"""How Monitor and its dialogs look."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, Hands, Snap, looks_right
from tests.ui.monitoring import at_gate, everything, held, midst, paced, play, press, settle, show, with_history
from tests.ui.recording import Recording
from textual.pilot import Pilot

Moment = Callable[[Recording], int | None]


def hands(job: str, *keys: str) -> Hands:
    """Show the job, then press keys."""

    async def drive(pilot: Pilot[Any]) -> None:
        await show(pilot, job)
        await press(pilot, *keys)

    return drive


def look(
    desk: Desk, snap: Snap, recording: Recording, moment: Moment, size: tuple[int, int], words: tuple[str, ...],
    *keys: str,
) -> bool:  # fmt: skip
    """Play to a moment, press keys, compare."""
    app = desk.app(recording)
    with_history(app)
    play(desk, recording, moment(recording))
    return looks_right(snap, app, size, words, hands(recording.spec.id, *keys))


RUNNING = ("health-check", "RUNNING", "batch 2/4", "rejected login", "failures", "▶ ", "usual")


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE], ids=["80x24", "120x36", "200x60"])
def test_running(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    assert look(desk, snap_compare, paced(desk), midst, size, RUNNING)


@pytest.mark.parametrize("theme", ["paceline-light", "ansi-16", "mono"])
def test_running_in_other_colours(desk: Desk, snap_compare: Snap, theme: str) -> None:
    desk.set(f'[ui]\ntheme = "{theme}"')
    assert look(desk, snap_compare, paced(desk), midst, WIDE, RUNNING)


def test_running_in_ascii(desk: Desk, snap_compare: Snap) -> None:
    desk.set('[ui]\nglyphs = "ascii"')
    words = ("RUNNING", "====", "x swe-r3", "> ")
    assert look(desk, snap_compare, paced(desk), midst, NARROW, words)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
def test_held(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    words = ("is held: too many devices did not succeed", "Leave it held", "Go on", "Stop the job", "the budget is 0")
    assert look(desk, snap_compare, held(desk), at_gate, size, words)


def test_held_without_its_dialog(desk: Desk, snap_compare: Snap) -> None:
    words = ("HELD", "did not succeed", "a answers")
    assert look(desk, snap_compare, held(desk), at_gate, NARROW, words, "escape")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
def test_finished(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    words = ("FINISHED", "55 of 60 succeeded", "ended", "forecast", "n runs")
    assert look(desk, snap_compare, paced(desk), everything, size, words)


def test_trouble_only(desk: Desk, snap_compare: Snap) -> None:
    words = ("trouble only", "of 60 shown", "esc shows all", "failed")
    assert look(desk, snap_compare, paced(desk), everything, WIDE, words, "f")


def test_no_job(desk: Desk, snap_compare: Snap) -> None:
    async def drive(pilot: Pilot[Any]) -> None:
        await pilot.press("2")
        await pilot.pause()

    words = ("No job is shown", "1 configures and starts one", "3 opens an earlier one")
    assert looks_right(snap_compare, desk.app(), NARROW, words, drive)


DIALOGS = {
    "pause": (("p",), ("Pause health-check?", "Go on", "nothing new starts")),
    "stop": (("s",), ("Stop health-check?", "Do not stop", "After this batch", "After the running devices", "Now")),
    "pace": (("r",), ("Pace of health-check", "Batch size", "Devices per hour", "likely end")),
    "skip": (("x",), ("Skip devices?", "Skip nothing", "it is cancelled")),
    "reasons": (("e",), ("Why devices are in trouble", "rejected login", "refused")),
    "reason": (("e", "enter"), ("rejected login", "Show them", "New job on them")),
    "order": (("o",), ("Order devices by", "trouble first", "in force")),
    "again": (("n",), ("New job on which devices?", "What is in trouble", "Every device")),
}


@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(desk: Desk, snap_compare: Snap, dialog: str) -> None:
    keys, words = DIALOGS[dialog]
    assert look(desk, snap_compare, paced(desk), midst, NARROW, words, *keys)


def test_another_pace_before_it_is_confirmed(desk: Desk, snap_compare: Snap) -> None:
    words = ("Pace of health-check", "raises the load", "instead of", "Change it to batches of 40")
    assert look(desk, snap_compare, paced(desk), midst, WIDE, words, "r", "4", "0", "enter", "enter")


def test_paused(desk: Desk, snap_compare: Snap) -> None:
    recording = paced(desk)
    app = desk.app(recording)
    play(desk, recording, midst(recording))

    async def drive(pilot: Pilot[Any]) -> None:
        screen = await show(pilot, recording.spec.id)
        await press(pilot, "p", "down", "enter")
        await settle(pilot, lambda: screen.is_current and app.shown is not None and app.shown.status.state == "paused")
        screen.flush()

    words = ("PAUSED", "paused by alice@jump01", "p resumes", "no end while it is paused")
    assert looks_right(snap_compare, app, NARROW, words, drive)
