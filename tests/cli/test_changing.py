"""Jobs that may change devices from the command line: the number that is asked for, and what they leave behind."""

import json
from typing import Any

import pytest
from tests.cli.desk import Desk
from tests.cli.test_terminal import at_terminal

LINES = {
    "cisco_xr": {"commands": ["show clock", "clear ospf statistics"]},
    "cisco_ios": {"commands": ["show clock", "clear arp-cache"]},
    "juniper_junos": {"commands": ["show version", "clear arp"]},
}


def changing(desk: Desk, **more: Any) -> str:
    """A preset that clears something harmless on each platform."""
    return desk.preset("clear", read_only=False, platform=LINES, **more)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "may change 10 devices, and there is no terminal to ask on"),
        (("--yes",), "may change 10 devices, and --yes does not start it"),
        (("--expect-devices", "9"), "9 devices were expected, and the job has 10"),
        (("--yes", "--expect-devices", "11"), "11 devices were expected, and the job has 10"),
    ],
)
def test_without_the_exact_number_of_devices_nothing_starts(desk: Desk, options: tuple[str, ...], said: str) -> None:
    before = desk.mark()
    done = desk("run", changing(desk), "--where", "*", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert desk.seen(before) == []
    assert not desk.state.exists()


def test_the_number_starts_it_and_every_face_says_what_it_was(desk: Desk) -> None:
    before = desk.mark()
    done = desk("run", changing(desk), "--where", "*", "--expect-devices", "10", "--json")
    assert done.code == 0, done.err
    assert "this job may change 10 devices" in done.err
    lines = [entry.detail for entry in desk.seen(before) if entry.kind == "line" and entry.detail.startswith("clear")]
    assert len(lines) == 10
    assert "may change devices" in desk("jobs", "list").out
    assert "their number was typed: 10" in desk("jobs", "show", "last", "--devices", "none").out
    assert json.loads(desk("jobs", "list", "--json").out)["read_only"] is False
    assert "read_only false" in (audit := desk("audit", "--what", "start").out)
    assert "typed 10" in audit
    # The same preset, told to read only, is refused line by line.
    done = desk("run", "clear", "--where", "*", "--read-only", "--yes")
    assert done.code == 2
    assert "not among what only reads" in done.err


def test_a_wrong_number_for_a_job_that_only_reads_is_refused_too(desk: Desk) -> None:
    done = desk("run", desk.preset(), "--where", "*", "--yes", "--expect-devices", "3")
    assert done.code == 2
    assert "the job has 10" in done.err


def test_the_plan_says_what_each_line_does(desk: Desk) -> None:
    name = desk.preset("down", ["show clock", "clear counters all", "rel location all"], read_only=False)
    out = desk("plan", name, "--where", "platform=cisco_xr").out
    assert "MAY CHANGE DEVICES" in out
    for words in ("reads     show clock", "changes   clear counters all", "DISRUPTS  rel location all"):
        assert words in out
    assert "`reload` restarts the device" in out
    document = json.loads(desk("plan", name, "--where", "platform=cisco_xr", "--json").out)
    assert document["effects"]["rel location all"] == "DISRUPTS: `reload` restarts the device"


def test_a_device_that_asks_is_answered_nothing_and_sent_nothing_more(desk: Desk) -> None:
    name = desk.preset("ask", ["clear counters all", "show version"], read_only=False)
    before = desk.mark()
    done = desk("run", name, "--where", "platform=cisco_xr country=DE", "--expect-devices", "1")
    if "the job has" in done.err:
        count = done.err.split("the job has ")[1].split(":")[0]
        done = desk("run", name, "--where", "platform=cisco_xr country=DE", "--expect-devices", count)
    assert done.code == 1
    assert "not answered" in done.out
    assert not any(entry.detail == "show version" for entry in desk.seen(before))


def test_at_a_terminal_the_number_is_typed(desk: Desk) -> None:
    name = changing(desk)
    with at_terminal(desk, "run", name, "--where", "*") as terminal:
        assert "MAY CHANGE DEVICES" in terminal.sees(r"Type the number of devices to start.*: ")
        terminal.child.sendline("y")
        terminal.sees("not started")
    assert not desk.state.exists()
    with at_terminal(desk, "run", name, "--where", "*") as terminal:
        terminal.sees(r"Type the number of devices to start.*: ")
        terminal.child.sendline("10")
        terminal.sees("10 succeeded")
