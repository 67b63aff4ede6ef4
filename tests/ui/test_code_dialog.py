"""A login that asks for a code, in Monitor: the device's words, a hidden line, an answer for the engine alone."""

from datetime import timedelta

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.monitoring import midst, monitor, paced, press, settle
from tests.ui.settling import shown
from textual.widgets import Input

from paceline.model import event as ev
from paceline.model.asked import answers_in
from paceline.ui.dialogs import code
from paceline.ui.dialogs.code import CodeDialog


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes keys at once."""
    monkeypatch.setattr(code, "GRACE_S", 0.0)


def asking(desk: Desk, job: str, device: str) -> ev.LoginAsked:
    return ev.LoginAsked(
        seq=1, at=desk.clock, job=job, device=device, country="DE", attempt=1, question="login-1", user="netops",
        instruction="Duo [bold]login\x1b[2J", until=desk.clock + timedelta(seconds=38),
        prompts=(ev.LoginPrompt(text="Passcode:", shown=False), ev.LoginPrompt(text="Site:", shown=True)),
    )  # fmt: skip


async def test_a_login_asks_by_itself_and_its_answer_is_handed_over(desk: Desk) -> None:
    recording = paced(desk)
    job = recording.spec.id
    async with monitor(desk, recording, midst) as (app, pilot, screen):
        device = next(iter((await desk.engine.status(job)).in_flight))
        desk.engine.inject(job, asking(desk, job, device))
        await settle(pilot, lambda: isinstance(app.screen, CodeDialog))
        await shown(pilot, CodeDialog)
        text = text_of(app)
        assert f"{device} asks netops for more than a password" in text
        assert "Duo [bold]login" in text and "It waits for" in text
        assert [line.password for line in app.screen.query(Input)] == [True, False]
        # Escape leaves it waiting; the headline says so, and its key asks again.
        await press(pilot, "escape")
        await settle(pilot, lambda: f"{device} asks netops: Passcode: Site:" in text_of(app))
        assert "a answers" in text_of(app)
        await press(pilot, "a")
        await shown(pilot, CodeDialog)
        await press(pilot, "7", "7", "1", "enter")
        assert not desk.engine.supplied, "a line is still empty"
        await press(pilot, "x", "enter")
        await settle(pilot, lambda: bool(desk.engine.supplied))
        ((question, secrets),) = desk.engine.supplied
        told = answers_in(question, secrets, 2)
        assert told is not None and [value.reveal() for value in told] == ["771", "x"]
        await settle(pilot, lambda: "asks netops" not in text_of(app))
        assert "771" not in text_of(app)
        assert screen is app.screen


async def test_a_dialog_whose_login_has_ended_goes_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_LOOK_S", 0.02)
    recording = paced(desk)
    job = recording.spec.id
    async with monitor(desk, recording, midst) as (app, pilot, _):
        device = next(iter((await desk.engine.status(job)).in_flight))
        asked = asking(desk, job, device)
        desk.engine.inject(job, asked)
        await settle(pilot, lambda: isinstance(app.screen, CodeDialog))
        who = asked.model_dump(include={"seq", "at", "job", "device", "country", "attempt", "question"})
        desk.engine.inject(job, ev.LoginAnswered.model_validate({**who, "given": False}))
        await settle(pilot, lambda: not isinstance(app.screen, CodeDialog))
        assert not desk.engine.supplied
