"""CSV as spreadsheets and other tools write it."""

from pathlib import Path

import pytest
from tests.inventory.files import only, read, reasons

from paceline.inventory.load import load
from paceline.inventory.result import InventoryError


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [
        ["name", "address", "platform", "site"],
        ["r1", "10.0.0.1", "cisco_xr", "ber"],
        ["r2", "10.0.0.2", "frr", "par"],
    ]
    inventory = read(tmp_path, end.join(delimiter.join(row) for row in rows))
    assert [(device.name, device.address, device.site) for device in inventory.devices] == [
        ("r1", "10.0.0.1", "ber"),
        ("r2", "10.0.0.2", "par"),
    ]
    assert inventory.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    inventory = read(tmp_path, "name,address,platform,site\nr1,10.0.0.1,frr,Zürich\n".encode(encoding))
    assert only(inventory).site == "Zürich"
    assert inventory.problems == ()


def test_cp1252_is_read_and_said(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,address,platform,site\nr1,10.0.0.1,frr,Zürich\n".encode("cp1252"))
    assert only(inventory).site == "Zürich"
    assert "Windows-1252" in reasons(inventory)[0]


def test_a_delimiter_named_in_the_first_line(tmp_path: Path) -> None:
    inventory = read(tmp_path, "sep=;\r\nname;address;platform\r\nr1;10.0.0.1;frr\r\n")
    assert only(inventory).address == "10.0.0.1"
    assert read(tmp_path, "name,note\nr1,a;b;c;d;e;f\n").devices[0].vars == {"note": "a;b;c;d;e;f"}


def test_quoted_line_breaks_keep_the_line_numbers(tmp_path: Path) -> None:
    text = (
        'name,address,platform,"my\nnote"\nr1,10.0.0.1,frr,"two\nlines, ""quoted"""\n\nr2,10.0.0.2,frr,\nr3,999,frr,\n'
    )
    inventory = read(tmp_path, text)
    assert inventory.devices[0].vars == {"my note": 'two\nlines, "quoted"'}
    assert [device.name for device in inventory.devices] == ["r1", "r2"]
    assert [problem.line for problem in inventory.problems] == [7]


@pytest.mark.parametrize(
    ("headers", "cells", "name", "address"),
    [
        ("Device Name,Mgmt-IP", "r1,10.0.0.1", "r1", "10.0.0.1"),
        ("NODE,primary_ip4", "r1,10.0.0.1/31", "r1", "10.0.0.1"),
        ("caption,IP Address", "r1,10.0.0.1", "r1", "10.0.0.1"),
        ("name,hostname", "r1,r1.example.net", "r1", "r1.example.net"),  # Nornir
        ("session_name,hostname", "r1,10.0.0.1", "r1", "10.0.0.1"),  # SecureCRT
        ("hostname,ansible_host", "r1,10.0.0.1", "r1", "10.0.0.1"),  # Ansible
        ("hostname", "r1", "r1", "r1"),
        ("name", "r1", "r1", "r1"),
        ("ip", "10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ("host,ipaddr,os_name", "r1,10.0.0.1,frr", "r1", "10.0.0.1"),  # netcfgbu
        ("host,os_name", "r1,frr", "r1", "r1"),
        ("host,device_type,name", "10.0.0.1,frr,r1", "r1", "10.0.0.1"),  # netmiko
        ("host,device_type", "10.0.0.1,frr", "10.0.0.1", "10.0.0.1"),
        ("hostname,host,device_type", "r1,10.0.0.1,frr", "r1", "10.0.0.1"),
        ("host,ip", "r1,10.0.0.1", "r1", "10.0.0.1"),
        ("name,host", "r1,10.0.0.1", "r1", "10.0.0.1"),
        ("sysname,ip", "r1,10.0.0.1", "r1", "10.0.0.1"),
        ("#name,ip", "r1,10.0.0.1", "r1", "10.0.0.1"),
    ],
)
def test_which_column_is_name_and_which_is_address(
    tmp_path: Path, headers: str, cells: str, name: str, address: str
) -> None:
    device = only(read(tmp_path, f"{headers}\n{cells}\n"))
    assert (device.name, device.address, device.sysname, device.vars) == (name, address, "", {})


def test_every_other_header(tmp_path: Path) -> None:
    text = (
        "name,ip,network os,nation,POP,tags,group,ssh-port,login,jump_host,Legacy,key file,timezone,role,"
        "sysname,prompt_name,aaa,ha-group,Rack Unit\n"
        "r1,10.0.0.1,IOSXR,Germany,ber1,core|edge,pe; core,2222,ops,bastion,cbc;group1,~/.ssh/id,Europe/Berlin,pe,"
        "R1.lab,R1,tacacs,pair7,42\n"
    )
    device = only(read(tmp_path, text))
    assert device.model_dump(exclude_defaults=True) == {
        "name": "r1",
        "address": "10.0.0.1",
        "platform": "cisco_xr",
        "country": "DE",
        "site": "ber1",
        "groups": ("core", "edge", "pe"),
        "port": 2222,
        "username": "ops",
        "jump": "bastion",
        "legacy": ("cbc", "group1"),
        "key_file": "~/.ssh/id",
        "timezone": "Europe/Berlin",
        "role": "pe",
        "sysname": "R1.lab",
        "prompt_name": "R1",
        "aaa": "tacacs",
        "ha_group": "pair7",
        "vars": {"Rack Unit": "42"},
    }


def test_two_columns_for_one_field(tmp_path: Path) -> None:
    device = only(read(tmp_path, "city,site,name,mgmt_ip,ip\nBerlin,ber1,r1,10.9.9.9,10.0.0.1\n"))
    assert (device.site, device.address) == ("ber1", "10.0.0.1")
    assert device.vars == {"city": "Berlin", "mgmt_ip": "10.9.9.9"}


def test_a_second_password_column_is_not_shown_as_a_variable(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,password,ansible_password,x,x,\nr1,s3cret,s4cret,1,2,3\n")
    assert only(inventory).vars == {"x": "1"}
    assert "s4cret" not in repr(inventory)
    assert [text for text in reasons(inventory) if "ansible_password" in text]
    assert [text for text in reasons(inventory) if "column 5 is not read" in text]
    assert [text for text in reasons(inventory) if "column 6 has no header" in text]


def test_broken_rows_are_listed_and_the_others_stay(tmp_path: Path) -> None:
    text = (
        "name,address,port\n"
        "# commented,10.0.0.9,22\n"
        "r1,10.0.0.1,22\n"
        ",10.0.0.2,22\n"
        "r3,10.0.0.3,ssh\n"
        "r4,10.0.0.4,22,extra\n"
        "r5,10.0.0.555,22\n"
        "r6,core one,22\n"
        ",,\n"
        "r7,10.0.0.7\n"
        "r8,,\n"
        '"r9"x,10.0.0.9,22\n'
        "r\x1b[2J,10.0.0.10,22\n"
        "r11,10.0.0.11:830,22\n"
        "r12,10.0.0.12,,,\n"
    )
    inventory = read(tmp_path, text)
    assert [device.name for device in inventory.devices] == ["r1", "r7", "r8", "r12"]
    found = {problem.line: (problem.severity, problem.reason) for problem in inventory.problems if problem.line}
    assert {line: severity for line, (severity, _) in found.items()} == {
        4: "error", 5: "error", 6: "error", 7: "error", 8: "error", 10: "warning", 11: "warning", 12: "error",
        13: "error", 14: "error",
    }  # fmt: skip
    said = {4: "no name", 5: "port 'ssh'", 6: "4 cells", 7: "IPv4", 8: "'core one'", 10: "2 cells", 11: "no address"}
    for line, part in (said | {12: "no CSV", 13: "cannot be shown", 14: "port 830"}).items():
        assert part in found[line][1]
    assert str(inventory.problems[0]) == f"{tmp_path}/fleet.csv, line 4: the row has no name; it is left out."


def test_a_quote_that_is_never_closed_says_how_much_is_lost(tmp_path: Path) -> None:
    inventory = read(tmp_path, 'name,note\nr1,fine\nr2,"oops\nr3,fine\nr4,fine\n')
    assert [device.name for device in inventory.devices] == ["r1"]
    assert "line 3: a quote is opened and never closed; all up to line 5 is left out" in reasons(inventory)[0]


def test_what_is_no_inventory_at_all(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="no such inventory"):
        load(tmp_path / "gone.csv")
    with pytest.raises(InventoryError, match=r"line 1: no column says which device.*found serial, rack"):
        read(tmp_path, "serial,rack\n1,2\n")
    with pytest.raises(InventoryError, match="no header"):
        read(tmp_path, "\n\n")
    with pytest.raises(InventoryError, match="holds no device"):
        read(tmp_path, "name,address\n")
    with pytest.raises(InventoryError, match="spreadsheet"):
        read(tmp_path, b"PK\x03\x04rest", "fleet.xlsx")
    with pytest.raises(InventoryError, match="no text file"):
        read(tmp_path, b"\x00\x01\xff\x00\xfe\x80" * 20)
    with pytest.raises(InventoryError, match="line 2: byte 0x81"):
        read(tmp_path, b"name\nr\x81\n")


def test_fifty_thousand_rows_stay_quick(tmp_path: Path) -> None:
    from time import process_time

    rows = [
        f"deu-r{n},10.{n >> 16}.{n >> 8 & 255}.{n & 255},cisco_xr,ber{n % 40},core;pe,{n % 80}" for n in range(50_000)
    ]
    started = process_time()
    inventory = read(tmp_path, "\n".join(["name,address,platform,site,groups,rack", *rows]))
    assert process_time() - started < 8  # about 1.5 on two cores; room for a slow or busy machine
    assert len(inventory.devices) == 50_000
    assert inventory.devices[0].country == "DE"
    assert inventory.devices[0].country_derived
    assert inventory.problems == ()
