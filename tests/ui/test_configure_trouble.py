"""Configure with files that are broken, missing or hostile."""

import asyncio

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, text_of
from tests.ui.settling import draft_of, flat, focused, press, screen_of, settled
from textual.widget import Widget
from textual.widgets import Input

from paceline.ui.dialogs.fitted import DialogText
from paceline.ui.dialogs.sentences import SentencesDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.configure import ConfigureScreen
from paceline.ui.widgets.device_tree import DeviceTree
from paceline.ui.widgets.devices_pane import DevicesPane
from paceline.ui.widgets.field import ChoiceField


async def test_an_inventory_with_300_broken_rows_loads_what_is_fine_and_lists_the_rest(desk: Desk) -> None:
    good = desk.inventory.read_text(encoding="utf-8")
    desk.inventory.write_text(
        good + "".join(f"bad {n},192.0.2.300,cisco_xr,DE,ber1,pe\n" for n in range(300)), encoding="utf-8"
    )
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "60 of 60 selected" in text_of(pilot.app)
        assert "300 problems in the inventory, p lists them" in text_of(pilot.app)
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SentencesDialog)
        assert "300 problems in fleet.csv" in text_of(pilot.app)
        assert "line 62" in text_of(pilot.app)
        await pilot.press("G")
        await pilot.pause()
        assert "line 361" in text_of(pilot.app)
        text = pilot.app.screen.query_one(DialogText)
        bottom = text.scroll_target_y
        await pilot.press("k", "k")
        assert text.scroll_target_y == bottom - 2
        await pilot.press("j")
        assert text.scroll_target_y == bottom - 1
        await pilot.press("pageup")
        assert text.scroll_target_y < bottom - 3
        await pilot.press("g", "pagedown")
        assert 0 < text.scroll_target_y < bottom / 2
        await press(pilot, "escape")
        assert focused(pilot) == "tree"


async def test_an_inventory_that_cannot_be_read_is_a_sentence(desk: Desk) -> None:
    desk.inventory.unlink()
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        shown = flat(pilot)
        assert "fleet.csv" in shown
        assert "no inventory yet: i opens one" in shown


async def test_a_broken_preset_is_a_sentence_and_another_one_is_opened(desk: Desk) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "mine.toml").write_text('name = "mine"\ncomands = ["show version"]\n', encoding="utf-8")
    desk.opening = Opening("mine")
    async with desk.app().run_test(size=WIDE, notifications=True) as pilot:
        await settled(pilot)
        assert draft_of(pilot).name == "health-check"
        assert any("comands" in notice.message for notice in pilot.app._notifications)


async def test_a_platform_file_that_is_broken_is_a_sentence(desk: Desk) -> None:
    desk.paths.platforms.mkdir()
    (desk.paths.platforms / "mine.toml").write_text("name = 3\n", encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        async with asyncio.timeout(20):
            while not isinstance(pilot.app.screen, SentencesDialog):
                await pilot.pause()
        await pilot.pause()
        assert "mine.toml" in "".join(text_of(pilot.app).split())
        await pilot.press("enter", "ctrl+r", "ctrl+s", "i", "e", "ctrl+o")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfigureScreen)


async def test_what_a_preset_names_and_the_inventory_does_not_have_is_said(desk: Desk) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "mine.toml").write_text(
        'name = "mine"\nselection = "country=DE"\ninclude = ["gone-r1"]\ncommands = ["show version"]\n',
        encoding="utf-8",
    )
    desk.opening = Opening("mine")
    async with desk.app().run_test(size=HUGE) as pilot:
        await settled(pilot)
        assert "gone-r1" in text_of(pilot.app)
        assert "changed: devices" in text_of(pilot.app)


async def test_device_text_is_never_markup(desk: Desk) -> None:
    desk.inventory.write_text("name,address,platform,country\n[bold]x[/],192.0.2.1,cisco_xr,DE\n", encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "asterisk")
        assert "[bold]x[/]" in text_of(pilot.app)
        await pilot.press("slash", *"[bold", "enter")
        await settled(pilot)
        assert screen_of(pilot).query_one("#filter", Input).value == "[bold"


async def test_nothing_is_drawn_while_nothing_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        drawn: list[str] = []

        def note(widget: Widget, *_: object, **__: object) -> Widget:
            drawn.append(type(widget).__name__)
            return widget

        for kind in (DeviceTree, DevicesPane, ChoiceField):
            monkeypatch.setattr(kind, "refresh", note)
        for _ in range(5):
            screen_of(pilot).flush()
        await pilot.pause()
        assert drawn == []
