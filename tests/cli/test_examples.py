"""Every documented example runs: those of the `--help` epilogs, and the `sh` blocks of README and guide."""

import asyncio
import contextlib
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import httpx
import pytest

from paceline.cli.main import cli
from paceline.demo.fleet import simulated_fleet
from paceline.demo.network import build_network
from paceline.service.place import living_service

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; from paceline.cli.main import main; sys.exit(main())"
DEVICES = 36
FLEET = ("deu-r1", "deu-r3", "deu-r4", "deu-r6", "fra-r1", "fra-r3", "fra-r4", "fra-r5")
"""Devices of the `fleet.csv` that the examples find: fewer than a batch, so that no rate makes them wait."""
GATED = "canary.toml"
HELD = "held.toml"
CONTROLS = re.compile(r"jobs (pause|stop|retune|skip|answer)|/control")
"""Examples that need a job which runs in the service."""
CURL = """
import argparse, os, sys, httpx
take = argparse.ArgumentParser()
take.add_argument("-sN", "-s", "-N", action="store_true")
take.add_argument("--unix-socket")
take.add_argument("--json")
take.add_argument("url")
asked = take.parse_args()
body = {} if asked.json is None else {"content": asked.json, "headers": {"content-type": "application/json"}}
with httpx.Client(transport=httpx.HTTPTransport(uds=asked.unix_socket), timeout=30) as client:
    print(client.request("GET" if asked.json is None else "POST", asked.url, **body).text)
"""
"""What the examples need of curl, for machines without one."""
PRESETS = {
    "nightly.toml": 'inventory = "fleet.csv"\nselection = "role=pe"\ncommands = ["show version"]\n'
    "[pace]\ndevices_per_hour = 60\n",
    "my-preset.toml": 'inventory = "fleet.csv"\ncommands = ["show version"]\n',
    HELD: 'inventory = "fleet.csv"\nselection = "*"\ncommands = ["show version"]\n[pace]\nbatch_size = 1\n'
    '[gates]\ncanary = 1\nunattended = "hold"\n',
    GATED: 'inventory = "fleet.csv"\nselection = "*"\ncommands = ["show version"]\n[gates]\ncanary = 2\n',
    "cut-short.toml": 'inventory = "fleet.csv"\nselection = "*"\ncommands = ["show version"]\n'
    "[pace]\nbatch_size = 1\ndevices_per_hour = 7200\n",
    "clear-counters.toml": 'inventory = "fleet.csv"\nread_only = false\ncommands = ["clear ospf statistics"]\n'
    '[platform.cisco_ios]\ncommands = ["clear arp-cache"]\n[platform.juniper_junos]\ncommands = ["clear arp"]\n',
    "refused.toml": 'inventory = "fleet.csv"\nselection = "*"\ncommands = ["show nonsense"]\n',
}


def epilogs(group: click.Group) -> Iterator[str]:
    """The lines of every `--help` epilog that call paceline."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from epilogs(command)
        for line in (command.epilog or "").splitlines():
            if "paceline " in line:
                # `bash: echo …` names the shell before the line; a comment stands two spaces or more after it.
                yield re.split(r"\s{3,}", re.sub(r"^\s*(bash|zsh|fish):\s*", "", line).strip())[0]


def blocks(page: str) -> Iterator[str]:
    """The lines that call paceline, or its service with curl, in a page's `sh` blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip().startswith(("paceline", "curl")))


EXAMPLES = list(dict.fromkeys([*epilogs(cli), *blocks("README.md"), *blocks("GUIDE.md")]))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a new user sits: a folder with files, a home of their own, `paceline` on the path."""

    folder: Path
    environment: dict[str, str]

    def start(self, line: str) -> subprocess.Popen[str]:
        """Run one line in a shell, at a terminal on which somebody answers yes."""
        ours, theirs = os.openpty()
        try:
            os.write(ours, b"y\n")
            return subprocess.Popen(
                ["/bin/sh", "-c", line], cwd=self.folder, env=self.environment, text=True,
                stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                pass_fds=(ours,),  # it stays open as long as anybody reads from the terminal
            )  # fmt: skip
        finally:
            os.close(theirs)
            os.close(ours)

    def run(self, line: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one line."""
        process = self.start(line)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    with asyncio.Runner() as runner:
        block = simulated_fleet(folder=home / "config" / "paceline", devices=DEVICES, latency=0, faults=False)
        fleet = runner.run(block.__aenter__())
        try:
            folder = home / "work"
            folder.mkdir()
            _copy_some(fleet.inventory, folder / "fleet.csv")
            settings = fleet.settings.read_text(encoding="utf-8")
            fleet.settings.write_text(settings.replace(str(fleet.inventory), str(folder / "fleet.csv")))
            for name, text in PRESETS.items():
                (folder / name).write_text(f'default_platform = "cisco_xr"\n{text}', encoding="utf-8")
            desk = Desk(folder, _environment(home))
            assert desk.run("paceline run health-check --where '*' --yes")[0] == 0
            yield desk
        finally:
            runner.run(block.__aexit__(None, None, None))


