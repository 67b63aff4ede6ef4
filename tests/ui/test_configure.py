"""The job and the estimate of Configure by keyboard: every key's effect, and what follows from it."""

from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, text_of
from tests.ui.settling import draft_of, focused, press, screen_of, settled, until
from textual.pilot import Pilot

from paceline.ui.widgets.field import ChoiceField


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


async def test_a_terminal_that_becomes_narrow_shows_the_part_with_the_focus(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#batch_size").focus()
        await pilot.resize_terminal(*NARROW)
        await settled(pilot)
        assert "Devices/hour" in text_of(pilot.app)
        assert "Germany" not in text_of(pilot.app)
        assert focused(pilot) == "batch_size"


async def go_to(pilot: Pilot[Any], field: str) -> None:
    screen_of(pilot).query_one(f"#{field}").focus()
    await settled(pilot)


async def test_up_and_down_go_from_field_to_field_and_stay_at_the_ends(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "tab", "up")
        assert focused(pilot) == "preset"
        await press(pilot, "j", "down", "down", "down")
        assert focused(pilot) == "mode"
        await press(pilot, "k", "up", "up")
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


async def test_what_would_end_it_earlier_is_put_into_the_form_and_starts_nothing(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#devices_per_hour").focus()
        await press(pilot, "6", "0")
        assert "rate 90" in text_of(pilot.app)
        await pilot.press("w")
        await until(pilot, lambda: "What would end it earlier?" in text_of(pilot.app))
        await pilot.press("enter")
        await settled(pilot)
        assert draft_of(pilot).preset.pace.devices_per_hour == 60, "the first answer changes nothing"
        await pilot.press("w")
        await until(pilot, lambda: "What would end it earlier?" in text_of(pilot.app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: draft_of(pilot).preset.pace.devices_per_hour == 90)
        assert desk.engine.started == []
