"""The controls of Monitor: each asks first, and the first answer changes nothing."""

from datetime import timedelta

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.monitoring import at_gate, everything, held, midst, monitor, paced, play, press, settle, table_of, told

from paceline.model.control import Answer, Pause, PauseCountry, Resume, ResumeCountry, Retune, Skip, Stop
from paceline.model.states import JobState
from paceline.ui.dialogs import gate
from paceline.ui.dialogs.base import Dialog

OPERATOR = "alice@jump01"


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that opens by itself takes keys at once: its test sets the grace."""
    monkeypatch.setattr(gate, "GRACE_S", 0.0)


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
        await press(pilot, *["enter"] * 4)
        assert desk.engine.controls == [], "the answer that has the focus changes nothing"
        await press(pilot, "r", "4", "0", *["enter"] * 4, "down", "enter")
        assert desk.engine.controls == [Retune(batch_size=40, by=OPERATOR)]


async def test_caps_are_changed_live_and_shown_before_they_are_confirmed(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, _):
        await press(pilot, "r", "enter", "enter", "2", "enter", "1")
        assert "then: batches of 20, 120 devices per hour, 2 per country, 1 per" in text_of(app)
        await press(pilot, "enter", "down", "enter")
        assert desk.engine.controls == [Retune(per_country=2, per_site=1, by=OPERATOR)]


async def test_one_country_is_paused_and_goes_on_and_the_headline_says_so(desk: Desk) -> None:
    async with monitor(desk, paced(desk)) as (app, pilot, screen):
        await press(pilot, "c", "enter", "p")
        country = table_of(screen).shown_by.country
        assert f"Pause {country}" in text_of(app)
        await press(pilot, "down", "down", "enter")
        assert desk.engine.controls == [PauseCountry(country=country, by=OPERATOR)]
        await settle(pilot, lambda: app.shown is not None and country in app.shown.status.paused_countries)
        screen.flush()
        await pilot.pause()
        shown = text_of(app)
        assert f"{country}, paused by alice@jump01" in shown
        assert f"no end while {country} is paused" in shown
        assert "p resumes" in shown
        await press(pilot, "p", "down", "down", "enter")
        assert desk.engine.controls[1:] == [ResumeCountry(country=country, by=OPERATOR)]


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


async def test_keys_that_were_not_meant_for_a_gate_do_not_answer_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "GRACE_S", 3_600.0)
    async with monitor(desk, held(desk), at_gate) as (app, pilot, _):
        await settle(pilot, lambda: isinstance(app.screen, Dialog))
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert desk.engine.controls == []
        monkeypatch.setattr(gate, "GRACE_S", 0.0)
        await press(pilot, "escape", "a")
        monkeypatch.setattr(gate, "GRACE_S", 3_600.0)
        await press(pilot, "down", "enter")
        assert len(desk.engine.controls) == 1, "one that was asked for takes them at once"


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
        app.call_later(app.open_job, recording.spec.id)
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
