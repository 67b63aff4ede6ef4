"""Bad input as a new user would try it: exit code 2, a clear sentence, no traceback, nothing begun."""

import fcntl
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.desk import Desk, column

ALL = ("--where", "*")


def refused(desk: Desk, *arguments: str | Path, said: Sequence[str]) -> None:
    done = desk("run", *arguments, "--yes")
    assert done.code == 2, done.out + done.err
    assert "Traceback" not in done.err
    assert not (desk.state / "journal.sqlite").exists()
    for words in said:
        assert words in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "no devices are selected: say which with --where EXPR"),
        (("--where", "country=XX"), "XX"),
        (("--where", "name=nobody"), "matches none of the 10 devices"),
        (("--where", "colour=red"), "the selection is not understood"),
        (("--where", "(("), "matches none"),
        ((*ALL, "-i", "missing.csv"), "missing.csv"),
    ],
)
def test_a_wrong_option_is_named(desk: Desk, options: tuple[str, ...], said: str) -> None:
    refused(desk, desk.preset(), *options, said=[said])


@pytest.mark.parametrize("verb", ["run", "plan"])
@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--batch-size", "-3", "expected at least 0, got -3; 0 means all in one batch"),
        ("--batch-size", "999999999999", "expected at most 100000, got 999999999999; 0 means all in one batch"),
        ("--batch-size", "2.5", 'expected a whole number, got "2.5"'),
        ("--batch-size", "nan", 'expected a whole number, got "nan"'),
        ("--batch-size", "all", 'expected a whole number, got "all"'),
        ("--batch-size", "", 'expected a whole number, got ""'),
        ("--devices-per-hour", "-5", "expected at least 0, got -5.0; 0 means no limit"),
        ("--devices-per-hour", "1e300", "expected at most 1000000, got 1e+300; 0 means no limit"),
        ("--devices-per-hour", "inf", "expected a finite number, got inf; 0 means no limit"),
        ("--devices-per-hour", "nan", "expected a finite number, got nan; 0 means no limit"),
        ("--devices-per-hour", "60/h", 'expected a number, got "60/h"'),
        ("--per-country", "-1", "expected at least 0, got -1; 0 means no cap"),
        ("--per-country", "1" * 30, f"expected at most 100000, got {'1' * 30}; 0 means no cap"),
        ("--per-country", "DE", 'expected a whole number, got "DE"'),
        ("--per-site", "-1", "expected at least 0, got -1; 0 means no cap"),
        ("--per-site", "inf", 'expected a whole number, got "inf"'),
        ("--mode", "fast", 'expected batches or rolling, got "fast"'),
        ("--order", "name", 'expected inventory or country or spread, got "name"'),
    ],
)
def test_a_pace_that_is_none_is_told_in_our_words(desk: Desk, verb: str, option: str, value: str, said: str) -> None:
    done = desk(verb, desk.preset(), *ALL, option, value)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert f"{option}: {said}" in line
    assert "Input should" not in line
    assert not desk.state.exists()


def test_two_wrong_options_are_told_at_once(desk: Desk) -> None:
    done = desk("plan", desk.preset(), *ALL, "--batch-size", "-1", "--per-site", "-2")
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["--batch-size", "--per-site"]


def test_a_missing_value_names_each_device_once(desk: Desk) -> None:
    done = desk("plan", desk.preset("gap", ["show run interface {vars.uplink}"]), *ALL)
    assert done.code == 2
    (line,) = done.err.splitlines()
    start = "`show run interface {vars.uplink}`: the inventory gives no value for `{vars.uplink}` ("
    assert line.startswith(start)
    assert line.endswith(" and 7 more)")
    names = line.removeprefix(start).split(" and ")[0].split(", ")
    assert names == column(desk.fleet, "name")[:3]


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ('commands = ["show version"]\nbatchsize = 3', "batchsize"),
        ('commands = ["show version"]\n[pace]\nbatch_sise = 3', "batch_size"),
        ('commands = ["reload"]', "`reload` is not among what only reads"),
        ('commands = ["show version | redirect disk0:x"]', "redirect"),
        ('commands = ["show version"]\nread_only = false', "add --expect-devices"),
        ('commands = ["conf t"]\nread_only = false', "configuration mode: jobs that configure come with a later"),
        ('commands = ["show version"]\nafter_crash = "never"', "after_crash: expected"),
        ('commands = ["show run interface {vars.nowhere}"]', "nowhere"),
        ("commands = [", "my.toml"),
        ('commands = ["show version"]\ndefault_platform = "cisco_oss"\n[pace]\ndevices_per_hour = "fast"', "fast"),
    ],
)
def test_a_broken_preset_is_told_with_its_place(desk: Desk, preset: str, said: str) -> None:
    path = desk.write(Path("my.toml"), preset)
    refused(desk, path, *ALL, said=[said])


def test_an_unknown_preset_names_those_there_are(desk: Desk) -> None:
    refused(desk, "health-chek", *ALL, said=['no preset is called "health-chek"; did you mean "health-check"?'])


def test_a_platform_that_does_not_exist_and_a_jump_are_named_with_their_devices(desk: Desk) -> None:
    odd = desk.root / "odd.csv"
    odd.write_text("name,address,platform,jump\nr1,192.0.2.1,cisco_ios,bastion\n")
    refused(desk, desk.preset(), "-i", odd, *ALL, said=['no jump is called "bastion"', "(r1)"])


