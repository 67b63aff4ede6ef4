"""The rules every format shares: names, addresses, platforms, countries, passwords."""

from pathlib import Path

import pytest
from tests.inventory.files import only, read, reasons

from paceline.inventory.address import join_address, parse_address
from paceline.inventory.load import load
from paceline.model.secret import Secret


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1/24", "10.0.0.1", None),
        ("10.0.0.1/255.255.255.0", "10.0.0.1", None),
        ("10.0.0.1:2222", "10.0.0.1", 2222),
        ("[2001:db8::1]:830", "2001:db8::1", 830),
        ("[2001:DB8:0::1]", "2001:db8::1", None),
        ("2001:db8::1/64", "2001:db8::1", None),
        ("[2001:db8::1/64]", "2001:db8::1", None),
        ("fe80::1%eth0", "fe80::1%eth0", None),
        ("r1.example.net", "r1.example.net", None),
        ("r_1:2222", "r_1", 2222),
        ("10.example", "10.example", None),
    ],
)
def test_addresses(text: str, address: str, port: int | None) -> None:
    assert parse_address(text) == (address, port)
    assert parse_address(join_address(address, port)) == (address, port)


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.256", "10.0.0", "1.2.3.4.5", "a b", "[2001:db8::1", "[::1]x", "r1:0", "r1:99999", "1:2:3", "-oX"],
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        parse_address(text)


def test_the_second_of_two_names_is_left_out_and_both_places_are_named(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,address\nr1,10.0.0.1\nr2,10.0.0.2\nr1,10.0.0.3\n")
    assert [device.address for device in inventory.devices] == ["10.0.0.1", "10.0.0.2"]
    (problem,) = [problem for problem in inventory.problems if problem.severity == "error"]
    assert problem.line == 4
    assert "'r1' is taken on line 2" in problem.reason


def test_equal_addresses_stay_and_both_places_are_named(tmp_path: Path) -> None:
    rows = "r1,10.0.0.1/24,\nr2,10.0.0.1,22\nr3,10.0.0.1,23\nr4,2001:db8::1,\nr5,2001:0DB8::1,\n"
    inventory = read(tmp_path, f"name,address,port\n{rows}")
    assert len(inventory.devices) == 5
    assert inventory.devices[0].lock_key == inventory.devices[1].lock_key
    assert [problem.line for problem in inventory.problems if problem.line] == [3, 6]
    assert "same address 10.0.0.1 as r1 on line 2" in reasons(inventory)[0]


def test_platforms(tmp_path: Path) -> None:
    rows = "r1,cisco_xr\nr2,IOSXR\nr3,cisco.iosxr.iosxr\nr4,Cisco-IOS\nr5,cisco_xrr\nr6,\n"
    inventory = read(tmp_path, f"name,platform\n{rows}")
    assert [device.platform for device in inventory.devices] == ["cisco_xr"] * 3 + ["cisco_ios", "", ""]
    unknown, missing = inventory.problems
    assert (unknown.line, unknown.severity) == (6, "error")
    assert "'cisco_xrr' of r5 is not known (nearest: cisco_xr)" in unknown.reason
    assert (missing.line, missing.severity) == (0, "warning")
    assert "r6 has no platform" in missing.reason


def test_any_platform_is_taken_when_none_is_known(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("name,platform\nr1,Whatever\n")
    assert only(load(path)).platform == "whatever"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), ("UK", "GB"), ("EL", "GR"), ("NO", "NO"),
        ("NA", "NA"), ("Namibia", "NA"), ("south korea", "KR"), ("Cote d'Ivoire", "CI"), ("Türkiye", "TR"),
        ("Turkey", "TR"), ("Bolivia", "BO"), ("United States of America", "US"),
    ],
)  # fmt: skip
def test_written_countries(tmp_path: Path, written: str, code: str) -> None:
    device = only(read(tmp_path, f"name,platform,country\nr1,frr,{written}\n"))
    assert (device.country, device.country_derived) == (code, False)


