"""Configure by keyboard: every key's effect, and what the estimate says of it."""

import asyncio
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, text_of
from tests.ui.settling import draft_of, flat, focused, press, screen_of, settled
from textual.pilot import Pilot
from textual.widgets import Input

from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.sentences import SentencesDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.configure import ConfigureScreen
from paceline.ui.widgets.device_tree import DeviceTree
from paceline.ui.widgets.devices_pane import DevicesPane
from paceline.ui.widgets.field import ChoiceField

# -- the tree -----------------------------------------------------------------------------------------------


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


# -- the form -----------------------------------------------------------------------------------------------


async def test_tab_goes_from_part_to_part_and_shows_it_on_narrow_terminals(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "Devices/hour" not in text_of(pilot.app)
        await press(pilot, "tab")
        assert focused(pilot) == "preset"
        assert "Devices/hour" in text_of(pilot.app)
        assert "Germany" not in text_of(pilot.app)
        await press(pilot, "tab")
        assert focused(pilot) == "estimate"
        assert "durations from defaults" in text_of(pilot.app)
        await press(pilot, "tab")
        assert focused(pilot) == "tree"
        await press(pilot, "shift+tab")
        assert focused(pilot) == "estimate"


async def go_to(pilot: Pilot[Any], field: str) -> None:
    screen_of(pilot).query_one(f"#{field}").focus()
    await settled(pilot)


async def test_up_and_down_go_from_field_to_field_and_stay_at_the_ends(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "tab", "up")
        assert focused(pilot) == "preset"
        await press(pilot, "j", "down", "down")
        assert focused(pilot) == "mode"
        await press(pilot, "k", "up")
        assert focused(pilot) == "commands"
        await press(pilot, *["down"] * 12)
        assert focused(pilot) == "per_site"


@pytest.mark.parametrize(
    ("field", "keys", "key", "value"),
    [
        ("batch_size", ("right",), "batch_size", 50),
        ("batch_size", ("left", "left"), "batch_size", 5),
        ("batch_size", ("l", "l"), "batch_size", 0),
        ("batch_size", ("3", "2"), "batch_size", 32),
        ("batch_size", ("3", "2", "backspace"), "batch_size", 3),
        ("batch_size", ("3", "2", "right"), "batch_size", 50),
        ("batch_size", ("1", "2", "left"), "batch_size", 10),
        ("devices_per_hour", ("right", "right"), "devices_per_hour", 20),
        ("devices_per_hour", ("6", "0"), "devices_per_hour", 60),
        ("mode", ("right",), "mode", "rolling"),
        ("mode", ("right", "h"), "mode", "batches"),
        ("order", ("left",), "order", "country"),
        ("per_country", ("right",), "per_country", 1),
        ("per_site", ("4",), "per_site", 4),
    ],
)
async def test_each_field_changes_the_pace(
    desk: Desk, field: str, keys: tuple[str, ...], key: str, value: object
) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await go_to(pilot, field)
        await press(pilot, *keys)
        assert getattr(draft_of(pilot).preset.pace, key) == value
        assert f"pace.{key}" in text_of(pilot.app) or value == "batches"


async def test_a_profile_sets_size_rate_and_mode_together(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await go_to(pilot, "profile")
        await press(pilot, "right")
        pace = draft_of(pilot).preset.pace
        assert (pace.batch_size, pace.devices_per_hour, pace.mode) == (10, 60, "batches")
        await press(pilot, "right")
        pace = draft_of(pilot).preset.pace
        assert (pace.batch_size, pace.devices_per_hour, pace.mode) == (25, 0, "rolling")
        assert "At once" in text_of(pilot.app)
        await press(pilot, "right")
        assert draft_of(pilot).preset.pace.batch_size == 100
        await go_to(pilot, "batch_size")
        await press(pilot, "9")
        assert screen_of(pilot).query_one("#profile", ChoiceField).value == ""


async def test_every_keystroke_works_the_estimate_out_again(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "3 batches, last has 20" in text_of(pilot.app)
        await go_to(pilot, "batch_size")
        await press(pilot, "7")
        assert "9 batches, last has 4" in text_of(pilot.app)
        await go_to(pilot, "devices_per_hour")
        await press(pilot, "6", "0")
        shown = text_of(pilot.app)
        assert "held by  the rate limit" in shown
        # 56 devices go before the last batch, at one a minute; the last one does not wait for a slot after it.
        assert "56m" in shown


async def test_warnings_stand_at_the_field_that_causes_them(desk: Desk) -> None:
    async with desk.app().run_test(size=HUGE) as pilot:
        await settled(pilot)
        await go_to(pilot, "batch_size")
        await press(pilot, "5", "5")
        size, rate = (
            screen_of(pilot).query_one("#batch_size", ChoiceField),
            screen_of(pilot).query_one("#devices_per_hour", ChoiceField),
        )
        assert any("55 devices start at once" in tip for tip in size.tips)
        await press(pilot, "7", "0")
        assert any("larger than the 60 devices" in tip for tip in size.tips)
        await go_to(pilot, "devices_per_hour")
        await press(pilot, "4", "0")
        assert any("in the first hour" in tip for tip in rate.tips)
        await press(pilot, "left", "2")
        await go_to(pilot, "batch_size")
        await press(pilot, "1")
        assert "later than tomorrow" in text_of(pilot.app)
        assert "without a recorded host key" in text_of(pilot.app)


async def test_the_time_of_the_end_moves_with_the_clock(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "starts   22:00 UTC" in text_of(pilot.app)
        desk.clock = desk.clock.replace(hour=23)
        await pilot.pause(0.3)
        assert "starts   23:00 UTC" in text_of(pilot.app)


async def test_a_recorded_host_key_is_no_warning(desk: Desk) -> None:
    ssh = desk.paths.config.parent / ".ssh"
    ssh.mkdir()
    lines = "".join(f"192.0.2.{n} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBug\n" for n in range(1, 61))
    (ssh / "known_hosts").write_text(lines, encoding="utf-8")
    (ssh / "known_hosts").chmod(0o600)
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "host key" not in text_of(pilot.app)


# -- what is wrong ------------------------------------------------------------------------------------------


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
        for kind in (DeviceTree, DevicesPane, ChoiceField):
            monkeypatch.setattr(kind, "refresh", lambda self, *_, **__: drawn.append(type(self).__name__) or self)
        for _ in range(5):
            screen_of(pilot).flush()
        await pilot.pause()
        assert drawn == []
