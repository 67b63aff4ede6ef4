"""An operator's desk: folders of their own, a fleet to work on, and `paceline` as they type it."""

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from paceline.cli.main import main
from paceline.demo.fleet import Fleet, simulated_fleet
from paceline.demo.log import LogEntry, read_log

APP = Path(__file__).parents[2] / "app"
ENTRY = "import sys; from paceline.cli.main import main; sys.exit(main())"
"""What the installed `paceline` does, with this interpreter."""
QUICK: Mapping[str, Any] = {
    "timeouts": {"connect_s": 3, "login_s": 3, "prompt_s": 3, "command_idle_s": 3},
    "retries": {"backoff_s": 0.5},
}
"""Waits that suit devices which answer at once."""


@contextmanager
def serving(**figures: Any) -> Iterator[Fleet]:
    """A simulated fleet for tests without a loop of their own; `figures` as simulated_fleet takes them."""
    with asyncio.Runner() as runner:
        fleet = simulated_fleet(**figures)
        yield runner.run(fleet.__aenter__())
        runner.run(fleet.__aexit__(None, None, None))


@dataclass(frozen=True, slots=True)
class Done:
    """How a call went."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines of `--json`."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, *types: str) -> list[dict[str, Any]]:
        """The events of these types."""
        return [event for event in self.events if event["type"] in types]

    @property
    def lines(self) -> list[str]:
        """Standard output."""
        return self.out.splitlines()


@dataclass(frozen=True)
class Place:
    """XDG folders under `root`, and the settings of `fleet` in them."""

    root: Path
    fleet: Fleet

    def __post_init__(self) -> None:
        self.config.mkdir(mode=0o700, parents=True)
        self.write(self.config / "paceline.toml", self.fleet.settings.read_text(encoding="utf-8"))

    @property
    def config(self) -> Path:
        """Where settings and own presets are."""
        return self.root / "config" / "paceline"

    @property
    def state(self) -> Path:
        """Where jobs are kept."""
        return self.root / "state" / "paceline"

    def write(self, path: Path, text: str | bytes) -> Path:
        """A private file; a relative path lies in the config folder."""
        path = self.config / path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o600)
        return path

    def preset(self, name: str = "mine", commands: Sequence[str] = ("show version",), **more: Any) -> str:
        """A preset of the operator's with short waits; `more` are further keys and tables. Returns its name."""
        self.write(
            Path(f"presets/{name}.toml"), tomli_w.dumps({"name": name, "commands": list(commands), **QUICK, **more})
        )
        return name

    def settings(self, **parts: Any) -> None:
        """Settings with these tables in place of the fleet's credentials or host keys."""
        whole: dict[str, Any] = {
            "inventory": str(self.fleet.inventory),
            "credentials": {"default": {"username": "demo", "key_file": str(self.fleet.key_file)}},
            "host_keys": {"known_hosts": [str(self.fleet.known_hosts)]},
        }
        self.write(Path("paceline.toml"), tomli_w.dumps(whole | parts))

    def environment(self, **more: str) -> dict[str, str]:
        """An environment with this desk's folders: no agent, no terminal, no home of anyone's."""
        folders = {f"XDG_{kind.upper()}_HOME": str(self.root / kind) for kind in ("config", "state", "cache")}
        kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.root), "PYTHONPATH": str(APP)}
        return {**kept, **folders, **more}

    def popen(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None, entry: str = ENTRY, **more: Any
    ) -> subprocess.Popen[str]:
        """`paceline ARGUMENTS` as a process without a terminal; `entry` is the program that calls it."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        return subprocess.Popen(
            [sys.executable, "-c", entry, *map(str, arguments)],
            env=self.environment(**(environment or {})), cwd=self.root, text=True, encoding="utf-8", **streams,
        )  # fmt: skip

    def process(self, *arguments: str | Path, environment: Mapping[str, str] | None = None, **more: Any) -> Done:
        """The same, to its end."""
        with self.popen(*arguments, environment=environment, **more) as process:
            out, err = process.communicate(timeout=60)
            return Done(process.returncode, out or "", err or "")

    def mark(self) -> int:
        """How much the fleet has logged so far."""
        return len(read_log(self.fleet.log))

    def seen(self, mark: int) -> list[LogEntry]:
        """What the fleet saw since."""
        return read_log(self.fleet.log)[mark:]

    def outputs(self, job: str = "latest") -> dict[str, dict[str, bytes]]:
        """The output files of a job by device folder and file name."""
        found: dict[str, dict[str, bytes]] = {}
        for path in sorted((self.state / "jobs" / job).glob("*/[0-9]*")):
            found.setdefault(path.parent.name, {})[path.name] = path.read_bytes()
        return found

    def forget(self) -> None:
        """Drop all jobs."""
        shutil.rmtree(self.state, ignore_errors=True)


@dataclass(frozen=True)
class Desk(Place):
    """A place whose `paceline` also runs inside the test's own process, which is quicker."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path, **environment: str) -> Done:
        """`paceline ARGUMENTS` in this process."""
        self.monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        for name, value in self.environment(**environment).items():
            self.monkeypatch.setenv(name, value)
        self.capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        finally:
            _forget_logging()
        captured = self.capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def run(self, *arguments: str | Path, **environment: str) -> Done:
        """`paceline run … --json --yes` in this process; a preset called `mine` when none is named."""
        named = arguments if arguments and not str(arguments[0]).startswith("-") else (self.preset(), *arguments)
        return self("run", *named, "--json", "--yes", **environment)


def _forget_logging() -> None:
    """A command of its own process sends its log to a file; here the next test must not find it."""
    logging.captureWarnings(capture=False)
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler).__module__.startswith(("logging", "paceline")) and isinstance(handler, logging.StreamHandler):
            root.removeHandler(handler)
            handler.stream.close()


def column(fleet: Fleet, name: str) -> list[str]:
    """One column of the fleet's inventory."""
    import csv

    with fleet.inventory.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]
