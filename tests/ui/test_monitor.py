"""Monitor: what it shows, what its keys show, and where they lead."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.monitoring import (
    at_gate,
    everything,
    held,
    monitor,
    paced,
    play,
    press,
    settle,
    show,
    table_of,
)
from textual.binding import Binding

from paceline.launch.earlier import Earlier
from paceline.model.control import Skip
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk
from paceline.model.states import DeviceState
from paceline.ui.app import PacelineApp
from paceline.ui.dialogs import gate
from paceline.ui.dialogs.base import Dialog
from paceline.ui.dialogs.waiting import WaitingDialog
from paceline.ui.live import LiveJob
from paceline.ui.reasons import TROUBLE
from paceline.ui.screens.device import DeviceScreen
from paceline.ui.screens.monitor import MonitorScreen
from paceline.ui.widgets.country_board import CountryBoard


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that opens by itself takes keys at once: its test sets the grace."""
    monkeypatch.setattr(gate, "GRACE_S", 0.0)


class Neighbours:
    """Notes what Monitor asks of the other screens."""

    def __init__(self, app: PacelineApp) -> None:
        self.opened: list[str] = []
        self.again: list[tuple[str, ...]] = []
        app.__dict__.update(open_device=self.open_device, run_again=self.run_again)

    def open_device(self, job: LiveJob, device: str, order: Sequence[str] = ()) -> None:
        """Noted."""
        assert device in order
        self.opened.append(device)

    def run_again(self, spec: JobSpec, devices: Sequence[str], before: Earlier | None = None) -> None:
        """Noted."""
        self.again.append(tuple(devices))


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
        assert desk.engine.controls == [Skip(device="pol-r4", by="alice@jump01")], "it waits to be tried again"
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
        await press(pilot, "w", "w")
        assert app.shown is not None
        assert list(table_of(screen).order) == list(app.shown.status.in_flight)
        await press(pilot, "escape")
        assert len(table_of(screen).order) == 60


async def test_waiting_for_ranks_peeks_and_skips(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        assert app.shown is not None
        status = app.shown.status
        await press(pilot, "w")
        assert f"Waiting for {len(status.in_flight)} devices" in text_of(app)
        await settle(pilot, lambda: len(desk.engine.watched) == min(8, len(status.in_flight)))
        desk.engine.chunks.put_nowait(OutputChunk("any", 1, 1, "neighbor 192.0.2.1 password s3cret9\nup 3d\n"))
        dialog = app.screen
        assert isinstance(dialog, WaitingDialog)
        await settle(pilot, lambda: any(heard.at for heard in dialog._heard.values()))
        # One of those who listen took it.
        chosen = next(name for name, heard in dialog._heard.items() if heard.at)
        await press(pilot, *["down"] * [row.device.name for row in dialog._rows.rows].index(chosen))
        dialog._look()
        await pilot.pause()
        shown = text_of(app)
        assert "up 3d" in shown
        assert "0s ago" in shown
        assert "s3cret9" not in shown, "secrets are masked here too"
        await press(pilot, "x")
        assert f"Skip {chosen}" in text_of(app)
        await press(pilot, "down", "enter")
        assert desk.engine.controls == [Skip(device=chosen, by="alice@jump01")]


async def test_waiting_for_opens_the_device(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        await press(pilot, "w", "down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, DeviceScreen))


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


WAITS = ("next in", "next when", "next after", "the last ones", "its end", "next start", "behind a cap")


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


def test_the_guide_tells_of_every_key() -> None:
    guide = (Path(__file__).parents[2] / "GUIDE.md").read_text(encoding="utf-8")
    section = guide.partition("\n## Monitor\n")[2].partition("\n## ")[0]
    told = {keys for line in section.splitlines() for keys in re.findall(r"^\| `([^`]+)` \|", line)}
    names = {"slash": "/", "escape": "esc"}
    bound = {names.get(binding.key, binding.key) for binding in MonitorScreen.BINDINGS if isinstance(binding, Binding)}
    assert told == bound | {"enter"}


async def test_another_theme_is_drawn_at_once(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        before = [list(screen.query_one("#headline").render_line(y)) for y in range(4)]
        app.theme = "paceline-light"
        for _ in range(5):
            await pilot.pause()
        after = [list(screen.query_one("#headline").render_line(y)) for y in range(4)]
        assert [[one.text for one in line] for line in after] == [[one.text for one in line] for line in before]
        assert all(new != old for new, old in zip(after, before, strict=True))