def _copy_some(inventory: Path, to: Path) -> None:
    with inventory.open(encoding="utf-8", newline="") as file, to.open("w", encoding="utf-8", newline="") as copy:
        rows = csv.DictReader(file)
        assert rows.fieldnames is not None
        writer = csv.DictWriter(copy, rows.fieldnames)
        writer.writeheader()
        writer.writerows(row for row in rows if row["name"] in FLEET)


def _environment(home: Path) -> dict[str, str]:
    programs = home / "bin"
    programs.mkdir()
    paceline = programs / "paceline"
    paceline.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{PROGRAM}" "$@"\n', encoding="utf-8")
    paceline.chmod(0o755)
    if shutil.which("curl", path="/usr/bin:/bin") is None:
        curl = programs / "curl"
        curl.write_text(f"#!{sys.executable}\n{CURL}", encoding="utf-8")
        curl.chmod(0o755)
    (home / ".config" / "fish" / "completions").mkdir(parents=True)
    return {
        "HOME": str(home),
        "PATH": f"{programs}:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "LANG": "C.UTF-8",
    }


def test_there_are_examples_of_every_kind() -> None:
    called = {word for line in EXAMPLES for word in re.findall(r"paceline ([a-z]+)", line)}
    assert called == {
        "run",
        "plan",
        "jobs",
        "audit",
        "presets",
        "hostkeys",
        "demo",
        "check",
        "completion",
        "attach",
        "service",
    }
    assert len(EXAMPLES) > 35


def is_served(line: str) -> bool:
    """Whether it is about the service, or needs one."""
    return "curl" in line or "paceline service" in line or CONTROLS.search(line) is not None


@pytest.mark.parametrize(
    "line", [line for line in EXAMPLES if not re.search("paceline (demo|attach)", line) and not is_served(line)]
)
def test_an_example_runs(desk: Desk, line: str, tmp_path: Path) -> None:
    if any(words in line for words in ("paceline run", "jobs resume", "jobs retry")):
        # `last` stays the same job for the examples that look at one.
        desk = replace(desk, environment={**desk.environment, "XDG_STATE_HOME": str(tmp_path)})
    if "jobs resume" in line:
        _cut_a_job_short(desk)
    if "jobs retry" in line:
        assert desk.run("paceline run ./refused.toml --yes")[0] == 1
    if "hostkeys remove" in line or "hostkeys list" in line:
        _have_a_key(desk)
    if "edge-nightly" in line:
        _have_a_copy(desk, is_there="--as edge-nightly" not in line)
    code, out, err = desk.run(line)
    assert code == (3 if GATED in line else 1 if "jobs retry" in line else 0), err
    assert out or ">" in line
    for name in re.findall(r"> (\S+)$", line):
        path = Path(name.replace("~", desk.environment["HOME"], 1))
        assert (desk.folder / path).stat().st_size > 0


