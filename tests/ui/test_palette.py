"""The command palette: actions, themes, jobs."""

from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, Snap, looks_right, text_of
from tests.ui.quiet import settle
from tests.ui.recording import JOB
from textual.pilot import Pilot

from paceline.ui.app import PacelineApp
from paceline.ui.dialogs.palette import PaletteDialog


@pytest.fixture
def app(desk: Desk) -> PacelineApp:
    """With one finished job."""
    app = desk.app(desk.record())
    desk.clock = desk.engine.play(JOB)
    return app


async def show(pilot: Pilot[Any], *keys: str) -> None:
    """The palette over History, and some keys."""
    await pilot.press("3")
    await settle(pilot)
    await pilot.press("ctrl+p")
    await settle(pilot)
    for key in keys:
        await pilot.press(key)
    await settle(pilot)


def test_everything_that_can_be_done(app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(pilot)

    words = ("Run again…", "Filter", "Theme ansi-16", "Leave")
    assert looks_right(snap_compare, app, NARROW, words, hands)


async def test_typing_narrows_and_enter_runs_the_action(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, *"monitor", "enter")
        assert app.current_mode == "monitor"


async def test_an_action_of_the_screen_under_it_runs_there(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, *"copy", "enter")
        assert app.clipboard.endswith(JOB)


async def test_a_theme_is_taken_at_once_and_for_the_session(desk: Desk, app: PacelineApp) -> None:
    settings = desk.paths.settings.read_text()
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        for name in ("mono", "paceline-dark"):
            await show(pilot, *f"theme {name}", "enter")
            assert app.theme == name
            assert "For this session" in text_of(app)
            app.clear_notifications()
    assert desk.paths.settings.read_text() == settings


async def test_a_job_is_opened_from_anywhere(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, *"job health")
        assert JOB in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert app.current_mode == "monitor"
        assert app.shown is not None
        assert app.shown.id == JOB


async def test_arrows_and_pages_move_while_typing_goes_on(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "pagedown", "pageup", "down", "down", "up")
        screen = app.screen
        assert isinstance(screen, PaletteDialog)
        await pilot.press("enter")
        await settle(pilot)
        assert app.screen is not screen


async def test_nothing_found_is_nothing_done(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, *"zzzzzz", "enter")
        assert isinstance(app.screen, PaletteDialog)
        await pilot.press("escape")
        await settle(pilot)
        assert app.current_mode == "history"


async def test_textuals_own_commands_are_not_offered(app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(pilot)
        palette = app.screen
        assert isinstance(palette, PaletteDialog)
        names = {command.name for command in palette._commands}
        assert {"Help", "Leave", "Filter"} <= names
        assert not names & {"Quit", "Screenshot", "Maximize", "Keys", "Theme"}
        await pilot.press("escape", "ctrl+q")
        await settle(pilot)
    assert app.return_value == 0
