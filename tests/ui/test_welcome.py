"""The first start, without an inventory."""

import threading
from pathlib import Path

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, text_of
from tests.ui.settling import draft_of, settled, shown

from paceline.ui.ports import Opening
from paceline.ui.screens.history import HistoryScreen
from paceline.ui.screens.welcome import WelcomeScreen


def forget_inventory(desk: Desk) -> None:
    desk.paths.settings.unlink()
    desk.opening = Opening()


async def test_it_says_so_and_offers_what_lies_near(desk: Desk) -> None:
    forget_inventory(desk)
    async with desk.app().run_test(size=NARROW) as pilot:
        await shown(pilot, WelcomeScreen)
        text = text_of(pilot.app)
        assert "There is no inventory yet" in text
        assert "~/config/fleet.csv" in text
        assert "paceline demo" in text
        await pilot.press("enter")
        await settled(pilot)
        assert "0 of 60 selected" in text_of(pilot.app)
        assert draft_of(pilot).found is not None


async def test_a_path_is_typed_and_what_is_wrong_with_it_said(desk: Desk) -> None:
    forget_inventory(desk)
    desk.inventory.rename(desk.paths.config / "mine.data")
    async with desk.app().run_test(size=NARROW) as pilot:
        await shown(pilot, WelcomeScreen)
        assert "These lie near" not in text_of(pilot.app)
        await pilot.press(*"~/nothing", "enter")
        await pilot.pause(0.1)
        await shown(pilot, WelcomeScreen)
        assert "nothing" in text_of(pilot.app)
        await pilot.press("ctrl+u", *"~/config/mine.data", "enter")
        await settled(pilot)
        assert "0 of 60 selected" in text_of(pilot.app)


async def test_it_waits_for_configure_to_be_in_front(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_inventory(desk)
    may_read = threading.Event()

    def slow(folders: object) -> list[Path]:
        assert may_read.wait(20)
        return []

    monkeypatch.setattr("paceline.ui.inventory_flows.find_inventories", slow)
    async with desk.app().run_test(size=NARROW) as pilot:
        await pilot.press("3")
        await shown(pilot, HistoryScreen)
        may_read.set()
        for _ in range(20):
            await pilot.pause()
        assert isinstance(pilot.app.screen, HistoryScreen)
        await pilot.press("1")
        await shown(pilot, WelcomeScreen)
        assert pilot.app.current_mode == "configure"


async def test_escape_goes_on_without_one(desk: Desk) -> None:
    forget_inventory(desk)
    async with desk.app().run_test(size=NARROW) as pilot:
        await shown(pilot, WelcomeScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert "no inventory yet: i opens one" in text_of(pilot.app)