@pytest.fixture(scope="module")
def served(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same desk with a state folder whose path is short enough for a socket, and a service that has run a job."""
    state = tmp_path_factory.mktemp("e")
    served = replace(desk, environment={**desk.environment, "XDG_STATE_HOME": str(state)})
    try:
        assert served.run("paceline service start")[0] == 0
        assert served.run("paceline run health-check --where '*' --yes")[0] == 0
        yield served
    finally:
        end_service(state)


def end_service(state: Path) -> None:
    """Kill it, if there is one."""
    if (holder := living_service(state / "paceline")) is not None:
        os.kill(holder.pid, signal.SIGKILL)


@pytest.mark.parametrize("line", [line for line in EXAMPLES if is_served(line) and "paceline service st" not in line])
def test_an_example_of_the_service_runs(served: Desk, line: str) -> None:
    if CONTROLS.search(line):
        _have_a_held_job(served)
    code, out, err = served.run(line)
    assert code == 0, err
    assert out
    assert '"error"' not in out


@pytest.mark.parametrize("line", [line for line in EXAMPLES if "paceline service st" in line])
def test_an_example_that_starts_or_ends_the_service_runs(
    desk: Desk, line: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = tmp_path_factory.mktemp("e")
    try:
        code, out, err = replace(desk, environment={**desk.environment, "XDG_STATE_HOME": str(state)}).run(line)
        assert (code, bool(out)) == (0, True), err
    finally:
        end_service(state)


def _have_a_held_job(desk: Desk) -> None:
    """One that runs in the service and waits for an answer: the last one."""
    holder = living_service(Path(desk.environment["XDG_STATE_HOME"]) / "paceline")
    assert holder is not None
    transport = httpx.HTTPTransport(uds=holder.socket)
    with httpx.Client(transport=transport, base_url="http://paceline/api/automation", timeout=30) as api:
        answer = api.post("/jobs", json={"preset": str(desk.folder / HELD)})
        assert answer.status_code == 201, answer.text
        with api.stream("GET", f"/jobs/{answer.json()['id']}/events") as events, contextlib.closing(events):
            assert any('"job_held"' in line for line in events.iter_lines())


@pytest.mark.parametrize("line", [line for line in EXAMPLES if "paceline demo" in line and "--headless" in line])
def test_an_example_of_the_demo_runs_on_a_few_devices(desk: Desk, line: str) -> None:
    # One device per country, to none of which a fault is dealt: the last of two equal options counts.
    assert not any(device.fault for seed in (1, 7) for device in build_network(8, seed).devices.values())
    code, out, err = desk.run(f"{line} --devices 8")
    assert code == 0, err
    assert "8 succeeded" in out or '"succeeded":8' in out
    look = err.split("look at it:")[1].strip()
    assert "8/8 devices ended" in desk.run(f"{look} --devices none")[1]


@pytest.mark.parametrize("line", [line for line in EXAMPLES if re.search("paceline( demo| attach.*)?$", line)])
def test_an_example_that_opens_the_screens_says_what_to_use_without_a_terminal(desk: Desk, line: str) -> None:
    """At a terminal it is walked: `tests/walks/test_tour.py`."""
    code, out, err = desk.run(line)
    assert (code, out) == (2, "")
    assert "the screens need a terminal" in err


@pytest.mark.parametrize("line", [line for line in EXAMPLES if "--fleet-only" in line])
def test_an_example_that_serves_ends_when_it_is_told_to(desk: Desk, line: str) -> None:
    process = desk.start(f"exec {line} --devices 8")
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(3)]
        told = said[2].removeprefix("try").strip()
        code, out, err = desk.run(f"{told} --yes")
        assert code == 0, err
        assert "8 succeeded" in out
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert not Path(said[0].split()[1]).exists()


def _have_a_copy(desk: Desk, *, is_there: bool) -> None:
    """The preset that the examples save, change and delete, whichever of them comes first."""
    path = Path(desk.environment["XDG_CONFIG_HOME"]) / "paceline" / "presets" / "edge-nightly.toml"
    path.unlink(missing_ok=True)
    if is_there:
        path.parent.mkdir(exist_ok=True)
        path.write_text('commands = ["show version"]\n', encoding="utf-8")


def _have_a_key(desk: Desk) -> None:
    """A recorded key to remove."""
    path = Path(desk.environment["XDG_STATE_HOME"]) / "paceline" / "known_hosts"
    path.write_text("192.0.2.6,deu-r6 ssh-ed25519 AAAA\n", encoding="utf-8")
    path.chmod(0o600)


def _cut_a_job_short(desk: Desk) -> None:
    """Kill a job, as a crash would, when its first device has ended."""
    process = desk.start("exec paceline run ./cut-short.toml --json --yes")
    assert process.stdout is not None
    for event in process.stdout:
        if '"attempt_ended"' in event:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
