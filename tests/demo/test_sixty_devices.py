"""Sixty devices with faults, three records of one job: its events, its output files, and what the devices saw."""

import hashlib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from tests.cli.desk import QUICK, Done, Place, serving

from paceline.config.paths import find_paths
from paceline.config.platforms import load_platforms
from paceline.demo.faults import CUT_TOPICS, HANGING_TOPICS, Fault
from paceline.demo.files import Layout
from paceline.demo.interpreter import Interpreter
from paceline.demo.log import LogEntry, read_log
from paceline.demo.network import LINUX, Network, SimulatedDevice, build_network
from paceline.demo.server import USER

DEVICES, SEED, LINUX_SHARE = 60, 3, 0.1
FINAL = ("succeeded", "partial", "failed", "unreachable", "skipped", "cancelled", "unknown")
ATTEMPTS = {"refused": 3, "no_banner": 3, "lost": 2}
"""Of the kinds that may be tried again: twice, and unreachable devices once more in the sweep. One otherwise."""
STATES = {
    "succeeded": "succeeded",
    "refused": "unreachable",
    "no_banner": "unreachable",
    "auth_rejected": "failed",
    "host_key_unknown": "failed",
    "command_rejected": "partial",
    "command_timeout": "partial",
    "lost": "partial",
}
COMMON = {"seq", "at", "job", "type"}
OF_DEVICE = COMMON | {"device", "country", "attempt"}
OF_COMMAND = OF_DEVICE | {"command", "index"}
FIELDS = {
    "job_created": COMMON | {"schema", "spec"},
    "job_started": COMMON,
    "batch_started": COMMON | {"number", "n", "devices", "due"},
    "forecast_made": COMMON | {"likely", "nine_in_ten", "held_by"},
    "attempt_started": OF_DEVICE,
    "connected": OF_DEVICE,
    "logged_in": OF_DEVICE,
    "command_sent": OF_COMMAND,
    "command_ended": OF_COMMAND | {"state", "seconds", "bytes"},
    "attempt_ended": OF_DEVICE | {"state", "failure", "message"},
    "job_finished": COMMON | {"state", "counts"},
}


@dataclass(frozen=True)
class Records:
    """The three records, and what should have been."""

    done: Done
    outputs: dict[str, dict[str, bytes]]
    log: list[LogEntry]
    network: Network
    expected: dict[str, str]
    began: tuple[datetime, datetime]
    """The fleet began between these."""

    def attempts(self, device: str) -> dict[int, list[dict[str, Any]]]:
        """The events of a device by attempt."""
        found = defaultdict(list)
        for event in self.done.events:
            if event.get("device") == device:
                found[event["attempt"]].append(event)
        return found

    def connections(self, device: str) -> list[list[LogEntry]]:
        """What a device saw, by connection."""
        entries = sorted((entry for entry in self.log if entry.device == device), key=lambda entry: entry.connection)
        return [list(group) for _, group in groupby(entries, key=lambda entry: entry.connection)]

    def fault(self, device: str) -> Fault | None:
        """What is wrong with a device."""
        return self.network.devices[device].fault


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    paths = find_paths()
    preset = tomllib.loads((paths.shipped_presets / "ospf-collection.toml").read_text(encoding="utf-8"))
    preset["platform"][LINUX] = {"commands": ["uptime", "df -h", "free -m"]}
    with serving(devices=DEVICES, seed=SEED, linux=LINUX_SHARE, latency=0) as fleet:
        place = Place(tmp_path_factory.mktemp("sixty"), fleet)
        place.write(Path("sixty.toml"), tomli_w.dumps({**preset, **QUICK, "name": "sixty"}))
        done = place.process("run", place.config / "sixty.toml", "--where", "*", "--json", "--yes")
        layout = Layout(fleet.folder)
        first = min(datetime.fromisoformat(read_log(fleet.log)[0].at), _changed(layout.inventory))
        yield Records(
            done,
            place.outputs(),
            read_log(fleet.log),
            build_network(DEVICES, SEED, linux=LINUX_SHARE),
            fleet.expected,
            (first - timedelta(seconds=10), first),
        )


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def test_every_event_has_what_was_promised(records: Records) -> None:
    events = records.done.events
    said = "paceline: 1 device has no recorded host key and will be refused: see `paceline hostkeys scan` (fra-r6)\n"
    assert records.done.err == said
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["job"] for event in events} == {events[0]["job"]}
    assert {event["type"] for event in events} == set(FIELDS)
    moments = [datetime.fromisoformat(event["at"]) for event in events]
    assert all(moment.utcoffset() == timedelta(0) for moment in moments)
    assert moments == sorted(moments)
    for event in events:
        assert set(event) >= FIELDS[event["type"]], event["type"]
    for event in records.done.of("command_ended"):
        assert event["index"] >= 1
        assert event["seconds"] >= 0


def test_the_last_line_counts_the_devices_by_final_state(records: Records) -> None:
    last = records.done.events[-1]
    assert (last["type"], last["state"]) == ("job_finished", "finished")
    want = Counter(STATES[kind] for kind in records.expected.values())
    assert last["counts"] == {state: want[state] for state in FINAL}
    assert len(records.expected) == DEVICES
    # Partial and failed devices come before unreachable ones.
    assert records.done.code == 1


