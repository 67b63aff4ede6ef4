"""The servers a row runs against: real OpenSSH and FRR where they are installed, else a server of our own."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.integration.daemons import (
    DaemonError,
    Servers,
    known_hosts_lines,
    loopback_addresses,
    new_key,
    openssh,
    running,
    wait_until,
)
from tests.integration.frr import frr_router
from tests.integration.workspace import APP, Workspace, fleet

EXEC_COMMANDS = ("uname -a", "uptime", "df -h")
SHOW_COMMANDS = ("show version", "show interface brief", "show running-config")
ROOT = APP.parent


@dataclass(frozen=True, slots=True)
class Fleet:
    """Running servers, and what devices on them are asked."""

    kind: str
    servers: Servers
    platform: str
    commands: tuple[str, ...]
    hostname: str = ""
    """What the prompts show; empty for exec channels."""

    def workspace(self, root: Path, devices: int, **pace: object) -> Workspace:
        """A place to run Paceline in, with a preset over the first `devices`."""
        root.mkdir(parents=True, exist_ok=True)
        made = Workspace(root)
        made.write_settings(self.servers.username, self.servers.key_file, self.servers.known_hosts)
        columns = {"prompt_name": self.hostname} if self.hostname else {}
        made.write_inventory(fleet(self.servers.addresses[:devices], self.servers.port, self.platform, **columns))
        made.write_preset(self.commands, pace=pace)
        return made

    def write_task(self, path: Path, devices: int, at_once: int) -> Path:
        """The same work for a peer, as JSON."""
        plain = {key: value for key, value in asdict(self.servers).items() if key != "addresses"}
        task = {
            **plain,
            "addresses": self.servers.addresses[:devices],
            "commands": self.commands,
            "hostname": self.hostname,
            "at_once": at_once,
        }
        path.write_text(json.dumps(task, default=str))
        return path


@contextlib.contextmanager
def exec_fleet(folder: Path, count: int) -> Iterator[Fleet]:
    """Devices with exec channels: OpenSSH if there is one."""
    with contextlib.ExitStack() as stack:
        try:
            servers, kind = stack.enter_context(openssh(folder / "exec", count)), "OpenSSH"
        except DaemonError:
            servers, kind = stack.enter_context(own_servers(folder / "exec-own", count)), "asyncssh server"
        yield Fleet(kind, servers, "linux", EXEC_COMMANDS)


@contextlib.contextmanager
def prompt_fleet(folder: Path, count: int) -> Iterator[Fleet]:
    """Devices with a prompt: FRR's vtysh behind OpenSSH if there is one."""
    with contextlib.ExitStack() as stack:
        (folder / "frr").mkdir()
        try:
            router = stack.enter_context(frr_router(folder / "frr"))
            shell = " ".join(router.shell)
            servers = stack.enter_context(openssh(folder / "prompt", count, router.username, shell))
            kind = "FRR vtysh"
        except DaemonError:
            servers, kind = stack.enter_context(own_servers(folder / "prompt-own", count)), "asyncssh server"
        yield Fleet(kind, servers, "frr", SHOW_COMMANDS, "lab-router")


@contextlib.contextmanager
def own_servers(folder: Path, count: int) -> Iterator[Servers]:
    """`count` devices of a server of our own, in a process of its own, on one port of every loopback address."""
    folder.mkdir()
    host_key, client_key = new_key(folder / "host_key"), new_key(folder / "client_key")
    addresses, port_file = loopback_addresses(count), folder / "port"
    command = [sys.executable, "-m", "tests.bench.server", str(folder)]
    environment = {**os.environ, "PYTHONPATH": f"{APP}{os.pathsep}{ROOT}"}
    with running(command, folder / "server.log", environment):
        wait_until(lambda: port_file.exists() and bool(port_file.read_text()), "the benchmark's own SSH server")
        port = int(port_file.read_text())
        known_hosts = known_hosts_lines(folder / "known_hosts", host_key, addresses, port)
        yield Servers(addresses, port, "netops", client_key, known_hosts)
