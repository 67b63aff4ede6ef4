"""The fleet's folder: inventory, settings, user key, known_hosts, and what should happen."""

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import tomli_w

from paceline.demo.faults import Fault
from paceline.demo.network import Network

if TYPE_CHECKING:
    import asyncssh

PASSWORD_ENV = "PACELINE_DEMO_PASSWORD"
"""The environment variable that names the password which also logs in; the password itself is never written."""
PASSWORD_CREDENTIAL = "by_password"
_COLUMNS = (
    "name",
    "address",
    "port",
    "platform",
    "country",
    "site",
    "timezone",
    "role",
    "groups",
    "model",
    "release",
    "rack",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands in a fleet's folder."""

    folder: Path

    @property
    def inventory(self) -> Path:
        """The devices, as CSV."""
        return self.folder / "inventory.csv"

    @property
    def settings(self) -> Path:
        """Settings for a Paceline that runs on this fleet."""
        return self.folder / "paceline.toml"

    @property
    def key_file(self) -> Path:
        """The private key that logs in everywhere."""
        return self.folder / "demo_key"

    @property
    def known_hosts(self) -> Path:
        """The devices' host keys."""
        return self.folder / "known_hosts"

    @property
    def log(self) -> Path:
        """What the devices saw; see log.py."""
        return self.folder / "server-log.jsonl"

    @property
    def expected(self) -> Path:
        """Device name to `succeeded` or a failure's kind, as JSON."""
        return self.folder / "expected.json"

    @property
    def errors(self) -> Path:
        """What the serving process wrote to its standard error."""
        return self.folder / "serve-errors.log"


def open_private(path: Path) -> TextIO:
    """An empty file to write, which only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner may read, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    with open_private(beside) as file:
        file.write(text)
    beside.replace(path)


def write_files(
    layout: Layout,
    network: Network,
    *,
    address: str,
    ports: dict[str, int],
    host_keys: "dict[str, asyncssh.SSHKey]",
    user_key: "asyncssh.SSHKey",
    user: str,
) -> None:
    """Write the whole folder; `ports` and `host_keys` are by device name."""
    write_private(layout.inventory, _inventory(network, address, ports))
    write_private(layout.key_file, user_key.export_private_key().decode())
    trusted = {device.name for device in network.devices.values() if device.fault is not Fault.UNKNOWN_KEY}
    entries = (
        f"[{address}]:{ports[name]} {key.export_public_key().decode().strip()}\n"
        for name, key in host_keys.items()
        if name in trusted
    )
    write_private(layout.known_hosts, "".join(entries))
    write_private(layout.settings, _settings(layout, user))
    expected = {device.name: device.expected for device in network.devices.values()}
    write_private(layout.expected, json.dumps(expected, indent=1) + "\n")


def _inventory(network: Network, address: str, ports: dict[str, int]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for device in network.devices.values():
        writer.writerow(
            (
                device.name,
                address,
                ports[device.name],
                device.platform,
                device.country.code,
                device.site,
                device.country.timezone,
                device.role,
                ";".join(device.groups),
                device.model,
                device.release,
                device.dice("rack").randrange(1, 40),
            )
        )
    return text.getvalue()


def _settings(layout: Layout, user: str) -> str:
    return tomli_w.dumps(
        {
            "inventory": str(layout.inventory),
            "credentials": {
                "default": {"username": user, "key_file": str(layout.key_file)},
                PASSWORD_CREDENTIAL: {"username": user, "password": f"env:{PASSWORD_ENV}"},
            },
            "host_keys": {"policy": "strict", "known_hosts": [str(layout.known_hosts)]},
            "ssh_config": {"enabled": False},
        }
    )
