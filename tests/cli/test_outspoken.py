"""What devices say on its way to a terminal or a file: nothing steers the one, no secret is shown unasked in either."""

import asyncio
import csv
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.desk import Desk, Done
from tests.ui.looks import text_of
from tests.ui.quiet import settle

from paceline.cli.library import StoreLibrary
from paceline.config.paths import find_paths
from paceline.config.settings import load_settings
from paceline.config.themes import load_themes
from paceline.engine.contract import Engine
from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.masking import mask_text
from paceline.model.states import CommandState
from paceline.model.time import now
from paceline.plan.durations import expect
from paceline.session.base import CommandResult, OutputSink, SessionError, SessionPorts, SessionRequest
from paceline.session.factory import SshSessionFactory
from paceline.session.failures import one_line
from paceline.ui.app import PacelineApp
from paceline.ui.ports import Surroundings
from paceline.ui.screens.device import DeviceScreen

ALL = ("--where", "*")
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""What must reach no terminal. Line ends and tabs may."""
EVIL = "\x1b]0;owned\x07\x1b[2J\x1bc\x9b31m\x9d0;owned\x9c\u202e\u2066\u200b\x00\x7f\x08\x0c\x85\u2028marker\rover"
RAW = EVIL.encode() + b"\x9b31m\x9d\xff\r\n" + b"hostname r1\r\n\x1b]0;cut by the end"

KEY = b"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nab==\n-----END RSA PRIVATE KEY-----\n"
CONFIG = (
    b"hostname r1\xff\r\n username admin secret 5 $1$mERr$hunter2\r\n\x1b[1msnmp-server community hunter2 RO\x1b[0m\n"
    + KEY
    + b"key chain NAME\n key-string hunter2"
)


@dataclass
class Outspoken:
    """A session whose device says what the test wants it to."""

    said: bytes
    result: CommandResult
    name_seen: str = ""
    platform_guess: str = ""

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """Print, in pieces as a network makes them, and end."""
        for at in range(0, len(self.said), 7):
            sink.write(self.said[at : at + 7])
        return self.result

    async def close(self) -> None:
        """Nothing is open."""


Open = Callable[[int, SessionRequest, SessionPorts], Outspoken]


def let_devices_say(monkeypatch: pytest.MonkeyPatch, behave: Open) -> None:
    """Sessions of this process are what `behave` makes for device number 0, 1 ..."""
    numbers: dict[str, int] = {}

    async def open_session(_: object, request: SessionRequest, ports: SessionPorts) -> Outspoken:
        async with ports.permit("connect"):
            await ports.connected()
        return behave(numbers.setdefault(request.device.name, len(numbers)), request, ports)

    monkeypatch.setattr(SshSessionFactory, "open", open_session)


WELL = CommandResult(CommandState.SUCCEEDED)


def hostile(number: int, request: SessionRequest, ports: SessionPorts) -> Outspoken:
    """Every place where a device's words leave the session, one device each."""
    ports.warn(f"it says {EVIL}")
    ports.transcript(RAW)
    if number == 0:
        raise SessionError(FailureKind.PROTOCOL, f"it ended: {EVIL}")
    if number == 1:
        return Outspoken(RAW, WELL, name_seen=f"r1{EVIL}")
    if number == 2:
        return Outspoken(RAW, CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, f"% bad {EVIL}"))
    if number == 3:
        raise SessionError(FailureKind.NO_PROMPT, f'no prompt; last bytes "{EVIL}"')
    return Outspoken(RAW, WELL)


