"""Monitor: what its keys do, and what it says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.monitoring import at_gate, everything, held, midst, monitor, paced, play, settle, show
from textual.pilot import Pilot

from paceline.model.control import Answer, Pause, Resume, Retune, Skip, Stop
from paceline.model.job import JobSpec
from paceline.model.states import DeviceState, JobState
from paceline.ui.app import PacelineApp
from paceline.ui.dialogs.base import Dialog
from paceline.ui.live import LiveJob
from paceline.ui.reasons import TROUBLE
from paceline.ui.screens.monitor import MonitorScreen
from paceline.ui.widgets.country_board import CountryBoard
from paceline.ui.widgets.device_table import DeviceTable

OPERATOR = "alice@jump01"


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Keys, each when what it answers can be seen."""
    for key in keys:
        screen = pilot.app.screen
        if isinstance(screen, Dialog):
            await settle(pilot, lambda screen=screen: screen.drawn_at is not None)  # type: ignore[misc]
        await pilot.press(key)
        await pilot.pause()


def table_of(screen: MonitorScreen) -> DeviceTable:
    """The rows."""
    return screen.query_one(DeviceTable)


def told(app: PacelineApp) -> list[str]:
    """The toasts."""
    return [toast.message for toast in app._notifications]


class Neighbours:
    """Notes what Monitor asks of the other screens."""

    def __init__(self, app: PacelineApp) -> None:
        self.opened: list[str] = []
        self.again: list[tuple[str, ...]] = []
        app.open_device = self.open_device  # type: ignore[attr-defined]
        app.run_again = self.run_again  # type: ignore[attr-defined]

    def open_device(self, job: LiveJob, device: str, order: Sequence[str] = ()) -> None:
        """Noted."""
        assert device in order
        self.opened.append(device)

    def run_again(self, spec: JobSpec, devices: Sequence[str]) -> None:
        """Noted."""
        self.again.append(tuple(devices))


# -- controls ---------------------------------------------------------------------------------------------


async def test_pause_and_resume_ask_first(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "p", "enter")
        assert desk.engine.controls == [], "the first answer is the harmless one"
        await press(pilot, "p", "down", "enter")
        assert desk.engine.controls == [Pause(by=OPERATOR)]
        await settle(pilot, lambda: app.shown is not None and app.shown.status.state is JobState.PAUSED)
        screen.flush()
        await pilot.pause()
        assert "PAUSED" in text_of(app)
        assert "p resumes" in text_of(app)
        await press(pilot, "p", "down", "enter")
        assert desk.engine.controls[1:] == [Resume(by=OPERATOR)]


@pytest.mark.parametrize(("downs", "stop"), [(1, "batch"), (2, "running"), (3, "now")])
async def test_three_ways_to_stop(desk: Desk, downs: int, stop: str) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "s", "enter")
        assert desk.engine.controls == []
        await press(pilot, "s", *["down"] * downs, "enter")
        assert desk.engine.controls == [Stop(stop=stop, by=OPERATOR)]  # type: ignore[arg-type]
        await settle(pilot, lambda: app.shown is not None and app.shown.status.state is JobState.STOPPING)
        screen.flush()
        await pilot.pause()
        assert "STOPPING" in text_of(app)


async def test_a_job_that_stops_can_only_be_stopped_harder(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "s", "down", "down", "enter")
        await settle(pilot, lambda: app.shown is not None and app.shown.status.stop == "running")
        screen.flush()
        await press(pilot, "s")
        shown = text_of(app)
        assert "After this batch" not in shown
        assert "cancels 10 devices in flight" in shown
        await press(pilot, "down", "enter")
        assert [control.stop for control in desk.engine.controls if isinstance(control, Stop)] == ["running", "now"]


