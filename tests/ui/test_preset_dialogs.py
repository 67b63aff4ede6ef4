"""Presets on the screen: opened, edited, saved, deleted; and what runs from the command line afterwards."""

from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, text_of
from tests.ui.settling import draft_of, flat, press, screen_of, settled, shown, until
from textual.widgets import OptionList

from paceline.config.presets import load_preset
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.command import CommandDialog
from paceline.ui.dialogs.commands import CommandsDialog
from paceline.ui.dialogs.inventory import InventoryDialog
from paceline.ui.dialogs.line import LineDialog
from paceline.ui.dialogs.presets import PresetsDialog
from paceline.ui.ports import Opening

MINE = 'name = "mine"\ndescription = "Of my own."\nselection = "country=DE"\ncommands = ["show version"]\n'


def write(desk: Desk, text: str = MINE, name: str = "mine") -> None:
    desk.paths.presets.mkdir(exist_ok=True)
    (desk.paths.presets / f"{name}.toml").write_text(text, encoding="utf-8")


async def test_a_preset_is_opened_on_the_inventory_that_is_there(desk: Desk) -> None:
    write(desk)
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+o")
        await shown(pilot, PresetsDialog)
        text = text_of(pilot.app)
        assert "mine  yours" in text
        assert "Of my own." in text
        assert "ospf-collection  shipped" in text
        await pilot.press("j", "enter")
        await settled(pilot)
        assert draft_of(pilot).name == "mine"
        assert draft_of(pilot).ticks.per_country == {"DE": 11}
        assert draft_of(pilot).changes() == ()


async def test_a_preset_with_an_inventory_of_its_own_brings_it_along(desk: Desk) -> None:
    write(desk, MINE.replace("selection", 'inventory = "own.csv"\nselection'))
    (desk.paths.presets / "own.csv").write_text("name,address,platform,country\na,192.0.2.1,cisco_xr,DE\n", "utf-8")
    write(
        desk, MINE.replace('"mine"', '"nowhere"').replace("selection", 'inventory = "gone.csv"\nselection'), "nowhere"
    )
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+o")
        await shown(pilot, PresetsDialog)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert "1 of 1 selected" in text_of(pilot.app)
        assert draft_of(pilot).changes() == ()
        await pilot.press("ctrl+o")
        await shown(pilot, PresetsDialog)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert "gone.csv" in "".join(text_of(pilot.app).split())


async def test_a_broken_preset_is_listed_with_its_reason_and_not_opened(desk: Desk) -> None:
    write(desk, 'name = "mine"\ncomands = []\n')
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+o")
        dialog = await shown(pilot, PresetsDialog)
        assert "mine  yours, cannot be used" in text_of(pilot.app)
        dialog.query_one(OptionList).highlighted = 1
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert 'did you mean "commands"?' in flat(pilot)


