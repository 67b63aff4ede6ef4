"""A job that may change devices on the screens: chosen by a question, judged line by line, started by its number."""

from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, text_of
from tests.ui.settling import draft_of, flat, press, screen_of, settled, shown
from textual.widgets import Input

from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.command import CommandDialog
from paceline.ui.dialogs.commands import CommandsDialog
from paceline.ui.dialogs.launch import LaunchDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.monitor import MonitorScreen


async def test_the_kind_of_job_is_a_question_whose_first_answer_only_reads(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        for keys, read_only in ((("down",), False), ((), True)):
            screen_of(pilot).query_one("#read_only").focus()
            await press(pilot, "right", "space")
            assert draft_of(pilot).preset.read_only is not read_only, "no single key decides it"
            await pilot.press("enter")
            await shown(pilot, ChoiceDialog)
            await press(pilot, *keys, "enter")
            assert draft_of(pilot).preset.read_only is read_only
            assert ("MAY CHANGE DEVICES" in text_of(pilot.app)) is not read_only
        assert "read_only" not in draft_of(pilot).changes()


async def test_each_line_is_judged_while_it_is_typed(desk: Desk) -> None:
    desk.opening = Opening("health-check", where="platform=cisco_ios")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        draft_of(pilot).set_read_only(read_only=False)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        dialog = await shown(pilot, CommandDialog)
        for line, said in (
            ("show clock", "reads"),
            ("clear counters", "changes"),
            ("reload", "DISRUPTS: `reload` restarts the device"),
            ("conf t", "refused: `conf t` is or may be short for `configure`"),
        ):
            dialog.query_one("#line", Input).value = line
            await pilot.pause()
            await pilot.pause()
            shown_now = str(dialog.query_one(".dialog-error").render())
            assert said in shown_now, line


async def test_only_the_number_of_devices_starts_it(desk: Desk) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "down.toml").write_text(
        'name = "down"\nread_only = false\ncommands = ["clear counters", "rel in 5"]\n', encoding="utf-8"
    )
    desk.opening = Opening("down", where="platform=cisco_ios")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        count = len(draft_of(pilot).devices)
        assert count > 1
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        assert f"`rel in 5` is disruptive on {count} devices: `reload` restarts" in text_of(pilot.app)
        for typed, said in (("", "type the number of devices first"), ("1", "1 device was expected")):
            dialog.query_one("#count", Input).value = typed
            dialog.query_one("#count", Input).focus()
            await pilot.press("enter", "down", "enter")
            await pilot.pause()
            assert said in flat(pilot)
            await pilot.press("up")
        assert desk.engine.started == []
        dialog.query_one("#count", Input).value = str(count)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
        assert desk.engine.started[0][0].confirmed_devices == count