async def test_another_pace_is_confirmed_after_its_end_was_shown(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        await press(pilot, "r")
        assert "Leave the pace as it is" in text_of(app)
        assert "Change it" not in text_of(app), "nothing was changed yet"
        await press(pilot, "4", "0", "enter", *["backspace"] * 3, "6", "0", "0")
        shown = text_of(app)
        assert "batches of 40, 600 devices per hour" in shown
        assert "raises the load: up to 40 devices at once instead of 20" in shown
        assert "instead of 22:30" in shown
        await press(pilot, "enter", "enter")
        assert desk.engine.controls == [], "the answer that has the focus changes nothing"
        await press(pilot, "r", "4", "0", "enter", "enter", "down", "enter")
        assert desk.engine.controls == [Retune(batch_size=40, by=OPERATOR)]


@pytest.mark.parametrize("typed", ["", "12x", "999999"])
async def test_a_pace_that_is_none_is_said_and_cannot_be_chosen(desk: Desk, typed: str) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        await press(pilot, "r", "delete")
        app.screen.query("Input").first().value = typed  # type: ignore[attr-defined]
        await pilot.pause()
        assert "Batch size: expected a whole number from 0 to 100000" in text_of(app)
        assert "Change it" not in text_of(app)


async def test_skip_asks_for_the_device_under_the_cursor(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (_, pilot, screen):
        await press(pilot, "down")
        device = table_of(screen).device
        await press(pilot, "x", "enter")
        assert desk.engine.controls == []
        await press(pilot, "x", "down", "enter")
        assert desk.engine.controls == [Skip(device=device or "", by=OPERATOR)]


async def test_skip_offers_all_pending_devices_that_a_filter_shows(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "slash", *"state=pending", "space", *"country=DE", "enter")
        pending = list(table_of(screen).order)
        assert pending
        assert {name[:3] for name in pending} == {"deu"}
        await press(pilot, "x", "down", "down", "enter")
        assert desk.engine.controls == [Skip(device=name, by=OPERATOR) for name in pending]
        assert f"{len(pending)} of 60 shown: state=pending country=DE" in text_of(app)


async def test_a_gate_asks_by_itself_once_and_later_by_its_key(desk: Desk) -> None:
    recording = held(desk)
    async with monitor(desk, recording, at_gate) as (app, pilot, screen):
        await settle(pilot, lambda: isinstance(app.screen, Dialog))
        assert "is held: too many devices did not succeed" in text_of(app)
        await press(pilot, "enter")
        assert desk.engine.controls == [], "the harmless answer leaves it held"
        desk.clock += timedelta(seconds=5)
        screen.flush()
        await pilot.pause()
        assert app.screen is screen, "it does not ask again"
        await press(pilot, "a", "down", "enter")
        question = desk.engine.controls[0]
        assert isinstance(question, Answer)
        assert (question.question, question.answer, question.by) == ("max_failures-1", "go_on", OPERATOR)


async def test_a_gate_can_be_answered_with_stop(desk: Desk) -> None:
    async with monitor(desk, held(desk), at_gate) as (app, pilot, _):
        await settle(pilot, lambda: isinstance(app.screen, Dialog))
        await press(pilot, "down", "down", "enter")
        assert [control.answer for control in desk.engine.controls if isinstance(control, Answer)] == ["stop"]


async def test_what_is_refused_is_said(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        desk.engine.refusal = "the job is paused already"
        await press(pilot, "p", "down", "enter")
        await settle(pilot, lambda: told(app) == ["the job is paused already"])


@pytest.mark.parametrize("key", ["p", "s", "r", "x"])
async def test_a_job_that_does_not_run_here_cannot_be_controlled_and_says_why(desk: Desk, key: str) -> None:
    recording = paced(desk)
    app = desk.app(recording)
    play(desk, recording, midst(recording))
    async with app.run_test(size=(120, 36)) as pilot:
        app.call_later(app.open_kept, recording.spec.id)
        await settle(pilot, lambda: "not running here" in text_of(app))
        await press(pilot, key)
        assert "does not run here: this is how it was kept" in told(app)[0]
        assert not isinstance(app.screen, Dialog)


async def test_a_job_that_has_ended_has_no_controls(desk: Desk) -> None:
    async with monitor(desk, paced(desk), everything) as (app, pilot, screen):
        await press(pilot, "p", "s", "r", "x", "a")
        assert app.screen is screen
        footer = text_of(app).splitlines()[-1]
        assert "Pause" not in footer
        assert "Trouble" in footer


# -- other screens -----------------------------------------------------------------------------------------


async def test_enter_opens_the_device(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        neighbours = Neighbours(app)
        await press(pilot, "down", "down", "enter")
        assert neighbours.opened == [table_of(screen).device]


async def test_a_new_job_on_what_is_in_trouble(desk: Desk) -> None:
    async with monitor(desk, paced(desk), everything) as (app, pilot, _):
        neighbours = Neighbours(app)
        assert app.shown is not None
        wrong = tuple(one.name for one in app.shown.status.devices.values() if one.state in TROUBLE)
        assert "n runs 5 again" in text_of(app)
        await press(pilot, "n", "enter")
        assert neighbours.again == [wrong]
        assert len(wrong) == 5


async def test_a_reason_shows_its_devices_skips_them_and_runs_them_again(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        neighbours = Neighbours(app)
        await press(pilot, "e", "down", "enter", "enter")
        assert table_of(screen).order == ["pol-r4"]
        assert "1 of 60 shown: refused connection" in text_of(app)
        await press(pilot, "e", "down", "enter", "down", "enter")
        assert desk.engine.controls == [Skip(device="pol-r4", by=OPERATOR)], "it waits to be tried again"
        await press(pilot, "e", "enter", "down", "enter")
        assert neighbours.again == [("swe-r3",)]


# -- what is shown ------------------------------------------------------------------------------------------


async def test_trouble_only_and_everything_again(desk: Desk) -> None:
    async with monitor(desk, paced(desk), everything) as (app, pilot, screen):
        await press(pilot, "f")
        assert app.shown is not None
        devices = app.shown.status.devices
        assert {devices[name].state for name in table_of(screen).order} <= set(TROUBLE)
        assert "5 of 60 shown: trouble only" in text_of(app)
        await press(pilot, "f")
        assert len(table_of(screen).order) == 60


async def test_waiting_for_shows_what_runs_the_oldest_first(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "w")
        assert app.shown is not None
        assert list(table_of(screen).order) == list(app.shown.status.in_flight)
        await press(pilot, "escape")
        assert len(table_of(screen).order) == 60


async def test_a_filter_is_typed_complains_and_is_left(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "slash", *"swe")
        assert {name[:3] for name in table_of(screen).order} == {"swe"}
        await press(pilot, "space", *"state=runing")
        assert "state=runing is no state; did you mean running?" in text_of(app)
        assert {name[:3] for name in table_of(screen).order} == {"swe"}, "the rows stay"
        await press(pilot, "enter")
        assert app.focused is not table_of(screen), "what is not understood is not left alone"
        await press(pilot, "escape")
        assert app.focused is table_of(screen)
        assert len(table_of(screen).order) == 60


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_country_filters_and_again_all_of_them(desk: Desk, size: tuple[int, int]) -> None:
    async with monitor(desk, paced(desk), size=size) as (app, pilot, screen):
        await press(pilot, "c")
        assert screen.query_one(CountryBoard).has_focus
        await press(pilot, "right" if size[0] < 120 else "down", "enter")
        assert {name[:3] for name in table_of(screen).order} == {"deu"}
        await press(pilot, "enter")
        assert len(table_of(screen).order) == 60
        await press(pilot, "end", "enter")
        assert {name[:3] for name in table_of(screen).order} == {"pol"}
        await press(pilot, "escape", "escape")
        assert app.focused is table_of(screen)
        assert len(table_of(screen).order) == 60


async def test_a_country_is_chosen_with_the_mouse(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (_, pilot, screen):
        await pilot.click(CountryBoard, offset=(5, 3))
        await pilot.pause()
        assert {name[:3] for name in table_of(screen).order} == {"deu"}


async def test_an_order_is_chosen_and_turned_round(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "o", "down", "enter")
        assert table_of(screen).order[0] == "deu-r1"
        await press(pilot, "o")
        assert "in force" in text_of(app)
        await press(pilot, "down", "enter")
        assert table_of(screen).order[-1] == "deu-r1"
        await press(pilot, "o", "enter")
        assert table_of(screen).sorted_by == ("trouble", False)


WAITS = ("next in", "next when", "the last ones", "its end", "next start", "behind a cap")


async def test_it_says_what_it_waits_for_at_every_moment(desk: Desk) -> None:
    recording = paced(desk)
    app = desk.app(recording)
    play(desk, recording, 2, 0)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await show(pilot, recording.spec.id)
        silent: list[str] = []
        for event in recording.events[2:-1:15]:
            desk.clock = desk.engine.play(recording.spec.id, event.seq)
            await settle(pilot, lambda seq=event.seq: app.shown is not None and app.shown.status.seq == seq)  # type: ignore[misc]
            screen._draw_anew()
            await pilot.pause()
            line = text_of(app).splitlines()[1]
            if not any(words in line for words in WAITS):
                silent.append(line)
        assert silent == []


async def test_without_a_job_it_says_what_leads_to_one(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "p", "s", "f", "slash", "e", "o", "n", "c", "x")
        assert "No job is shown. 1 configures and starts one, 3 opens an earlier one." in text_of(app)
        assert isinstance(app.screen, MonitorScreen)


async def test_a_second_job_takes_the_screen_over(desk: Desk) -> None:
    first = paced(desk)
    second = desk.record(desk.spec(job="20260105-2300-other-0001", where="country=DE"))
    app = desk.app(first, second)
    play(desk, first)
    play(desk, second, 40)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await show(pilot, first.spec.id)
        await press(pilot, "f")
        await show(pilot, second.spec.id)
        assert len(table_of(screen).order) == 11
        assert "FINISHED" not in text_of(app)


async def test_keys_of_the_operators_own_are_the_ones_that_are_told(desk: Desk) -> None:
    desk.set('[ui.keys]\n"monitor.answer" = "y"')
    async with monitor(desk, held(desk), at_gate) as (app, pilot, _):
        await settle(pilot, lambda: isinstance(app.screen, Dialog))
        await press(pilot, "escape")
        assert "y answers" in text_of(app)
        await press(pilot, "y")
        assert isinstance(app.screen, Dialog)


async def test_devices_in_flight_end_as_they_do_in_the_status(desk: Desk) -> None:
    recording = paced(desk)
    async with monitor(desk, recording) as (app, pilot, screen):
        play(desk, recording)
        await settle(pilot, lambda: app.shown is not None and app.shown.status.state.is_final)
        desk.clock += timedelta(seconds=1)
        screen.flush()
        await pilot.pause()
        shown = text_of(app)
        assert "FINISHED" in shown
        assert DeviceState.RUNNING.value not in shown
