"""Plain lists, and files that only look like one."""

from pathlib import Path

import pytest
from tests.inventory.files import read, reasons

from paceline.inventory.plain import expand
from paceline.inventory.result import InventoryError


def test_names_addresses_comments_and_ranges(tmp_path: Path) -> None:
    text = "# the lab\nr1\n\n10.0.0.1/24   # mgmt\n[2001:db8::1]:830\nlocalhost:2201\nlocalhost:2202\nsw[01-03,07]\n"
    inventory = read(tmp_path, text, "lab.txt")
    assert [(device.name, device.address, device.port) for device in inventory.devices] == [
        ("r1", "r1", 22),
        ("10.0.0.1", "10.0.0.1", 22),
        ("[2001:db8::1]:830", "2001:db8::1", 830),
        ("localhost:2201", "localhost", 2201),
        ("localhost:2202", "localhost", 2202),
        ("sw01", "sw01", 22),
        ("sw02", "sw02", 22),
        ("sw03", "sw03", 22),
        ("sw07", "sw07", 22),
    ]
    assert reasons(inventory) == []


def test_lines_that_are_no_name(tmp_path: Path) -> None:
    inventory = read(tmp_path, "r1\nr2 admin s3cret\nsw[9-1]\nr1\n10.0.0.999\nsw[1-999999]\nsw[-3]\n", "lab.txt")
    assert [device.name for device in inventory.devices] == ["r1"]
    assert [problem.line for problem in inventory.problems if problem.line] == [2, 3, 4, 5, 6, 7]
    assert "s3cret" not in " ".join(reasons(inventory))
    assert "runs backwards" in reasons(inventory)[1]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sw[8-11]", ["sw8", "sw9", "sw10", "sw11"]),
        ("sw[08-11]", ["sw08", "sw09", "sw10", "sw11"]),
        ("r[1-2]-p[1,3]", ["r1-p1", "r1-p3", "r2-p1", "r2-p3"]),
        ("10.0.0.[1-2]", ["10.0.0.1", "10.0.0.2"]),
        ("r1", ["r1"]),
    ],
)
def test_ranges(text: str, names: list[str]) -> None:
    assert expand(text) == names


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("hosts", "[routers]\nr1 ansible_host=10.0.0.1\n", "Ansible INI"),
        ("inv.ini", "r1\n", "Ansible INI"),
        ("dump.json", '{"_meta": {}}', "JSON"),
        ("answer", '{"results": []}', "JSON"),
        ("config", "# mine\nHost bastion\n  User alice\n", "OpenSSH"),
        ("router.db", "r1:cisco:up\n", "router.db"),
        ("inv.yml", "all:\n  hosts:\n    r1:\n", "Ansible"),
        ("play.yml", "- hosts: all\n", "sequence"),
        ("testbed.yaml", "devices:\n  r1:\n    os: iosxr\n", "pyATS"),
        ("x.yaml", "version: 3\n", "other YAML"),
    ],
)
def test_formats_that_are_not_read_yet_get_one_sentence(tmp_path: Path, name: str, text: str, kind: str) -> None:
    with pytest.raises(InventoryError) as caught:
        read(tmp_path, text, name)
    assert kind in str(caught.value)
    assert "Paceline reads CSV" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_csv_is_known_by_its_first_line(tmp_path: Path) -> None:
    assert [device.address for device in read(tmp_path, "name;ip\nr1;10.0.0.1\n", "fleet.txt").devices] == ["10.0.0.1"]
    assert [device.name for device in read(tmp_path, "hostname\nr1\n", "fleet").devices] == ["r1"]
