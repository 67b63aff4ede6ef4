"""Host keys in the screens: the count, the look at devices, what is recorded, and a start that trusts new ones."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, looks_right, text_of
from tests.ui.settling import flat, settled, shown, until
from textual.pilot import Pilot
from textual.widgets import OptionList

import paceline.launch.host_keys as scanning
from paceline.model.failure import FailureKind
from paceline.model.host_key import KeyState, SeenKey
from paceline.store.audit import NAME, read_audit
from paceline.ui.dialogs.choice import ChoiceDialog
from paceline.ui.dialogs.host_keys import HostKeysDialog
from paceline.ui.dialogs.launch import LaunchDialog
from paceline.ui.ports import Opening
from paceline.ui.screens.configure import ConfigureScreen
from paceline.ui.screens.monitor import MonitorScreen

Snap = Callable[..., bool]
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIBug"
ONE, OTHER = (f"SHA256:{letter * 43}" for letter in "ab")


@pytest.fixture(autouse=True)
def some_keys(desk: Desk) -> None:
    """Fourteen of sixty devices have no recorded key; nine of these are selected."""
    ssh = desk.paths.config.parent / ".ssh"
    ssh.mkdir()
    lines = "".join(f"192.0.2.{n} ssh-ed25519 {BLOB}\n" for n in range(1, 47))
    (ssh / "known_hosts").write_text(lines, encoding="utf-8")
    (ssh / "known_hosts").chmod(0o600)


def devices_show(monkeypatch: pytest.MonkeyPatch, judge: Callable[[int], KeyState], stop_at: int = 1_000) -> list[str]:
    """Devices answer a scan at once, each as `judge` says by its place; from `stop_at` on they never do."""
    asked: list[str] = []

    async def scan(ways: Any, *_: object, connects_per_second: float) -> Any:
        import asyncio

        for number, device in enumerate(ways.devices):
            if number == stop_at:
                await asyncio.sleep(3_600)
            asked.append(device.name)
            state = judge(number)
            seen = SeenKey(device=device.name, address=device.address, state=state)
            if state is KeyState.NONE:
                seen = seen.model_copy(
                    update={"failure": FailureKind.REFUSED, "message": f"{device.address}:22 refuses the connection"}
                )
            else:
                seen = seen.model_copy(
                    update={"algorithm": "ssh-ed25519", "fingerprint": ONE, "base64": f"{BLOB}{number:04}"}
                )
            if state is KeyState.CHANGED:
                why = f"{device.name}: host key changed: recorded ssh-ed25519 {OTHER}; offered ssh-ed25519 {ONE}; "
                remedy = f"if the device has a new key: `paceline hostkeys remove {device.name}`, then accept it alone"
                seen = seen.model_copy(update={"failure": FailureKind.HOST_KEY_CHANGED, "message": why + remedy})
            yield seen

    monkeypatch.setattr(scanning, "scan", scan)
    return asked


def mixed(number: int) -> KeyState:
    return (KeyState.NEW, KeyState.NEW, KeyState.CHANGED, KeyState.NEW, KeyState.NONE, KeyState.SAME)[number % 6]


async def looked(pilot: Pilot[Any], *answer: str) -> HostKeysDialog:
    """The dialog once the scan is over."""
    await settled(pilot)
    await pilot.press("ctrl+k")
    await shown(pilot, ChoiceDialog)
    await pilot.press(*answer, "enter")
    dialog = await shown(pilot, HostKeysDialog)
    await until(pilot, lambda: "esc goes back" in text_of(pilot.app))
    await pilot.pause()
    return dialog


async def test_new_keys_are_recorded_after_the_count_was_agreed_to_and_the_warning_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = devices_show(monkeypatch, lambda _: KeyState.NEW)
    own = desk.paths.state / "known_hosts"
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "14 without a recorded host key, ^k looks at them" in flat(pilot)
        dialog = await looked(pilot, "down")
        assert "14 of 14" in text_of(pilot.app)
        assert "  14 new  " in text_of(pilot.app)
        assert len(asked) == 14
        assert dialog.query_one(OptionList).highlighted == 0
        # The answer that has the focus records nothing.
        await pilot.press("enter")
        await shown(pilot, ConfigureScreen)
        assert not own.exists()
        await looked(pilot, "down")
        assert "Record the keys of 14 devices" in flat(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "without a recorded host key" not in text_of(pilot.app))
        await settled(pilot)
    assert len(own.read_text().splitlines()) == 14
    log = [entry for _, entry in read_audit(desk.paths.state / NAME) if entry]
    assert {(entry["what"], entry["by"], entry["result"]) for entry in log} == {
        ("key_accepted", "alice@jump01", f"ssh-ed25519 {ONE}")
    }
    assert {entry["device"] for entry in log} == set(asked)


async def test_all_that_are_selected_can_be_looked_at_and_a_changed_key_is_never_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices_show(monkeypatch, mixed)
    async with desk.app().run_test(size=WIDE) as pilot:
        await looked(pilot, "down", "down")
        text = text_of(pilot.app)
        assert "10 changed · 10 without an answer · 30 new · 10 as recorded" in text
        assert text.index("changed: recorded ssh-ed25519") < text.index("Record nothing")
        await pilot.press("down", "enter")
        await shown(pilot, ConfigureScreen)
        await until(pilot, (desk.paths.state / NAME).exists)
        await settled(pilot)
    assert len((desk.paths.state / "known_hosts").read_text().splitlines()) == 30


async def test_a_scan_that_is_left_ends_and_records_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = devices_show(monkeypatch, lambda _: KeyState.NEW, stop_at=3)
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+k")
        await shown(pilot, ChoiceDialog)
        await pilot.press("down", "enter")
        await shown(pilot, HostKeysDialog)
        await until(pilot, lambda: "3 of 14" in text_of(pilot.app))
        assert "Record" not in text_of(pilot.app)
        await pilot.press("escape")
        await shown(pilot, ConfigureScreen)
        await settled(pilot)
    assert len(asked) == 3
    assert not (desk.paths.state / "known_hosts").exists()


async def test_a_known_hosts_that_others_may_write_is_said_instead(desk: Desk) -> None:
    (desk.paths.config.parent / ".ssh" / "known_hosts").chmod(0o666)
    desk.opening = Opening("health-check", where="deu-r1")
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await looked(pilot, "down")
        assert "may be written by others: chmod go-w" in flat(pilot)
        assert "Record" not in flat(pilot)


async def test_a_start_asks_once_whether_to_trust_new_keys_where_the_settings_let_it(desk: Desk) -> None:
    desk.set('[host_keys]\npolicy = "accept-new"')
    async with desk.app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        text = flat(pilot)
        assert "14 devices without a recorded host key, refused unless trusted below:" in text
        assert "Start, and trust 14 new host keys" in text
        await pilot.press("down", "down", "enter")
        await shown(pilot, MonitorScreen)
    spec, _ = desk.engine.started[0]
    trusted = {target.device.name for target in spec.targets if target.device.accept_new_key}
    assert len(trusted) == 14


async def test_a_start_that_does_not_trust_them_lets_them_be_refused(desk: Desk) -> None:
    desk.set('[host_keys]\npolicy = "accept-new"')
    async with desk.app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+r")
        await shown(pilot, LaunchDialog)
        await pilot.press("down", "enter")
        await shown(pilot, MonitorScreen)
    spec, _ = desk.engine.started[0]
    assert not any(target.device.accept_new_key for target in spec.targets)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
def test_what_devices_show(
    desk: Desk, snap_compare: Snap, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    devices_show(monkeypatch, mixed)

    async def hands(pilot: Pilot[Any]) -> None:
        await looked(pilot, "down")

    words = ("14 of 14", "changed", "Record nothing", "Record the keys of 8 devices")
    assert looks_right(snap_compare, desk.app(), size, words, hands)
