"""Nornir's SimpleInventory: inheritance, YAML 1.2, and what is wrong in it."""

from pathlib import Path

import pytest
from tests.inventory.files import ALIASES, PLATFORMS, only, read, reasons

from paceline.inventory.load import load
from paceline.inventory.result import Inventory, InventoryError
from paceline.model.secret import Secret

HOSTS = """\
r1:
  hostname: 10.0.0.1
  groups: [edge, xr]
  data: {site: osl1, rack: 12, role: pe}
r2:
  hostname: 10.0.0.2
  port: 2222
  username: me
  platform: ios
  groups: [xr]
  data:
    country: FR
    asn: 65001
r3:
"""
GROUPS = """\
edge:
  groups: [norway]
  data: {tier: 1, who: edge}
norway:
  username: from-norway
  data: {country: NO, who: norway}
xr:
  platform: iosxr
  username: from-xr
  password: 0123
  data: {who: xr}
"""
DEFAULTS = """\
port: 830
username: nobody
data: {contact: noc, who: defaults}
connection_options:
  netmiko:
    extras: {secret: en4ble}
"""


def write(folder: Path, hosts: str = HOSTS, groups: str = GROUPS, defaults: str = DEFAULTS) -> Inventory:
    for name, text in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
        path = folder / f"{name}.yaml"
        path.write_text(text)
        path.chmod(0o600)
    return load(folder, aliases=ALIASES, known_platforms=PLATFORMS)


def test_each_value_comes_from_the_nearest_that_has_one(tmp_path: Path) -> None:
    r1, r2, r3 = write(tmp_path).devices
    assert r1.model_dump(exclude_defaults=True) == {
        "name": "r1",
        "address": "10.0.0.1",
        "port": 830,
        "platform": "cisco_xr",
        "country": "NO",
        "site": "osl1",
        "groups": ("edge", "norway", "xr"),
        "username": "from-norway",  # depth first: edge, then its parent, then xr
        "password": "device:r1",
        "enable": "device:r1:enable",
        "role": "pe",
        "vars": {"rack": 12, "tier": 1, "who": "edge", "contact": "noc"},
    }
    assert (r2.port, r2.username, r2.platform, r2.country) == (2222, "me", "cisco_ios", "FR")
    assert r2.vars == {"asn": 65001, "who": "xr", "contact": "noc"}
    assert (r3.address, r3.username, r3.vars) == ("r3", "nobody", {"contact": "noc", "who": "defaults"})


def test_the_hosts_file_itself_will_do(tmp_path: Path) -> None:
    inventory = write(tmp_path)
    assert load(tmp_path / "hosts.yaml", aliases=ALIASES, known_platforms=PLATFORMS) == inventory
    for name in ("groups.yaml", "defaults.yaml"):
        (tmp_path / name).unlink()
    alone = load(tmp_path / "hosts.yaml")
    assert len(alone.devices) == 3
    assert "group 'edge' of r1 is not in the groups file" in " ".join(reasons(alone))


def test_passwords_of_any_level_are_kept_apart_with_their_zeros(tmp_path: Path) -> None:
    inventory = write(tmp_path)
    assert inventory.passwords == {
        "device:r1": Secret("0123"),
        "device:r2": Secret("0123"),
        **{f"device:r{n}:enable": Secret("en4ble") for n in (1, 2, 3)},
    }
    (tmp_path / "groups.yaml").chmod(0o644)
    (tmp_path / "hosts.yaml").chmod(0o644)
    readable = [problem.file for problem in load(tmp_path).problems if "every user" in problem.reason]
    assert readable == [str(tmp_path / "groups.yaml")]


@pytest.mark.parametrize("head", ["", "%YAML 1.1\n---\n"])
def test_norway_is_no_false(tmp_path: Path, head: str) -> None:
    inventory = read(tmp_path, f"{head}r1:\n  data:\n    country: NO\n    flag: off\n    on: 1.10\n", "hosts.yaml")
    device = only(inventory)
    assert (device.country, device.vars) == ("NO", {"flag": "off", "on": "1.10"})


def test_anchors_and_merges(tmp_path: Path) -> None:
    text = "r1: &one\n  hostname: 10.0.0.1\n  platform: frr\nr2:\n  <<: *one\n  hostname: 10.0.0.2\n"
    inventory = read(tmp_path, text, "hosts.yml")
    assert [(device.address, device.platform) for device in inventory.devices] == [
        ("10.0.0.1", "frr"),
        ("10.0.0.2", "frr"),
    ]


def test_what_is_wrong_has_a_file_and_a_line(tmp_path: Path) -> None:
    hosts = (
        "r1:\n  hostname: 10.0.0.1\n  groups: [a, nowhere]\n"
        "r1:\n  hostname: 10.0.0.2\n"
        "r2: text\n"
        "r3:\n  port: true\n  colour: red\n  hostname: 10.0.0.3\n  hostname: 10.0.0.4\n"
        "r4:\n  password: !vault |\n    $ANSIBLE_VAULT\n  groups: core\n"
        "r5:\n  port: 70000\n"
    )
    inventory = write(tmp_path, hosts, "a:\n  groups: [b]\nb:\n  groups: [a]\na: {}\n", "")
    assert [(device.name, device.address) for device in inventory.devices] == [
        ("r1", "10.0.0.1"),
        ("r3", "10.0.0.3"),
        ("r4", "r4"),
    ]
    said = [str(problem).removeprefix(f"{tmp_path}/") for problem in inventory.problems]
    for start, part in [
        ("hosts.yaml, line 1:", "'nowhere' of r1"),
        ("hosts.yaml, line 1:", "'a' of r1 contains itself"),
        ("hosts.yaml, line 4:", "'r1' is taken on line 1"),
        ("hosts.yaml, line 6:", "'r2' is no mapping"),
        ("hosts.yaml, line 7:", "port is 'true' where a text"),
        ("hosts.yaml, line 7:", "unknown key 'colour'"),
        ("hosts.yaml, line 11:", "'hostname' comes twice"),
        ("hosts.yaml, line 13:", "!vault"),
        ("hosts.yaml, line 12:", "groups of r4 are no list"),
        ("hosts.yaml, line 16:", "port '70000'"),
        ("groups.yaml, line 5:", "'a' is also on line 1"),
    ]:
        assert [text for text in said if text.startswith(start) and part in text], (start, part, said)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("r1:\n  hostname: [1\nr2:\n", r"hosts\.yaml, line 3: the YAML is broken"),
        ("r1: &a\n  data: {x: *a}\n", "nested too deeply"),
        ("r1:\n  data: " + "[" * 400 + "]" * 400, "nested too deeply"),
        ("a: 1\n---\nb: 2\n", "the YAML is broken"),
        ("", "holds no device"),
    ],
    ids=["syntax", "alias of itself", "deep", "two documents", "empty"],
)
def test_broken_yaml_is_one_sentence(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(InventoryError, match=match) as caught:
        read(tmp_path, text, "hosts.yaml")
    assert "\n" not in str(caught.value)


def test_a_folder_without_hosts(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"no hosts\.yaml"):
        load(tmp_path)
