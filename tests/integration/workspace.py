"""A place where `paceline run` finds all it needs and leaves all it makes: settings, inventory, preset, state."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

ENTRY = "import sys; from paceline.cli.main import main; sys.exit(main())"
"""What the installed `paceline` does, with this interpreter."""
APP = Path(__file__).parents[2] / "app"


@dataclass(frozen=True, slots=True)
class Run:
    """How one `paceline run --json` went."""

    exit_code: int
    events: list[dict[str, Any]]
    stderr: str

    def of(self, *types: str) -> list[dict[str, Any]]:
        """The events of these types."""
        return [event for event in self.events if event["type"] in types]


@dataclass(frozen=True, slots=True)
class Workspace:
    """XDG folders under `root`, an inventory and a preset."""

    root: Path

    @property
    def inventory(self) -> Path:
        """The inventory that `write_inventory` wrote."""
        return self.root / "fleet.csv"

    @property
    def preset(self) -> Path:
        """The preset that `write_preset` wrote."""
        return self.root / "collect.toml"

    @property
    def state(self) -> Path:
        """Where jobs leave their outputs."""
        return self.root / "state" / "paceline"

    def write_settings(self, username: str, key_file: Path | None, known_hosts: Path, **more: Any) -> None:
        """One credential with a key, or the password in `LAB_PASSWORD`, and strict host keys; `more` are tables."""
        proof = {"password": "env:LAB_PASSWORD"} if key_file is None else {"key_file": str(key_file)}
        self.write_settings_as(
            {
                "credentials": {"default": {"username": username, **proof}},
                "host_keys": {"policy": "strict", "known_hosts": [str(known_hosts)]},
                **more,
            },
        )

    def write_settings_as(self, settings: Mapping[str, Any]) -> None:
        """Settings of any kind."""
        self._write_config("paceline.toml", settings)

    def write_platform(self, platform: Mapping[str, Any]) -> None:
        """A platform of the operator's own."""
        self._write_config(f"platforms/{platform['name']}.toml", platform)

    def write_inventory(self, rows: Sequence[Mapping[str, object]]) -> None:
        """A CSV whose columns are the keys of the first row."""
        with self.inventory.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def write_preset(self, commands: Sequence[str], **more: Any) -> None:
        """A read-only preset with these commands; `more` are further keys and tables."""
        preset = {"name": self.preset.stem, "read_only": True, "commands": list(commands), **more}
        self.preset.write_text(tomli_w.dumps(preset), encoding="utf-8")

    def command(self, *options: str) -> list[str]:
        """The command line of a run of all devices."""
        where = ["-i", str(self.inventory), "--where", "name~."]
        return [sys.executable, "-c", ENTRY, "run", str(self.preset), *where, "--yes", *options]

    def environment(self) -> dict[str, str]:
        """An environment with this workspace's folders, no agent, no terminal, no home."""
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
        folders = {f"XDG_{kind.upper()}_HOME": str(self.root / kind) for kind in ("config", "state", "cache")}
        return {**kept, **folders, "HOME": str(self.root), "PYTHONPATH": str(APP)}

    def run(
        self, *options: str, timeout_s: float = 120, password: str = "", more: Mapping[str, str] | None = None
    ) -> Run:
        """`paceline run --json`, to its end, with the password and `more` in its environment. Raises TimeoutExpired."""
        done = subprocess.run(
            self.command("--json", *options),
            env=self.environment() | ({"LAB_PASSWORD": password} if password else {}) | dict(more or {}),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Run(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def outputs(self, device: str) -> list[bytes]:
        """The outputs the newest job has of one device, in the order of its commands."""
        return [path.read_bytes() for path in self._output_files(device)]

    def _output_files(self, device: str) -> Iterator[Path]:
        yield from sorted((self.state / "jobs" / "latest" / device).glob("[0-9][0-9]-*.txt"))

    def _write_config(self, name: str, data: Mapping[str, Any]) -> None:
        path = self.root / "config" / "paceline" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(data), encoding="utf-8")
        path.chmod(0o600)


def fleet(addresses: Sequence[str], port: int, platform: str, **columns: str) -> list[dict[str, object]]:
    """An inventory of one device per address, `d001` on, over three countries; `columns` are the same for all."""
    countries = ("DE", "FR", "NL")
    return [
        {
            "name": f"d{number:03d}",
            "address": address,
            "port": port,
            "platform": platform,
            "country": countries[number % len(countries)],
            **columns,
        }
        for number, address in enumerate(addresses, start=1)
    ]
