"""Daemons of other kinds than a plain sshd: dropbear, BIRD with its console, an ssh-agent full of keys."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.integration.daemons import SSHD_DIRS, free_port, has_ssh_greeting, new_key, program, running, wait_until

PAM_FOLDER = Path("/etc/pam.d")
ROUTES = 400
"""Static routes of the router: a table that no terminal page holds."""


@contextlib.contextmanager
def pam_service(lines: str) -> Iterator[str]:
    """A PAM service for as long as the block lasts; gives its name."""
    name = f"paceline-variants-{os.getpid()}"
    file = PAM_FOLDER / name
    file.write_text(lines)
    try:
        yield name
    finally:
        file.unlink()


@contextlib.contextmanager
def dropbear(folder: Path, addresses: Sequence[str]) -> Iterator[tuple[int, str]]:
    """dropbear on some addresses; gives its port and its lines of known hosts."""
    folder.mkdir()
    server, maker = program("dropbear", SSHD_DIRS, "dropbear-bin"), program("dropbearkey", "/usr/bin", "dropbear-bin")
    key, port = folder / "host_key", free_port(addresses[0])
    made = subprocess.run([maker, "-t", "ed25519", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    public = next(line for line in made.splitlines() if line.startswith("ssh-"))
    places = [word for address in addresses for word in ("-p", f"{address}:{port}")]
    with running([server, "-F", "-E", "-r", str(key), *places, "-P", str(folder / "pid")], folder / "dropbear.log"):
        wait_until(lambda: has_ssh_greeting(addresses[-1], port), "dropbear")
        yield port, "".join(f"[{address}]:{port} {' '.join(public.split()[:2])}\n" for address in addresses)


class Bird:
    """A running BIRD: its console as a login's command, and what that prints for one line."""

    def __init__(self, socket: Path) -> None:
        self.shell = (program("birdc", SSHD_DIRS, "bird2"), "-s", str(socket))

    def answer(self, line: str) -> bytes:
        """What the console prints for one line, without its greeting."""
        done = subprocess.run([*self.shell, *line.split()], capture_output=True, check=True, timeout=20)
        return done.stdout.partition(b"\n")[2]


@contextlib.contextmanager
def bird(folder: Path) -> Iterator[Bird]:
    """BIRD with static routes and no neighbour."""
    folder.mkdir()
    routes = "".join(f"  route 10.{n // 256}.{n % 256}.0/24 blackhole;\n" for n in range(ROUTES))
    (folder / "bird.conf").write_text(
        "router id 192.0.2.1;\nprotocol device {}\nprotocol static lab {\n  ipv4;\n" + routes + "}\n"
    )
    socket = folder / "bird.ctl"
    command = [program("bird", SSHD_DIRS, "bird2"), "-f", "-c", str(folder / "bird.conf"), "-s", str(socket)]
    with running([*command, "-P", str(folder / "pid")], folder / "bird.log"):
        wait_until(socket.exists, "BIRD")
        socket.chmod(0o666)
        console = Bird(socket)
        wait_until(lambda: f"{ROUTES} of {ROUTES}".encode() in console.answer("show route count"), "BIRD's routes")
        yield console


@contextlib.contextmanager
def full_agent(folder: Path, last: Path) -> Iterator[Path]:
    """An ssh-agent with seven keys that nobody knows, and `last` behind them; gives its socket."""
    folder.mkdir()
    socket = folder / "agent"
    command = [program("ssh-agent", "/usr/bin", "openssh-client"), "-D", "-a", str(socket)]
    adder = program("ssh-add", "/usr/bin", "openssh-client")
    keys = [new_key(folder / f"key{number}") for number in range(7)]
    # ssh-add refuses what others may read.
    copy = folder / "last"
    shutil.copy(last, copy)
    copy.chmod(0o600)
    with running(command, folder / "agent.log"):
        wait_until(socket.exists, "ssh-agent")
        environment = os.environ | {"SSH_AUTH_SOCK": str(socket)}
        subprocess.run(
            [adder, "-q", *map(str, keys), str(copy)], env=environment, check=True, capture_output=True, timeout=20
        )
        yield socket
