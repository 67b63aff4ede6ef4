"""Advice on a draft, inventories that lie near, host keys that are missing, and what Configure begins with."""

import base64
import hashlib
import hmac
from pathlib import Path

from tests.launch.conftest import FLEET

from paceline.config.paths import Paths
from paceline.config.platforms import load_platforms
from paceline.config.settings import load_settings
from paceline.launch.beginning import Wish, begin
from paceline.launch.host_keys import without_host_key
from paceline.launch.nearby import find_inventories
from paceline.launch.outlook import Outlook, expect_devices
from paceline.launch.tips import Adviser
from paceline.model.device import Device
from paceline.model.job import Command
from paceline.plan.durations import Durations

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBug"


def tips(paths: Paths, fleet: str, *commands: str, where: str = "*") -> dict[str, list[str]]:
    (paths.config / "fleet.csv").write_text(fleet, encoding="utf-8")
    draft = begin(Wish("health-check", where=where), load_settings(paths), paths).draft
    if commands:
        draft.set_tables({"": tuple(Command(command=command) for command in commands)})
    outlook = Outlook()
    outlook.learn(expect_devices(draft, Durations()))
    found: dict[str, list[str]] = {}
    for tip in Adviser(load_platforms(paths)).tips(draft, outlook.estimate(draft), {"deu-r1", "gone"}):
        found.setdefault(tip.field, []).append(tip.text)
    return found


def test_devices_that_will_have_trouble_are_counted(paths: Paths) -> None:
    fleet = FLEET.replace("address,platform", "address,platform").replace(
        "fra-r1,192.0.2.4,cisco_xr", "fra-r1,192.0.2.4,"
    )
    found = tips(paths, fleet)["devices"]
    assert found == [
        "1 without a platform: taken as generic",
        "1 without a recorded host key will be refused: deu-r1",
    ]


def test_a_command_that_does_not_only_read_is_told_once_per_reason(paths: Paths) -> None:
    found = tips(paths, FLEET, "show version", "reload", "show {nme}")["commands"]
    assert len(found) == 3
    assert sum("`reload` is not among what only reads" in tip for tip in found) == 2
    assert any("unknown field `{nme}`; did you mean `{name}`?" in tip for tip in found)


def test_a_platform_without_commands_is_told(paths: Paths) -> None:
    (paths.presets / "mine.toml").write_text(
        'name = "mine"\nselection = "*"\n[platform.cisco_ios]\ncommands = ["show version"]\n', encoding="utf-8"
    )
    draft = begin(Wish("mine"), load_settings(paths), paths).draft
    found = Adviser(load_platforms(paths)).tips(draft, None)
    assert [tip.text for tip in found] == ["none for platform cisco_xr, which 4 of the devices have"]


def test_the_pace_is_advised_at_its_fields(paths: Paths) -> None:
    found = tips(paths, FLEET)
    assert found["batch_size"] == ["batch_size 20 is larger than the 6 devices selected: one batch"]
    one = tips(paths, FLEET, where="bra-r1")
    assert one["batch_size"] == ["batch_size 20 is larger than the one device selected: one batch"]


# -- host keys ----------------------------------------------------------------------------------------------


def fleet_of(count: int) -> list[Device]:
    return [Device(name=f"r{n}", address=f"192.0.2.{n}") for n in range(1, count + 1)]


def known(paths: Paths, text: str) -> None:
    file = paths.config / "known"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    with paths.settings.open("a", encoding="utf-8") as settings:
        settings.write('[host_keys]\nknown_hosts = ["known"]\n')


def hashed(name: str) -> str:
    salt = b"0" * 20
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def test_devices_whose_key_is_recorded_by_name_address_or_hash_have_one(paths: Paths) -> None:
    known(paths, f"192.0.2.1 {KEY}\nr2 {KEY}\n{hashed('192.0.2.3')} {KEY}\n")
    assert without_host_key(fleet_of(4), load_settings(paths), paths) == {"r4"}


def test_too_many_hashes_are_not_tried(paths: Paths) -> None:
    known(paths, f"{hashed('elsewhere')} {KEY}\n")
    assert without_host_key(fleet_of(4), load_settings(paths), paths) == {"r1", "r2", "r3", "r4"}
    assert without_host_key(fleet_of(4), load_settings(paths), paths, most_hashes=3) == frozenset()


def test_a_file_that_cannot_be_trusted_is_left_to_the_start(paths: Paths) -> None:
    known(paths, "")
    (paths.config / "known").chmod(0o666)
    assert without_host_key(fleet_of(2), load_settings(paths), paths) == frozenset()


# -- where to begin -----------------------------------------------------------------------------------------


def test_inventories_that_lie_near_are_found_and_nothing_else(tmp_path: Path) -> None:
    for name in ("fleet.csv", "hosts.yaml", "devices-core.txt", "notes.txt", "fleet.py", "empty.csv"):
        (tmp_path / name).write_text("" if name == "empty.csv" else "a\n", encoding="utf-8")
    (tmp_path / "nornir").mkdir()
    (tmp_path / "nornir" / "hosts.yaml").write_text("a: {}\n", encoding="utf-8")
    found = [str(path.relative_to(tmp_path)) for path in find_inventories([tmp_path, tmp_path / "nowhere"])]
    assert found == ["fleet.csv", "hosts.yaml", "nornir/hosts.yaml", "devices-core.txt"]


def test_the_operators_own_preset_comes_first_and_broken_ones_are_told(paths: Paths) -> None:
    (paths.presets / "aaa.toml").write_text("name = 3\n", encoding="utf-8")
    (paths.presets / "zzz.toml").write_text('name = "zzz"\ncommands = ["show version"]\n', encoding="utf-8")
    beginning = begin(Wish(), load_settings(paths), paths)
    assert beginning.draft.name == "zzz"
    assert len(beginning.sentences) == 1
    assert "aaa.toml" in beginning.sentences[0]


def test_an_inventory_with_nothing_usable_is_a_sentence(paths: Paths) -> None:
    (paths.config / "fleet.csv").write_text("name,address\n,192.0.2.1\n", encoding="utf-8")
    draft = begin(Wish(), load_settings(paths), paths).draft
    assert "none of its devices can be used; the first of 1 problems" in draft.inventory_problem
    assert draft.found is None


def test_without_any_inventory_named_it_is_a_first_start(paths: Paths) -> None:
    paths.settings.unlink()
    assert not begin(Wish(), load_settings(paths), paths).has_inventory_named
