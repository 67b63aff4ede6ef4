"""The launch dialog: what it says, the secrets it asks for, the start and what keeps a job from starting."""

import threading

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, text_of
from tests.ui.settling import draft_of, flat, press, screen_of, settled, shown, until
from textual.widgets import Input, OptionList

from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.secret import Secret, Secrets
from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.launch import LaunchDialog
from paceline.ui.dialogs.sentences import SentencesDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.configure import ConfigureScreen
from paceline.ui.screens.monitor import MonitorScreen

PLANTED = "correct-horse-battery"


def ask_for_a_password(desk: Desk) -> None:
    desk.paths.settings.write_text(
        'inventory = "fleet.csv"\n[credentials.default]\nusername = "netops"\npassword = "ask"\n', encoding="utf-8"
    )


async def test_the_dialog_says_what_will_run_and_not_yet_has_the_focus(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        text = text_of(pilot.app)
        for words in (
            "Run health-check on 60 devices?", "DE 11", "batches of 20, no rate limit, order spread",
            "3, the last has 20", "22:01 UTC", "the batch barrier; durations from defaults",
            "show processes cpu", "netops (key",
        ):  # fmt: skip
            assert words in text, words
        await pilot.press("enter")
        await settled(pilot)
        assert desk.engine.started == []


async def test_start_now_starts_the_frozen_job_and_shows_it(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "space")
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
        spec, _ = desk.engine.started[0]
        assert len(spec.targets) == 49
        assert pilot.app.current_mode == "monitor"
        # Configure is free again.
        pilot.app.switch_mode("configure")
        await shown(pilot, ConfigureScreen)


async def test_hidden_devices_are_told_first(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"country=DE", "enter")
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        lines = [line for line in text_of(pilot.app).splitlines() if "│  " in line]
        place = next(n for n, line in enumerate(lines) if "49 of them are hidden by the filter" in line)
        assert place < next(n for n, line in enumerate(lines) if "countries" in line)
        assert dialog.query_one(OptionList).highlighted == 0


async def test_a_missing_password_is_asked_for_and_shown_nowhere(desk: Desk) -> None:
    ask_for_a_password(desk)
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        assert "password of netops (credential default)" in text_of(pilot.app)
        await pilot.press(*PLANTED)
        await pilot.pause()
        assert PLANTED not in text_of(pilot.app)
        assert PLANTED not in pilot.app.export_screenshot()
        await pilot.press("enter", "down", "enter")
        await shown(pilot, MonitorScreen)
        _, secrets = desk.engine.started[0]
        assert secrets.get("ask:default") == Secret(PLANTED)
        assert PLANTED not in repr(secrets)


async def test_a_password_that_is_not_given_starts_nothing(desk: Desk) -> None:
    ask_for_a_password(desk)
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        await pilot.press("enter", "down", "enter")
        await pilot.pause()
        assert "the password of netops (credential default) is missing" in flat(pilot)
        assert isinstance(pilot.app.focused, Input)
        await pilot.press("x", "escape")
        await settled(pilot)
        assert desk.engine.started == []
        assert not dialog.is_attached


async def test_a_password_that_stands_in_the_inventory_is_not_asked_for(desk: Desk) -> None:
    desk.inventory.write_text(
        f"name,address,platform,country,password\na,192.0.2.1,cisco_xr,DE,{PLANTED}\n", encoding="utf-8"
    )
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        assert not dialog.query(Input)
        assert PLANTED not in text_of(pilot.app)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
        assert desk.engine.started[0][1].get("device:a") == Secret(PLANTED)


async def test_a_slow_keyring_does_not_stop_the_screen_and_going_back_starts_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> Secrets:
        asked.set()
        # On the loop of the screens this would wait for keys that cannot come.
        assert may_end.wait(20)
        ended.set()
        return Secrets()

    monkeypatch.setattr("paceline.ui.dialogs.launch.resolve_secrets", slow)
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await until(pilot, asked.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: not dialog.is_attached)
        may_end.set()
        await until(pilot, ended.is_set)
        await settled(pilot)
        assert desk.engine.started == []


async def test_another_process_with_the_state_folder_is_a_sentence_in_the_dialog(desk: Desk) -> None:
    async with desk.app().run_test(size=NARROW) as pilot:
        desk.engine.refusal = "the state folder is used by paceline 4711 on jump02; leave that one first"
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "used by paceline 4711 on jump02" in flat(pilot))
        assert isinstance(pilot.app.screen, LaunchDialog)
        assert "Start now" in text_of(pilot.app)
        desk.engine.refusal = ""
        await pilot.press("enter")
        await shown(pilot, MonitorScreen)


