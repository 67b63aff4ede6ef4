"""The devices of Configure by keyboard: ticks, countries, the filter."""

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, text_of
from tests.ui.settling import draft_of, focused, press, screen_of, settled
from textual import events
from textual.widgets import Input

from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.ports import Opening
from paceline.ui.widgets.device_tree import DeviceTree


async def test_a_country_is_ticked_as_a_whole_and_opened_to_tick_single_devices(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "0 of 60 selected" in text_of(pilot.app)
        assert "no device is ticked" in text_of(pilot.app)
        await press(pilot, "space")
        assert draft_of(pilot).ticks.per_country == {"DE": 11}
        await press(pilot, "right", "down", "space")
        assert "deu-r1" not in draft_of(pilot).ticks
        assert "10/11" in text_of(pilot.app)
        assert "10 devices, 1 country" in text_of(pilot.app)
        assert focused(pilot) == "tree"
        tree = screen_of(pilot).query_one(DeviceTree)
        assert tree.cursor == 2
        await press(pilot, "left")
        assert tree.cursor == 0
        assert len(tree.rows) == 8


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("j", "j"), 2), (("j", "j", "k"), 1), (("down", "up"), 0), (("G",), 7), (("end", "home"), 0), (("G", "g"), 0),
        (("asterisk", "pagedown"), None), (("l", "j"), 1), (("l", "j", "h"), 0), (("enter", "j", "j"), 2),
    ],
)  # fmt: skip
async def test_keys_that_move(desk: Desk, keys: tuple[str, ...], row: int | None) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        tree = screen_of(pilot).query_one(DeviceTree)
        if row is None:
            assert tree.cursor > 5
            await press(pilot, "pageup")
            assert tree.cursor == 0
        else:
            assert tree.cursor == row


async def test_all_and_none(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        assert len(draft_of(pilot).ticks) == 60
        assert draft_of(pilot).to_preset().selection == "*"
        await press(pilot, "n")
        assert not draft_of(pilot).ticks


async def test_the_filter_narrows_only_what_is_shown(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"country=DE", "enter")
        shown = text_of(pilot.app)
        assert "60 of 60 selected" in shown
        assert "49 selected are hidden by the filter" in shown
        assert "deu-r1" in shown
        assert "Spain" not in shown
        assert focused(pilot) == "tree"
        # a and space mean what is shown.
        await press(pilot, "space")
        assert len(draft_of(pilot).ticks) == 49
        await press(pilot, "a")
        assert len(draft_of(pilot).ticks) == 60
        await press(pilot, "slash", "escape")
        assert "Spain" in text_of(pilot.app)
        assert "hidden" not in text_of(pilot.app)


async def test_keys_that_come_in_one_packet_with_the_slash_belong_to_the_filter(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "tab")
        for key in ("slash", *"a/n"):
            pilot.app.post_message(events.Key(key, "/" if key == "slash" else key))
        await settled(pilot)
        assert screen_of(pilot).query_one("#filter", Input).value == "a/n"
        assert not draft_of(pilot).ticks
        assert "Devices/hour" not in text_of(pilot.app)


async def test_none_asks_when_it_would_clear_hidden_ones(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"country=DE", "enter")
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ChoiceDialog)
        assert "49 selected devices hidden by the filter" in text_of(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert len(draft_of(pilot).ticks) == 60
        await pilot.press("n")
        await pilot.pause()
        await press(pilot, "down", "enter")
        assert not draft_of(pilot).ticks


async def test_a_filter_that_is_not_understood_says_what_and_where_and_keeps_the_view(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"contry=DE")
        shown = text_of(pilot.app)
        assert "character 1: found the unknown field 'contry'; expected country" in shown
        assert "60 of 60 selected" in shown
        await press(pilot, *["backspace"] * 9, *"country=ES")
        assert "Spain" in text_of(pilot.app)
        assert "character" not in text_of(pilot.app)
        await press(pilot, "space", "x")
        assert "no device matches the filter" in text_of(pilot.app)


async def test_an_empty_filter_is_none_and_down_goes_to_the_devices(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", "x", "backspace", "enter")
        assert not screen_of(pilot).query_one("#filter").display
        await press(pilot, "slash", *"role=pe", "down")
        assert focused(pilot) == "tree"
        assert screen_of(pilot).query_one(DeviceTree).filter_text == "role=pe"


async def test_what_a_filter_chose_is_what_a_preset_keeps(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"country=DE,FR", "enter", "a")
        assert draft_of(pilot).to_preset().selection == "country=DE,FR"


async def test_a_derived_country_is_marked_and_an_unknown_one_is_shown(desk: Desk) -> None:
    desk.inventory.write_text(
        "name,address,platform,country,site\n"
        "a,192.0.2.1,cisco_xr,DE,ber1\nb,192.0.2.2,cisco_xr,,ber1\nc,192.0.2.3,,,\n", encoding="utf-8",
    )  # fmt: skip
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "asterisk")
        shown = text_of(pilot.app)
        assert "DE~" in shown
        assert "?? country not known" in shown
        assert "no platform" in shown
        assert "1 without a platform: taken as generic" in " ".join(shown.split())


async def test_a_click_on_a_box_ticks_and_on_a_country_opens(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.click(DeviceTree, offset=(3, 0))
        await settled(pilot)
        assert draft_of(pilot).ticks.per_country["DE"] == 0
        await pilot.click(DeviceTree, offset=(12, 1))
        await settled(pilot)
        assert "esp-r1" in text_of(pilot.app)


async def test_ten_thousand_devices_are_drawn_by_lines(desk: Desk) -> None:
    rows = "".join(
        f"r{n},10.{n // 65536}.{n // 256 % 256}.{n % 256},cisco_xr,{['DE', 'FR', 'BR'][n % 3]},s{n % 40}\n"
        for n in range(10_000)
    )
    desk.inventory.write_text("name,address,platform,country,site\n" + rows, encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "asterisk", "G", "space")
        tree = screen_of(pilot).query_one(DeviceTree)
        assert len(tree.rows) == 10_003
        assert tree.cursor == 10_002
        assert "9999 of 10000 selected" in text_of(pilot.app)
        assert "r9997" in text_of(pilot.app)
        assert len(list(tree.children)) == 0