def test_an_unknown_country_is_reported_and_not_used(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,platform,country\nr1,frr,Atlantis\nr2,frr,N/A\n")
    assert [device.country for device in inventory.devices] == ["??", "??"]
    assert [problem.line for problem in inventory.problems] == [2, 3]
    assert "'Atlantis' of r1 is not known" in reasons(inventory)[0]


def test_the_site_tells_the_country_before_the_groups_do(tmp_path: Path) -> None:
    rows = (
        "r1,DE,ber1,\nr2,,ber1,France\nr3,,par2,core;France\nr4,,lon1,country_uk\nr5,,,country-ITA\nr6,,,pe\nr7,,,pe-france\n"
        "r8,DE,x,\nr9,FR,x,\nr10,,x,\nr11,,Luxembourg,\n"
    )
    inventory = read(tmp_path, f"name,country,site,groups\n{rows}")
    found = {device.name: (device.country, device.country_derived) for device in inventory.devices}
    assert found == {
        "r1": ("DE", False), "r2": ("DE", True), "r3": ("FR", True), "r4": ("GB", True), "r5": ("IT", True),
        "r6": ("??", False), "r7": ("??", False), "r8": ("DE", False), "r9": ("FR", False), "r10": ("??", False),
        "r11": ("LU", True),
    }  # fmt: skip


def test_a_prefix_tells_the_country_where_most_names_have_one(tmp_path: Path) -> None:
    most = read(tmp_path, "deu-r1\nfra-r2\nGBR-r3\nnor.r4\ncore-sw\n", "list.txt")
    assert [device.country for device in most.devices] == ["DE", "FR", "GB", "NO", "??"]
    assert [device.country_derived for device in most.devices] == [True, True, True, True, False]
    fewer = read(tmp_path, "deu-r1\nfra-r2\nGBR-r3\ncore-sw\n", "list.txt")
    assert {device.country for device in fewer.devices} == {"??"}
    alpha_2 = read(tmp_path, "pe-r1\nbr-r2\ncr-r3\n", "list.txt")
    assert {device.country for device in alpha_2.devices} == {"??"}


def test_a_literal_password_is_kept_apart(tmp_path: Path) -> None:
    text = "name,platform,password,enable\nr1,frr,s3cret,en4ble\nr2,frr,env:NET_PASSWORD,ask\nr3,frr,,\n"
    inventory = read(tmp_path, text)
    assert [(device.password, device.enable) for device in inventory.devices] == [
        ("device:r1", "device:r1:enable"),
        ("env:NET_PASSWORD", "ask"),
        ("", ""),
    ]
    assert inventory.passwords == {"device:r1": Secret("s3cret"), "device:r1:enable": Secret("en4ble")}
    assert "s3cret" not in repr(inventory)
    assert "en4ble" not in repr(inventory)
    (warning,) = inventory.problems
    assert (warning.severity, "2 literal passwords" in warning.reason) == ("warning", True)


def test_a_world_readable_file_with_a_password_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("name,platform,password\nr1,frr,s3cret\n")
    path.chmod(0o644)
    assert any("every user of this machine" in text for text in reasons(load(path)))
    path.chmod(0o640)
    assert not any("every user" in text for text in reasons(load(path)))
    path.write_text("name,platform,password\nr1,frr,ask\n")
    path.chmod(0o644)
    assert load(path).problems == ()


@pytest.mark.parametrize("text", ["env:1X", "command:pass show net", "keyring:ops"])
def test_what_only_looks_like_a_reference_is_never_sent_as_a_password(tmp_path: Path, text: str) -> None:
    inventory = read(tmp_path, f"name,platform,password\nr1,frr,{text}\nr2,frr,\n")
    if inventory.devices[0].name == "r1":
        assert inventory.devices[0].password == text  # a reference that Paceline knows
    else:
        assert "looks like a reference but is none" in reasons(inventory)[0]
    assert inventory.passwords == {}


def test_a_reference_to_a_password_that_is_not_there(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,platform,password\nr1,frr,device:r9\nr2,frr,device:r3\nr3,frr,s3cret\n")
    assert inventory.devices[0].password == "device:r9"
    assert [problem.line for problem in inventory.problems if problem.line] == [2]