async def test_a_key_file_that_is_gone_is_a_sentence_in_the_dialog(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        (desk.paths.config.parent / "id_ed25519").unlink()
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "does not exist" in flat(pilot))
        assert desk.engine.started == []


async def test_a_job_that_cannot_start_says_every_reason(desk: Desk) -> None:
    desk.paths.presets.mkdir()
    (desk.paths.presets / "mine.toml").write_text(
        'name = "mine"\ncommands = ["reload", "show {vars.rack}"]\n'
        '[platform.cisco_ios]\ncommands = ["clear counters"]\n',
        encoding="utf-8",
    )
    desk.opening = Opening("mine", where="*")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "tab")
        assert "`reload` is not among what only reads" in flat(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, SentencesDialog)
        text = flat(pilot)
        assert "This job cannot start yet" in text
        assert "{vars.rack}" in text
        assert "`clear counters`" in text


async def test_without_devices_there_is_nothing_to_run(desk: Desk) -> None:
    desk.opening = Opening("health-check")
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, SentencesDialog)
        assert "no device is ticked" in text_of(pilot.app)


# -- a frozen job once more ---------------------------------------------------------------------------------


async def test_run_again_takes_the_job_to_configure_limited_to_its_devices(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.switch_mode("monitor")
        await pilot.pause()
        spec = desk.spec()
        app.run_again(spec, ["deu-r1", "fra-r2"])
        await until(pilot, lambda: draft_of(pilot).continues is not None)
        await settled(pilot)
        assert f"continues {spec.id}" in flat(pilot)
        assert len(draft_of(pilot).ticks) == 2
        await press(pilot, "e")
        assert isinstance(app.screen, ConfigureScreen)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        assert spec.id in text_of(app)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
        started, _ = desk.engine.started[0]
        assert started.continues == spec.id
        assert [target.device.name for target in started.targets] == ["deu-r1", "fra-r2"]


async def test_run_again_asks_before_it_drops_changes(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen_of(pilot).query_one("#batch_size").focus()
        await press(pilot, "3")
        app.switch_mode("monitor")
        await pilot.pause()
        app.run_again(desk.spec(), ["deu-r1"])
        await shown(pilot, ChoiceDialog)
        assert "health-check has unsaved changes" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert draft_of(pilot).continues is None


async def test_run_again_before_configure_was_ever_shown(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=WIDE) as pilot:
        app.run_again(desk.spec(), ["deu-r1"])
        await settled(pilot)
        await until(pilot, lambda: draft_of(pilot).continues is not None)


async def test_a_preset_of_the_command_line_and_the_screen_freeze_the_same_job(desk: Desk) -> None:
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
    mine = desk.engine.started[0][0]
    theirs = prepare(LaunchOptions("health-check", where="*"), desk.paths).spec
    varies = {"id", "created_at", "seed"}
    assert mine.model_dump(exclude=varies) == theirs.model_dump(exclude=varies)


async def test_jump_hosts_are_told_before_the_start_and_asked_for_their_passwords(desk: Desk) -> None:
    """How many devices pass through which, in Configure and in the dialog, by the settings' own rules."""
    text = desk.paths.settings.read_text(encoding="utf-8")
    jumps = '[jumps.bastion]\nhost = "b.example.net"\nusername = "alice"\npassword = "ask"\n'
    rule = '[[jumps.rule]]\nwhere = "country=DE"\nuse = "bastion"\n'
    desk.paths.settings.write_text(text + jumps + rule, encoding="utf-8")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        # In a narrow column, over two lines.
        assert "jumps" in flat(pilot)
        assert "bastion" in flat(pilot)
        await pilot.press("ctrl+r")
        dialog = await shown(pilot, LaunchDialog)
        assert "11 devices through bastion" in flat(pilot)
        assert "password of alice (credential jump bastion)" in flat(pilot)
        dialog.query_one(Input).value = PLANTED
        await pilot.press("enter", "down", "enter")
        await shown(pilot, MonitorScreen)
    spec, secrets = desk.engine.started[0]
    assert sum(target.device.jump == "bastion" for target in spec.targets) == 11
    assert secrets.get("ask:jump bastion") == Secret(PLANTED)
