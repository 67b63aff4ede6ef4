"""How Configure and its dialogs look."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import HUGE, NARROW, WIDE, Hands, looks_right
from tests.ui.settling import flat, press, screen_of, settled, shown, until
from textual.pilot import Pilot
from textual.widgets import OptionList

from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.command import CommandDialog
from paceline.ui.dialogs.commands import CommandsDialog
from paceline.ui.dialogs.inventory import InventoryDialog
from paceline.ui.dialogs.launch import LaunchDialog
from paceline.ui.dialogs.line import LineDialog
from paceline.ui.dialogs.presets import PresetsDialog
from paceline.ui.dialogs.sentences import SentencesDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.welcome import WelcomeScreen

Snap = Callable[..., bool]
BOTH = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])


@pytest.fixture(autouse=True)
def known_host_keys(desk: Desk) -> None:
    """Most devices have a recorded host key, so that the warning is a short one; paths are the same everywhere."""
    ssh = desk.paths.config.parent / ".ssh"
    ssh.mkdir()
    lines = "".join(f"192.0.2.{n} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBug\n" for n in range(1, 47))
    (ssh / "known_hosts").write_text(lines, encoding="utf-8")
    (ssh / "known_hosts").chmod(0o600)
    desk.opening = Opening("ospf-collection", where="country=DE,FR,ES role=pe")
    login = desk.paths.settings.read_text(encoding="utf-8").splitlines()[:3]
    desk.paths.settings.write_text("\n".join([*login, 'password = "env:LOGIN"', ""]), encoding="utf-8")


async def paced(pilot: Pilot[Any]) -> None:
    """A country is open, and the job has a rate."""
    await settled(pilot)
    screen_of(pilot).query_one("#devices_per_hour").focus()
    await press(pilot, "6", "0")
    screen_of(pilot).query_one("#tree").focus()
    await press(pilot, "down", "right", "down", "down")


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE], ids=["80x24", "120x36", "200x60"])
def test_configure(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    words = ("of 60 selected", "ES Spain", "the rate limit", "batches, last has")
    assert looks_right(snap_compare, desk.app(), size, words, paced)


@pytest.mark.parametrize("theme", ["paceline-light", "high-contrast", "ansi-16", "mono"])
def test_configure_in_other_themes(desk: Desk, snap_compare: Snap, theme: str) -> None:
    desk.set(f'[ui]\ntheme = "{theme}"')
    assert looks_right(snap_compare, desk.app(), WIDE, ("ES Spain", "Batch size", "likely"), paced)


@BOTH
def test_configure_in_ascii(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    desk.set('[ui]\nglyphs = "ascii"')
    assert looks_right(snap_compare, desk.app(), size, ("v [-] ES Spain", "[x] esp-r", "of 60 selected"), paced)


@pytest.mark.parametrize("part", ["job", "estimate"])
def test_the_other_parts_on_a_narrow_terminal(desk: Desk, snap_compare: Snap, part: str) -> None:
    words = {
        "job": ("ospf-collection", "only reads", "show process cpu", "changed: devices"),
        "estimate": ("starts", "9 in 10", "durations from defaults", "DE "),
    }

    async def hands(pilot: Pilot[Any]) -> None:
        await paced(pilot)
        await press(pilot, *(["tab"] if part == "job" else ["tab", "tab"]))

    assert looks_right(snap_compare, desk.app(), NARROW, words[part], hands)


def test_warnings_at_their_fields(desk: Desk, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, "slash", *"role=p site~ber", "enter", "a")
        screen_of(pilot).query_one("#batch_size").focus()
        await press(pilot, "6", "0")
        screen_of(pilot).query_one("#devices_per_hour").focus()
        await press(pilot, "1", "0")

    words = ("in the first hour", "larger than", "hidden by the filter", "without a recorded host key")
    assert looks_right(snap_compare, desk.app(), WIDE, words, hands)


def test_a_filter_that_is_not_understood(desk: Desk, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, "slash", *"role=pe sit=ber")

    words = ("role=pe sit=ber", "character 9", "expected site")
    assert looks_right(snap_compare, desk.app(), NARROW, words, hands)


def opened_with(*keys: str, dialog: type[Any]) -> Hands:
    async def hands(pilot: Pilot[Any]) -> None:
        await paced(pilot)
        await pilot.press(*keys)
        await shown(pilot, dialog)

    return hands


@BOTH
def test_launch(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    words = ("Run ospf-collection on", "60 devices per hour", "Start now", "9 in 10")
    assert looks_right(snap_compare, desk.app(), size, words, opened_with("ctrl+r", dialog=LaunchDialog))


@BOTH
def test_launch_that_asks_for_a_password_and_cannot_start(
    desk: Desk, snap_compare: Snap, size: tuple[int, int]
) -> None:
    text = desk.paths.settings.read_text(encoding="utf-8")
    desk.paths.settings.write_text(text.replace("env:LOGIN", "ask"), encoding="utf-8")

    async def hands(pilot: Pilot[Any]) -> None:
        desk.engine.refusal = "the state folder is in use by process 4711 on jump02: leave that one first"
        await paced(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press(*"secret", "enter", "down", "enter")
        await until(
            pilot, lambda: "in use by process 4711" in flat(pilot) and isinstance(pilot.app.focused, OptionList)
        )
        await pilot.pause()

    words = ("password of netops", "in use by process 4711", "Not yet")
    assert looks_right(snap_compare, desk.app(), size, words, hands)


@BOTH
def test_presets(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "nightly.toml").write_text(
        'name = "nightly"\ndescription = "What the edge looks like at night."\ncommands = ["show version"]\n',
        encoding="utf-8",
    )
    words = ("nightly  yours", "health-check  shipped", "d deletes")
    assert looks_right(snap_compare, desk.app(), size, words, opened_with("ctrl+o", dialog=PresetsDialog))


@BOTH
def test_commands(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    words = ("(cisco_", "show ospf neighbor", "ctrl+s keeps all")
    desk.opening = Opening("ospf-collection", where="country=DE,FR platform=cisco_xr,cisco_ios")

    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        while "(all others)" not in str(pilot.app.screen.query_one("#tables").render()):
            await pilot.press("right")
            await pilot.pause()

    assert looks_right(snap_compare, desk.app(), size, ("(all others)", *words[1:]), hands)


@BOTH
def test_a_command(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press("e")
        await shown(pilot, CommandsDialog)
        await pilot.press("a")
        await shown(pilot, CommandDialog)
        await pilot.press(*"clear counters")

    words = ("New command", "clear counters", "is not among what only reads")
    assert looks_right(snap_compare, desk.app(), size, words, hands)


@BOTH
def test_inventory(desk: Desk, snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.paths.config)

    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        screen = screen_of(pilot)
        assert screen.draft is not None
        screen.draft.found = None
        await pilot.press("i")
        await shown(pilot, InventoryDialog)

    words = ("Open an inventory", "fleet.csv", "folder of a Nornir inventory")
    assert looks_right(snap_compare, desk.app(), size, words, hands)


def test_save_as(desk: Desk, snap_compare: Snap) -> None:
    words = ("Save as a preset of your own", "ospf-collection-2", "enter takes it")
    assert looks_right(snap_compare, desk.app(), NARROW, words, opened_with("S", dialog=LineDialog))


def test_clearing_hidden_ones(desk: Desk, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, "slash", *"country=DE", "enter")
        await pilot.press("n")
        await shown(pilot, ChoiceDialog)

    words = ("Select none?", "hidden by the filter", "Keep them")
    assert looks_right(snap_compare, desk.app(), NARROW, words, hands)


@BOTH
def test_reasons_against_a_start(desk: Desk, snap_compare: Snap, size: tuple[int, int]) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "mine.toml").write_text(
        'name = "mine"\ncommands = ["reload", "show {vars.rack}"]\n'
        '[platform.cisco_ios]\ncommands = ["clear counters"]\n',
        encoding="utf-8",
    )
    desk.opening = Opening("mine", where="*")
    words = ("This job cannot start yet", "clear counters", "esc goes back")
    assert looks_right(snap_compare, desk.app(), size, words, opened_with("ctrl+r", dialog=SentencesDialog))


@BOTH
def test_welcome(desk: Desk, snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    desk.paths.settings.unlink()
    desk.opening = Opening()
    monkeypatch.chdir(desk.paths.config)

    async def hands(pilot: Pilot[Any]) -> None:
        await shown(pilot, WelcomeScreen)

    words = ("There is no inventory yet", "~/config/fleet.csv", "paceline demo")
    assert looks_right(snap_compare, desk.app(), size, words, hands)