class OnTerminal:
    """A `Desk` whose standard output says that it is a terminal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, *arguments: str) -> Done:
        self._desk.monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        try:
            return self._desk(*arguments)
        finally:
            self._desk.monkeypatch.setattr(sys.stdout, "isatty", lambda: False)


def assert_harmless(what: str, text: str) -> None:
    found = STEERS.search(text)
    assert found is None, f"{what}: {found.group()!r} in {text[max(0, found.start() - 60) : found.end() + 20]!r}"


def test_nothing_a_device_says_steers_a_terminal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    let_devices_say(monkeypatch, hostile)
    terminal = OnTerminal(desk)
    name = desk.preset("mine", ["show version"], retries={"attempts": 1})
    plain = terminal("run", name, *ALL, "--plain", "--yes")
    assert_harmless("run --plain", plain.out + plain.err)
    assert plain.out.count("marker") == 4, "each of the four reasons"
    done = terminal("run", name, *ALL, "--json", "--yes")
    assert_harmless("run --json", done.out + done.err)
    for event in done.events:
        for key in ("message", "reason", "name_seen", "why"):
            assert_harmless(f"{event['type']}.{key}", event.get(key) or "")
    (wrong,) = [event for event in done.of("logged_in") if "marker" in event["name_seen"]]
    devices = json.loads(desk("jobs", "show", "last", "--json").out)["devices"]
    talker = list(devices)[5]
    for words in (
        ("jobs", "list"), ("jobs", "list", "--json"), ("jobs", "show", "last"), ("jobs", "show", "last", "--json"),
        ("jobs", "output", "last", talker), ("jobs", "output", "last", talker, "1", "--show-secrets"),
        ("jobs", "output", "last", next(iter(devices))),
        ("jobs", "export", "last", "--format", "csv"), ("jobs", "export", "last", "--format", "json"),
        ("audit",), ("audit", "--json"),
    ):  # fmt: skip
        said = terminal(*words)
        assert_harmless(" ".join(words), said.out + said.err)
    assert "marker" in terminal("jobs", "output", "last", talker).out
    # Another program gets the bytes as they came.
    job = wrong["job"]
    (path,) = (desk.state / "jobs" / job).glob(f"{talker}/01-*")
    assert path.read_bytes() == output(desk, job, talker) == RAW
    asyncio.run(look_at_every_screen(job, list(devices)))


async def look_at_every_screen(job: str, devices: list[str]) -> None:
    """History, Monitor with its reasons, and each device with its output and its log."""
    paths = find_paths()

    async def no_engine() -> Engine:
        raise AssertionError("nothing runs here")

    app = PacelineApp(
        Surroundings(
            paths=paths, settings=load_settings(paths), themes=load_themes(paths), now=now,
            library=StoreLibrary(paths.state), open_engine=no_engine, expect=expect, note=lambda _: None,
        )
    )  # fmt: skip
    seen = ""
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("3")
        await settle(pilot)
        assert_harmless("History", text_of(app))
        await app.open_job(job)
        await settle(pilot)
        for keys in ((), ("e",)):
            await pilot.press(*keys)
            await settle(pilot)
            assert_harmless(f"Monitor {keys}", text_of(app))
            seen += text_of(app)
        await pilot.press("escape")
        assert app.shown is not None
        app.open_device(app.shown, devices[0], devices)
        for number in range(5):
            for key in ("l", "J"):
                await settle(pilot)
                assert isinstance(app.screen, DeviceScreen)
                assert_harmless(f"device {number}", text_of(app))
                seen += text_of(app)
                await pilot.press(key)
    assert "calls itself" in seen
    assert seen.count("marker") >= 8


@pytest.mark.parametrize("text", ["\n\x1b]0;owned\x07" + EVIL, f"password hunter2{EVIL}", "pass\x1b[1mword hunter2"])
def test_a_device_in_a_message_is_one_clean_line_without_secrets(text: str) -> None:
    said = one_line(text)
    assert_harmless("message", said)
    assert "\n" not in said
    assert "hunter2" not in said


def configured(number: int, request: SessionRequest, ports: SessionPorts) -> Outspoken:
    """A device that prints its configuration."""
    ports.transcript(CONFIG)
    return Outspoken(CONFIG, WELL)


def test_secrets_are_masked_wherever_outputs_go_and_each_look_behind_is_noted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_devices_say(monkeypatch, configured)
    (job,) = {event["job"] for event in desk.run(*ALL).events}
    devices = list(json.loads(desk("jobs", "show", job, "--json").out)["devices"])
    (path,) = (desk.state / "jobs" / job).glob(f"{devices[0]}/01-*")
    assert path.read_bytes() == CONFIG, "the file stays exact"
    exact = mask_text(CONFIG.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    assert output(desk, job, devices[0]) == exact
    assert b"hunter2" not in exact
    assert b"MIIE" not in exact
    for kind in ("csv", "json"):
        said = desk("jobs", "export", job, "--format", kind).out
        assert "hunter2" not in said
        assert "MIIE" not in said
        assert "key chain NAME" in said
        assert f"{len(CONFIG)}" in said, "bytes are those of the file"
    assert "hunter2" not in OnTerminal(desk)("jobs", "output", job, devices[0]).out
    assert not noted(desk)
    assert output(desk, job, devices[0], "--show-secrets") == CONFIG
    rows = list(csv.DictReader(io.StringIO(desk("jobs", "export", job, "--format", "csv", "--show-secrets").out)))
    assert all("hunter2" in row["output"] for row in rows)
    found = noted(desk)
    assert [(entry["job"], entry.get("device", ""), entry["result"]) for entry in found] == [
        (job, devices[0], "output 1"),
        (job, "", "export csv"),
    ]
    assert all("@" in entry["by"] for entry in found)
    assert "hunter2" not in (desk.state / "audit.jsonl").read_text()


def output(desk: Desk, job: str, device: str, *more: str) -> bytes:
    """Its exact bytes."""
    taken = io.BytesIO()
    stream = io.TextIOWrapper(taken, encoding="utf-8")
    with desk.monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        desk("jobs", "output", job, device, "1", *more)
        stream.flush()
    return taken.getvalue()


def noted(desk: Desk) -> list[dict[str, Any]]:
    """Who looked behind the masks."""
    return [entry for entry in desk("audit", "--json").events if entry["what"] == "secrets_shown"]


def test_what_cannot_be_noted_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    let_devices_say(monkeypatch, configured)
    (job,) = {event["job"] for event in desk.run(*ALL).events}
    device = next(iter(json.loads(desk("jobs", "show", job, "--json").out)["devices"]))
    log = desk.state / "audit.jsonl"
    log.unlink()
    Path(log).mkdir()
    done = desk("jobs", "output", job, device, "1", "--show-secrets")
    assert done.code == 2
    assert "audit log" in done.err
    assert "hunter2" not in done.out