def test_every_device_ends_once_as_its_fault_has_it(records: Records) -> None:
    assert set(records.expected.values()) == set(STATES)
    for device, kind in records.expected.items():
        attempts = records.attempts(device)
        assert list(attempts) == list(range(1, ATTEMPTS.get(kind, 1) + 1)), device
        for number, events in attempts.items():
            ends = [event for event in events if event["type"] == "attempt_ended"]
            assert [events.index(end) for end in ends] == [len(events) - 1], device
            assert ends[0]["state"] == STATES[kind], device
            assert ends[0]["failure"] == (None if kind == "succeeded" else kind), device
            assert bool(ends[0]["message"]) == (kind != "succeeded"), device
            # What may be tried again at once says when; the second attempt and the sweep are final.
            assert (ends[0]["retry_at"] is not None) == (number == 1 < len(attempts)), device
            assert {event["country"] for event in events} == {records.network.devices[device].country.code}


def test_the_devices_saw_one_connection_and_one_login_per_attempt(records: Records) -> None:
    for device, kind in records.expected.items():
        attempts, seen = records.attempts(device), records.connections(device)
        assert len(seen) == (0 if kind == "refused" else len(attempts)), device
        for events, entries in zip(attempts.values(), seen, strict=False):
            logins = [(entry.user, entry.detail, entry.accepted) for entry in entries if entry.kind == "login"]
            is_let_in = any(event["type"] == "logged_in" for event in events)
            tried = kind not in ("no_banner", "host_key_unknown")
            assert logins == ([(USER, "publickey", is_let_in)] if tried else []), device
            assert is_let_in == (tried and kind != "auth_rejected"), device


def test_the_devices_saw_exactly_the_lines_that_the_events_say(records: Records) -> None:
    platforms = load_platforms(find_paths())
    for device, kind in records.expected.items():
        if kind == "refused":
            continue
        platform = platforms.get(records.network.devices[device].platform)
        assert platform is not None
        for events, entries in zip(records.attempts(device).values(), records.connections(device), strict=True):
            sent = [event["command"] for event in events if event["type"] == "command_sent"]
            prepared = list(platform.paging_off) if sent and platform.channel == "shell" else []
            assert [entry.detail for entry in entries if entry.kind == "line"] == prepared + sent, device
            ended = [(e["command"], e["index"]) for e in events if e["type"] == "command_ended"]
            assert ended == [(command, index) for index, command in enumerate(sent, 1)], device


def test_every_output_file_is_what_the_device_said_and_what_the_event_says_of_it(records: Records) -> None:
    files = {(device, name) for device, outputs in records.outputs.items() for name in outputs}
    told = set()
    for event in records.done.of("command_ended"):
        device, attempt = event["device"], event["attempt"]
        suffix = f".{attempt}.txt" if attempt > 1 else ".txt"
        (name,) = [
            name
            for name in records.outputs[device]
            if name.startswith(f"{event['index']:02d}-")
            and name.endswith(suffix)
            and name.count(".") == suffix.count(".")
        ]
        told.add((device, name))
        content = records.outputs[device][name]
        assert event["bytes"] == len(content)
        assert event["sha256"] == hashlib.sha256(content).hexdigest()
        assert content.decode() in _answers(records, device, event), (device, name)
    # Nothing else is there, no `.part` among it.
    assert told == files


def _answers(records: Records, device: str, event: dict[str, Any]) -> set[str]:
    """What the interpreter answers: it depends on the second of the question, and on that of the fleet's start."""
    simulated = records.network.devices[device]
    entry = next(
        entry
        for entry in records.connections(device)[event["attempt"] - 1]
        if entry.kind == "line" and entry.detail == event["command"]
    )
    asked = datetime.fromisoformat(entry.at)
    first, last = records.began
    starts = [first + timedelta(seconds=0.5 * step) for step in range(int((last - first).total_seconds() * 2) + 1)]
    return {
        _answer(Interpreter(records.network, start), simulated, event, at)
        for start in starts
        for at in (asked, asked + timedelta(seconds=0.5))
    }


def _answer(interpreter: Interpreter, device: SimulatedDevice, event: dict[str, Any], at: datetime) -> str:
    reply = interpreter.reply(device, event["command"], at, USER)
    if device.fault is Fault.HANGING_COMMAND and reply.topic in HANGING_TOPICS:
        assert event["state"] == "timed_out"
        # What the terminal says to the interrupt that ends the wait.
        return "^C\n"
    if device.fault is Fault.CUT and reply.topic in CUT_TOPICS:
        assert event["state"] == "lost"
        text = "\n".join(reply.lines)
        return text[: len(text) * 2 // 3]
    assert event["state"] == ("succeeded" if reply.status == 0 else "rejected")
    return "".join(line + "\n" for line in reply.lines)


def test_no_line_of_the_job_holds_a_secret(records: Records) -> None:
    spec = records.done.events[0]["spec"]
    assert {json.dumps(c) for c in spec["credentials"].values()} == {
        json.dumps(
            {"username": USER, "password": "", "key_file": spec["credentials"]["default"]["key_file"], "enable": ""}
        )
    }