async def test_opening_another_one_asks_before_changes_are_lost(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#batch_size").focus()
        await press(pilot, "3")
        assert "changed: devices, pace.batch_size" in text_of(pilot.app)
        await pilot.press("ctrl+o")
        await shown(pilot, PresetsDialog)
        await pilot.press("down", "enter")
        await shown(pilot, ChoiceDialog)
        assert "health-check has unsaved changes" in text_of(pilot.app)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert draft_of(pilot).name == "ospf-collection"


async def test_deleting_asks_and_only_takes_the_operators_own(desk: Desk) -> None:
    write(desk)
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+o")
        await shown(pilot, PresetsDialog)
        await pilot.press("d")
        await pilot.pause()
        assert "health-check comes with Paceline and cannot be deleted" in text_of(pilot.app)
        await pilot.press("down", "d")
        await shown(pilot, ChoiceDialog)
        await pilot.press("enter")
        await shown(pilot, PresetsDialog)
        assert (desk.paths.presets / "mine.toml").exists()
        await pilot.press("d")
        await shown(pilot, ChoiceDialog)
        await pilot.press("down", "enter")
        await shown(pilot, PresetsDialog)
        assert not (desk.paths.presets / "mine.toml").exists()
        assert "mine" not in text_of(pilot.app)
        await pilot.press("k", "escape")
        await settled(pilot)


async def test_a_shipped_preset_is_saved_under_a_new_name_and_runs_the_same_from_the_command_line(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "space", "down", "right", "down", "space")
        screen_of(pilot).query_one("#devices_per_hour").focus()
        await press(pilot, "6", "0")
        await pilot.press("ctrl+s")
        await shown(pilot, LineDialog)
        assert "health-check-2" in text_of(pilot.app)
        await pilot.press("ctrl+u", *"edge", "enter")
        await settled(pilot)
        assert "changed" not in text_of(pilot.app)
        assert draft_of(pilot).name == "edge"
        names, pace = draft_of(pilot).ticks.names, draft_of(pilot).preset.pace
    launch = prepare(LaunchOptions("edge"), desk.paths)
    assert {target.device.name for target in launch.spec.targets} == names
    assert len(names) == 12
    assert launch.spec.pace == pace
    assert launch.preset.selection == "country=DE"
    assert launch.preset.include == ("esp-r1",)


async def test_a_name_that_is_taken_or_none_is_asked_for_again(desk: Desk) -> None:
    write(desk)
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("S")
        await shown(pilot, LineDialog)
        await pilot.press("ctrl+u", *"mine", "enter")
        await pilot.pause()
        await shown(pilot, LineDialog)
        assert "a preset of this name exists" in text_of(pilot.app)
        await pilot.press("ctrl+u", *"no/way", "enter")
        await pilot.pause()
        await shown(pilot, LineDialog)
        assert "cannot be a preset's name" in flat(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert draft_of(pilot).name == "health-check"


async def test_an_own_preset_is_saved_over_at_once(desk: Desk) -> None:
    write(desk)
    desk.opening = Opening("mine")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#batch_size").focus()
        await press(pilot, "3", "ctrl+s")
        assert "changed" not in text_of(pilot.app)
    assert load_preset(desk.paths.presets / "mine.toml").pace.batch_size == 3


async def test_comments_are_lost_only_after_asking(desk: Desk) -> None:
    write(desk, "# by hand\n" + MINE)
    desk.opening = Opening("mine")
    file = desk.paths.presets / "mine.toml"
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#batch_size").focus()
        await press(pilot, "3")
        await pilot.press("ctrl+s")
        await shown(pilot, ChoiceDialog)
        assert "mine has comments" in text_of(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert "# by hand" in file.read_text(encoding="utf-8")
        await pilot.press("ctrl+s")
        await shown(pilot, ChoiceDialog)
        await pilot.press("down", "enter")
        await shown(pilot, LineDialog)
        await pilot.press("escape")
        await settled(pilot)
        assert "# by hand" in file.read_text(encoding="utf-8")
        await pilot.press("ctrl+s")
        await shown(pilot, ChoiceDialog)
        await pilot.press("down", "down", "enter")
        await settled(pilot)
    text = file.read_text(encoding="utf-8")
    assert "# by hand" not in text
    assert "batch_size = 3" in text


async def test_a_folder_that_cannot_be_written_is_a_sentence(desk: Desk) -> None:
    desk.paths.presets.write_text("a file where the folder should be", encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("S")
        await shown(pilot, LineDialog)
        await pilot.press("enter")
        await pilot.pause(0.1)
        await shown(pilot, LineDialog)
        assert "cannot be written" in flat(pilot)


# -- commands -----------------------------------------------------------------------------------------------


async def test_commands_are_added_changed_moved_and_removed(desk: Desk) -> None:
    write(desk)
    desk.opening = Opening("mine")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        await shown(pilot, CommandDialog)
        await pilot.press(*"show clock", "tab", *"30", "enter")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        await shown(pilot, CommandDialog)
        await pilot.press(*"show interface brief", "enter")
        await shown(pilot, CommandsDialog)
        await pilot.press("J", "K", "K")
        await pilot.pause()
        await pilot.press("j", "j", "enter")
        await shown(pilot, CommandDialog)
        assert "30" in text_of(pilot.app)
        await pilot.press("tab", *"45", "enter")
        await shown(pilot, CommandsDialog)
        await pilot.press("k", "d")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await settled(pilot)
        commands = [(command.command, command.timeout_s) for command in draft_of(pilot).tables()[""]]
        assert commands == [("show interface brief", None), ("show clock", 45.0)]
        assert "changed: commands" in text_of(pilot.app)


async def test_a_command_that_does_not_only_read_is_said_while_it_is_typed(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        await shown(pilot, CommandDialog)
        await pilot.press(*"reload")
        await pilot.pause()
        assert "`reload` is not among what only reads" in flat(pilot)
        await pilot.press("enter")
        await shown(pilot, CommandsDialog)
        assert "! refused: `reload` is not among" in flat(pilot)


async def test_a_line_that_is_no_command_is_not_kept(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        dialog = await shown(pilot, CommandDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert "command:" in text_of(pilot.app)
        await pilot.press(*"show clock", "tab", *"1.2.3", "enter")
        await pilot.pause()
        assert "timeout: 1.2.3 is no number of seconds" in text_of(pilot.app)
        await pilot.press("escape")
        await shown(pilot, CommandsDialog)


async def test_other_platforms_have_tables_of_their_own(desk: Desk) -> None:
    write(desk)
    desk.opening = Opening("mine", where="*")
    async with desk.app().run_test(size=HUGE) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        assert "(all others)" in text_of(pilot.app)
        await pilot.press("t")
        await shown(pilot, ChoiceDialog)
        await pilot.press(*["down"] * 4, "enter")
        await shown(pilot, CommandsDialog)
        assert "(cisco_ios)" in text_of(pilot.app)
        await pilot.press("left")
        await pilot.pause()
        assert "(all others)" in text_of(pilot.app)
        await pilot.press("right", "a")
        await shown(pilot, CommandDialog)
        await pilot.press(*"show clock", "enter")
        await shown(pilot, CommandsDialog)
        await pilot.press("ctrl+s")
        await settled(pilot)
        tables = {name: [c.command for c in commands] for name, commands in draft_of(pilot).tables().items()}
        assert tables == {"": ["show version"], "cisco_ios": ["show version", "show clock"]}


async def test_escape_drops_the_changes_and_a_job_needs_a_command(desk: Desk) -> None:
    write(desk)
    desk.opening = Opening("mine")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "tab", "down")
        await pilot.press("enter")
        dialog = await shown(pilot, CommandsDialog)
        await pilot.press("d", "ctrl+s")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert "a job needs at least one command" in text_of(pilot.app)
        await pilot.press("escape")
        await settled(pilot)
        assert len(draft_of(pilot).tables()[""]) == 1


# -- inventories --------------------------------------------------------------------------------------------


async def test_another_inventory_is_opened_and_its_problem_asked_about_again(desk: Desk) -> None:
    other = desk.paths.config.parent / "other.csv"
    other.write_text("name,address,platform,country\na,192.0.2.1,cisco_xr,DE\n", encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("i")
        await shown(pilot, InventoryDialog)
        assert "~/other.csv" in text_of(pilot.app)
        asked = pilot.app.screen
        await pilot.press("tab", *"~/gone.csv", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, InventoryDialog) and pilot.app.screen is not asked)
        # The path before it breaks where it must: how long it is depends on the machine.
        await until(pilot, lambda: "there is no such inventory" in flat(pilot))
        await shown(pilot, InventoryDialog)
        await pilot.press("ctrl+u", *"~/other.csv", "enter")
        await settled(pilot)
        assert "1 of 1 selected" in text_of(pilot.app)
        assert "inventory" in draft_of(pilot).changes()