def test_broken_rows_are_told_and_the_rest_runs(desk: Desk) -> None:
    lines = desk.fleet.inventory.read_text().splitlines()
    broken = desk.root / "broken.csv"
    broken.write_text("\n".join([lines[0], lines[1], ",,,", lines[1]]) + "\n")
    done = desk.run("-i", broken, *ALL)
    assert done.code == 0
    assert "line 4" in done.err
    assert len(done.of("attempt_started")) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (b"", "the file holds no header and no device"),
        (b"name,address\n", "the inventory holds no device"),
        (b"foo,bar\n1,2\n", "line 1: no column says which device a row is"),
        (b'name,address\nr1,"192.0.2.1\nr2,192.0.2.2\n', "line 2: a quote is opened and never closed"),
        (b"name,address\nr1,192.0.2.1,more\n", "line 2: the row has 3 cells where the header has 2"),
        (b"name,address\n,192.0.2.1\n", "line 2: the row has no name"),
        (b"name,address\nr1,no address\n", "line 2: address 'no address' is neither"),
        (b"name,address,port\nr1,192.0.2.1,ssh\n", "line 2: port 'ssh' is not a number from 1 to 65535"),
        (b"\x00\x01\xff" * 50, "this is no text file"),
    ],
)
def test_an_inventory_without_a_usable_row_says_why(desk: Desk, rows: bytes, said: str) -> None:
    broken = desk.write(desk.root / "broken.csv", rows)
    refused(desk, desk.preset(), "-i", broken, *ALL, said=[str(broken), said])


def test_a_selection_that_matches_nothing_tells_of_the_rows_that_were_left_out(desk: Desk) -> None:
    rows = "name,address,site\nr1,192.0.2.1,ber1\nr2,nowhere at all,fra1\n"
    broken = desk.write(desk.root / "broken.csv", rows)
    refused(
        desk, desk.preset(), "-i", broken, "--where", "site=fra1", said=["line 3: address", "matches none of the 1 "]
    )


@pytest.mark.parametrize("verb", ["plan", "check"])
def test_an_unknown_platform_is_told_with_its_line_and_the_nearest_one(desk: Desk, verb: str) -> None:
    odd = desk.write(desk.root / "odd.csv", "name,address,platform\nr1,192.0.2.1,cisco_oss\n")
    done = desk("plan", desk.preset(), "-i", odd, *ALL) if verb == "plan" else desk("check", odd)
    # A job may still take the device for the default platform, and says so; `check` finds a mistake.
    assert done.code == (0 if verb == "plan" else 2)
    assert f"{odd}, line 2: platform 'cisco_oss' of r1 is not known (nearest: cisco_ios)" in done.out


def test_a_default_platform_that_does_not_exist_starts_nothing(desk: Desk) -> None:
    odd = desk.write(desk.root / "odd.csv", "name,address\nr1,192.0.2.1\n")
    name = desk.preset("odd", default_platform="cisco_oss")
    refused(desk, name, "-i", odd, *ALL, said=['no platform is called "cisco_oss"; did you mean "cisco_ios"? (r1)'])


@pytest.mark.parametrize(
    ("settings", "mode", "said"),
    [
        ('inventry = "x"', 0o600, 'paceline.toml:1: inventry: unknown key; did you mean "inventory"?'),
        ("[credentials.default]\npassword = 'hunter2'", 0o600, "credentials.default.password"),
        ("[[", 0o600, "paceline.toml:1: "),
        ("", 0o666, "others may write this file: run `chmod go-w "),
    ],
)
def test_settings_that_cannot_be_used_are_told_with_their_place(
    desk: Desk, settings: str, mode: int, said: str
) -> None:
    name = desk.preset()
    desk.write(Path("paceline.toml"), settings).chmod(mode)
    refused(desk, name, *ALL, said=[said])
    assert "hunter2" not in desk("run", name, *ALL, "--yes").err


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        ({"username": "demo", "password": "env:NOT_SET"}, "NOT_SET is not set"),
        ({"username": "demo", "password": "ask"}, "there is no terminal to ask on"),
        ({"username": "demo", "password": "agent"}, "SSH_AUTH_SOCK is not set"),
        ({"username": "demo", "key_file": "/nowhere/key"}, "the key file /nowhere/key does not exist"),
        ({"username": "demo"}, "has no password, no key_file and there is no ssh-agent"),
    ],
)
def test_a_login_that_cannot_work_is_told_before_the_start(desk: Desk, credential: dict[str, str], said: str) -> None:
    desk.settings(credentials={"default": credential})
    done = desk.process("run", desk.preset(), *ALL, "--yes")
    assert done.code == 2
    assert said in done.err
    assert not (desk.state / "journal.sqlite").exists()


def test_a_state_folder_that_is_a_file_is_told(desk: Desk) -> None:
    desk.state.parent.mkdir(parents=True)
    desk.state.write_text("in the way")
    done = desk("run", desk.preset(), *ALL, "--yes")
    assert done.code == 2
    assert f"cannot make the state folder {desk.state}" in done.err


def test_a_second_engine_on_the_state_folder_is_told_who_holds_it(desk: Desk) -> None:
    desk.state.mkdir(parents=True)
    with (desk.state / "engine.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write('{"host": "jump01", "pid": 4711}')
        held.flush()
        done = desk("run", desk.preset(), *ALL, "--yes")
    assert done.code == 2
    assert "is in use by process 4711 on jump01" in done.err
