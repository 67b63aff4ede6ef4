"""OpenSSH as old devices speak it: what Paceline refuses, names, and allows word by word."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.daemons import Servers, openssh
from tests.integration.workspace import Workspace, fleet

pytestmark = pytest.mark.integration

VARIANTS = {
    "gex-sha1": ("ed25519", ["KexAlgorithms diffie-hellman-group-exchange-sha1"]),
    "group1": ("ed25519", ["KexAlgorithms diffie-hellman-group1-sha1"]),
    "ssh-dss": ("dsa", ["HostKeyAlgorithms ssh-dss"]),
    "cbc": ("ed25519", ["Ciphers aes128-cbc,3des-cbc"]),
    "md5": ("ed25519", ["Ciphers aes128-ctr", "MACs hmac-md5"]),
    "group1;ssh-dss;cbc;md5": (
        "dsa",
        ["KexAlgorithms diffie-hellman-group1-sha1", "HostKeyAlgorithms ssh-dss", "Ciphers 3des-cbc", "MACs hmac-md5"],
    ),
    # Old, and taken without a word: many devices in service have nothing better.
    "": ("rsa", ["KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "MACs hmac-sha1"]),
}


@dataclass(frozen=True, slots=True)
class Old:
    """An sshd that offers nothing else, and the words that allow it."""

    words: str
    servers: Servers


@pytest.fixture(scope="module", params=list(VARIANTS))
def old(request: pytest.FixtureRequest, daemon_folder: Path) -> Iterator[Old]:
    kind, lines = VARIANTS[request.param]
    folder = daemon_folder / f"old-{list(VARIANTS).index(request.param)}"
    with openssh(folder, 1, host_key_kind=kind, more=lines) as servers:
        yield Old(request.param, servers)


def write(workspace: Workspace, old: Old, legacy: str) -> None:
    workspace.write_settings(old.servers.username, old.servers.key_file, old.servers.known_hosts)
    workspace.write_inventory(fleet(old.servers.addresses, old.servers.port, "linux", legacy=legacy))
    workspace.write_preset(["uptime"])


def paceline(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    python, flag, entry, *_ = workspace.command()
    return subprocess.run(
        [python, flag, entry, *arguments],
        env=workspace.environment(), cwd=workspace.root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_an_old_device_is_refused_named_and_allowed(workspace: Workspace, old: Old) -> None:
    write(workspace, old, legacy="")
    run = workspace.run()
    if old.words:
        ended = run.of("attempt_ended")[-1]
        assert ended["failure"] == "algorithms"
        assert ended["message"].endswith(f"`legacy` = {old.words} on this device allows it")
        assert paceline(workspace, "hostkeys", "scan", "-i", str(workspace.inventory), "--where", "*").returncode == 4
        write(workspace, old, legacy=old.words)
        run = workspace.run()
    assert run.exit_code == 0, run.stderr
    # What the libraries have to say about it goes to the log: here it would tear the screen.
    assert "arning" not in run.stderr
    assert b"load average" in workspace.outputs("d001")[0]
    log = (workspace.state / "paceline.log").read_text()
    shown = paceline(workspace, "jobs", "show", "last").stdout
    words = ", ".join(old.words.split(";"))
    needed = [line for line in shown.splitlines() if line.startswith("legacy ")]
    assert (f"legacy algorithms {words} are allowed: it needs {words}\n" in log) == bool(words)
    assert needed == [f"legacy {word} needed: 1 device: d001" for word in sorted(filter(None, old.words.split(";")))]
    scan = paceline(workspace, "hostkeys", "scan", "-i", str(workspace.inventory), "--where", "*", "--json")
    assert (scan.returncode, scan.stderr) == (0, "")
    assert json.loads(scan.stdout)["state"] == "same"
