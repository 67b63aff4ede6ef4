"""What a selection picks, and what it says when it cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.model.device import Device
from paceline.model.selection import FIELDS, Selection, SelectionError, parse

FLEET = (
    Device(name="ber-pe1", address="10.0.0.1", platform="cisco_xr", country="DE", site="BER1", role="pe",
           groups=("core", "edge"), vars={"rack": 12, "Owner": "Net Ops", "spare": True, "dc": {"row": "A"}}),
    Device(name="par-p1", address="10.0.1.1", platform="cisco_xr", country="FR", site="par2", role="p",
           groups=("core",), port=2222, legacy=("cbc",), jump="bastion"),
    Device(name="lab-1", address="2001:db8::1", platform="frr", country="GB", site="ber-lab", username="root",
           sysname="LAB1.example.net", aaa="tacacs-eu", ha_group="pair1", timezone="Europe/London"),
    Device(name="mystery", address="mystery.example.net"),
)  # fmt: skip


def names(text: str) -> list[str]:
    return [device.name for device in parse(text).select(FLEET)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["ber-pe1", "par-p1", "lab-1", "mystery"]),
        ("  \t ", ["ber-pe1", "par-p1", "lab-1", "mystery"]),
        ("country=DE,FR", ["ber-pe1", "par-p1"]),
        ("country=de", ["ber-pe1"]),
        ("country=UK", ["lab-1"]),
        ("country=??", ["mystery"]),
        ("country!=DE", ["par-p1", "lab-1", "mystery"]),
        ("!country!=DE", ["ber-pe1"]),
        ("country=DE,FR platform=cisco_xr site~^ber group=core !name~lab role=pe", ["ber-pe1"]),
        ("site~^ber", ["ber-pe1", "lab-1"]),
        ("site~^par,lab$", ["par-p1", "lab-1"]),
        ("name~^.{5,6}$", ["par-p1", "lab-1"]),
        (r"name~\d{1,2}$,^mys", ["ber-pe1", "par-p1", "lab-1", "mystery"]),
        ('name~"1$"', ["ber-pe1", "par-p1", "lab-1"]),
        ("group=CORE", ["ber-pe1", "par-p1"]),
        ("!groups=edge", ["par-p1", "lab-1", "mystery"]),
        ("role=p*", ["ber-pe1", "par-p1"]),
        ("site=*", ["ber-pe1", "par-p1", "lab-1"]),
        ('site=""', ["mystery"]),
        ("port=2222,830", ["par-p1"]),
        ("legacy=cbc", ["par-p1"]),
        ("jump=bastion", ["par-p1"]),
        ("username=root sysname~^lab aaa=tacacs-eu ha_group=pair1 timezone=europe/london", ["lab-1"]),
        ("address=10.0.0.1", ["ber-pe1"]),
        ("vars.rack=12", ["ber-pe1"]),
        ("VARS.Rack=12", ["ber-pe1"]),
        ('vars.owner="net ops"', ["ber-pe1"]),
        ("vars.spare=true", ["ber-pe1"]),
        ("vars.dc.row=a", ["ber-pe1"]),
        ("!vars.rack=12", ["par-p1", "lab-1", "mystery"]),
        ("vars.rack=*", ["ber-pe1"]),
        ("ber", ["ber-pe1"]),
        ("PE1,mystery", ["ber-pe1", "mystery"]),
        ("10.0.", ["ber-pe1", "par-p1"]),
        ("*-p*", ["ber-pe1", "par-p1"]),
        ("2001:db8::1", ["lab-1"]),
        ("!10.0. !lab", ["mystery"]),
        ('"or"', []),
    ],
)
def test_selects(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_every_field_can_be_asked_for() -> None:
    for field in FIELDS:
        assert parse(f"{field}~.").select(FLEET), field


@pytest.mark.parametrize(
    ("text", "position", "found", "expected"),
    [
        ("country=DE sit=ber", 11, "unknown field 'sit'", "site"),
        ("coutnry=DE", 0, "unknown field 'coutnry'", "country (the nearest"),
        ("zzzz=1", 0, "unknown field 'zzzz'", "vars.NAME"),
        ("country=DE,", 11, "nothing", "a value"),
        ("country=DE,,FR", 11, "','", "a value"),
        ("site=", 5, "nothing", "a value"),
        ("site= ber", 5, "nothing", "a value"),
        ("name = ber", 5, "'='", "without spaces"),
        ("country=DEU", 8, "'DEU'", "two letters"),
        ("port=ssh", 5, "'ssh'", "a port number"),
        ("name~a(b", 6, "'a(b'", "a regular expression"),
        ('name~"a(b"', 7, "'a(b'", "a regular expression"),
        ("name~a{99999999999}", 5, "", "a regular expression"),
        ('site="ber', 5, "never closed", 'a closing "'),
        ('site="a"b', 8, "'b'", "after the closing quote"),
        ("ber !", 5, "nothing", "right after !"),
        ("!! ber", 1, "'!'", "right after !"),
        ("country=DE or country=FR", 11, "'or'", "a comma"),
        ("a,country=DE", 9, "'='", "a space before"),
        ('""', 0, "empty word", "a part of a name"),
        ("vars.=12", 5, "'='", "name of a variable"),
        ("@", 1, "nothing", "a value"),
        ("@names.txt", 1, "'names.txt'", "no file here"),
        ("failed:last", 7, "'last'", "no job here"),
        ("ber faild:last", 4, "'faild:'", "failed:JOB"),
        ("kind=no_baner:last", 5, "'no_baner'", "no_banner (the nearest kind)"),
        ("kind=no_banner", 14, "no job", "kind=no_banner:last"),
        ("kind=no_banner:", 15, "no job", "kind=no_banner:last"),
        ("kind~no_banner:last", 4, "'~'", "kind=no_banner"),
        ('open:""', 5, "no job", "open:last"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_was_expected(text: str, position: int, found: str, expected: str) -> None:
    with pytest.raises(SelectionError) as caught:
        parse(text)
    error = caught.value
    assert error.position == position
    assert found in error.found
    assert expected in error.expected
    assert f"character {position + 1}" in str(error)
    shown, mark = error.caret.split("\n")
    assert shown == text
    assert mark == " " * position + "^"


def lookup(what: str, job: str) -> list[str]:
    if job not in ("last", "7f3a"):
        raise LookupError(f"there is no job {job}")
    by_word = {"failed": ["ber-pe1"], "open": ["BER-PE1", "lab-1"], "unreachable": ["lab-1"], "unknown": []}
    return by_word[what] if what in by_word else {"kind=no_banner": ["par-p1"], "kind=dns": ["mystery"]}[what]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failed:last", ["ber-pe1"]),
        ("open:7f3a", ["ber-pe1", "lab-1"]),
        ("open:last !unreachable:last", ["ber-pe1"]),
        ("unknown:last", []),
        ("kind=no_banner:last", ["par-p1"]),
        ("kind=no_banner:last,dns:7f3a", ["par-p1", "mystery"]),
        ("kind!=no_banner:last", ["ber-pe1", "lab-1", "mystery"]),
        ("country=DE,GB open:last !failed:last", ["lab-1"]),
    ],
)
def test_devices_of_a_job(text: str, expected: list[str]) -> None:
    selected = parse(text, devices_of_job=lookup).select(FLEET)
    assert [device.name for device in selected] == expected


def test_an_unknown_job_is_a_mistake_at_its_place() -> None:
    with pytest.raises(SelectionError, match="there is no job lost") as caught:
        parse("role=pe failed:lost", devices_of_job=lookup)
    assert caught.value.position == 15


def test_names_from_a_file() -> None:
    asked: list[str] = []

    def read(file: str) -> list[str]:
        asked.append(file)
        return ["PAR-P1", "10.0.0.1", "gone"]

    selection = parse('@"my list.txt" country=FR,DE', names_from_file=read)
    assert asked == ["my list.txt"]
    assert [device.name for device in selection.select(FLEET)] == ["ber-pe1", "par-p1"]
    assert selection.missing(FLEET) == ("gone",)
    assert [device.name for device in parse("!@x", names_from_file=read).select(FLEET)] == ["lab-1", "mystery"]


def test_a_file_that_cannot_be_read_is_a_mistake_at_its_place() -> None:
    def read(file: str) -> list[str]:
        raise FileNotFoundError(2, "No such file", file)

    with pytest.raises(SelectionError, match="No such file") as caught:
        parse("pe @gone.txt", names_from_file=read)
    assert caught.value.position == 4


words = st.text(alphabet=st.sampled_from("aDE=~!,:@*\"'\\ .?([{}])19|x\t"), max_size=40)
pieces = st.lists(
    st.sampled_from([*FIELDS, "=", "~", "!", ",", " ", '"', "vars.", "kind=", "failed:", "@", "DE", "22", "(", "\\"])
).map("".join)


@given(st.one_of(st.text(), words, pieces))
def test_whatever_is_typed_is_a_selection_or_a_mistake_within_the_text(text: str) -> None:
    try:
        selection = parse(text, names_from_file=lambda _: ["ber-pe1"], devices_of_job=lambda *_: ["lab-1"])
    except SelectionError as error:
        assert 0 <= error.position <= len(text)
        assert error.found
        assert error.expected
    else:
        assert isinstance(selection, Selection)
        picked = selection.select(FLEET)
        assert list(picked) == [device for device in FLEET if selection.matches(device)]
