"""Real daemons on loopback: OpenSSH on many addresses, FRR on paths of its own. Every one is stopped by its pid."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.integration.users import login_user

SSHD_DIRS = "/usr/sbin:/usr/local/sbin:/sbin"
FRR_DIRS = "/usr/lib/frr:/usr/sbin:/usr/libexec/frr"
PRIVILEGE_FOLDER = Path("/run/sshd")
"""Where Debian's sshd insists on an empty folder of its own when it runs as root."""
ADDRESSES_PER_SSHD = 16
"""MAX_LISTEN_SOCKS in OpenSSH's sshd.c."""


class DaemonError(RuntimeError):
    """A daemon that is missing or does not come up; says what to do."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Running sshd processes that answer on `addresses`, all on one port, with one host key."""

    addresses: tuple[str, ...]
    port: int
    username: str
    key_file: Path
    known_hosts: Path
    """A line per address, `[address]:port type key`."""


def loopback_addresses(count: int) -> tuple[str, ...]:
    """`count` distinct loopback addresses: 127.0.1.1, 127.0.1.2 ... (200 to a third octet)."""
    return tuple(f"127.0.{1 + number // 200}.{1 + number % 200}" for number in range(count))


def program(name: str, folders: str, package: str) -> str:
    """The absolute path of a daemon's program. Raises DaemonError when it is not installed."""
    found = shutil.which(name, path=folders) or shutil.which(name)
    if found is None:
        raise DaemonError(f"{name} is not installed: apt-get install {package}, or run .ci/run")
    return found


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A temporary folder that other users may enter: FRR's daemons and logins run as users of their own."""
    folder = Path(tempfile.mkdtemp(prefix="paceline-daemons-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(is_ready: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    """Return when `is_ready` says so. Raises DaemonError, naming `what`, after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if time.monotonic() > deadline:
            raise DaemonError(f"{what} did not come up in {timeout_s:g} s")
        time.sleep(0.02)


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` while the block lasts; then SIGTERM to that one process, SIGKILL when it stays."""
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=env)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port(address: str) -> int:
    """A port that nothing listens on at `address`."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    return port


def has_ssh_greeting(address: str, port: int) -> bool:
    """Whether an SSH server greets there within a second."""
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def new_key(path: Path, kind: str = "ed25519") -> Path:
    """A fresh key at `path`, its public half beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path)], check=True)
    return path


def known_hosts_lines(path: Path, host_key: Path, addresses: Sequence[str], port: int) -> Path:
    """Record one host key for all addresses."""
    key_type, key, *_ = host_key.with_suffix(".pub").read_text().split()
    path.write_text("".join(f"[{address}]:{port} {key_type} {key}\n" for address in addresses))
    path.chmod(0o600)
    return path


def _config(
    folder: Path,
    port: int,
    addresses: Sequence[str],
    force_command: str,
    *,
    by_password: bool,
    more: Sequence[str],
    matches: Sequence[str],
) -> str:
    lines = [
        f"Port {port}",
        *(f"ListenAddress {address}" for address in addresses),
        f"HostKey {folder / 'host_key'}",
        f"AuthorizedKeysFile {folder / 'client_key.pub'}",
        "PidFile none",
        "StrictModes no",
        f"UsePAM {'yes' if by_password else 'no'}",
        "UseDNS no",
        "PermitRootLogin yes",
        "PermitUserRC no",
        # bash reads ~/.bashrc for every command that sshd runs: whoever tests may have anything in there.
        f"SetEnv HOME={folder}",
        f"PasswordAuthentication {'yes' if by_password else 'no'}",
        "KbdInteractiveAuthentication no",
        "PrintMotd no",
        "PrintLastLog no",
        "LogLevel ERROR",
        "MaxStartups 1000",
        "MaxSessions 1000",
    ]
    if force_command:
        lines.append(f"ForceCommand {force_command}")
    # Of some keywords the first value counts, of others the last.
    own = {line.split()[0] for line in more}
    lines = [*more, *(line for line in lines if line.split()[0] not in own), *matches]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def openssh(
    folder: Path,
    count: int,
    username: str = "",
    force_command: str = "",
    host_key_kind: str = "ed25519",
    more: Sequence[str] = (),
    pam_service: str = "",
    matches: Sequence[str] = (),
) -> Iterator[Servers]:
    """OpenSSH servers on `count` loopback addresses, one sshd per sixteen of them, keys and configs in `folder`.

    Logins are by key alone, as `username`, else as a fresh user, else (without root) as whoever runs this;
    `force_command` replaces the shell; `more` are further lines of sshd_config, in place of those of the same keyword,
    and `matches` its Match blocks. With a PAM service passwords are taken too, as that one says.
    """
    sshd = program("sshd", SSHD_DIRS, "openssh-server")
    if os.geteuid() == 0:
        PRIVILEGE_FOLDER.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(exist_ok=True)
    if pam_service:
        # sshd asks PAM under the name it was started by.
        named = folder / pam_service
        named.symlink_to(sshd)
        sshd = str(named)
    host_key, client_key = new_key(folder / "host_key", host_key_kind), new_key(folder / "client_key")
    (folder / "client_key.pub").chmod(0o644)
    addresses = loopback_addresses(count)
    port = free_port(addresses[0])
    known_hosts = known_hosts_lines(folder / "known_hosts", host_key, addresses, port)
    with contextlib.ExitStack() as stack:
        if not username:
            username = stack.enter_context(login_user()) if os.geteuid() == 0 else getpass.getuser()
        for first in range(0, count, ADDRESSES_PER_SSHD):
            group = addresses[first : first + ADDRESSES_PER_SSHD]
            config = folder / f"sshd_config.{first}"
            config.write_text(
                _config(folder, port, group, force_command, by_password=bool(pam_service), more=more, matches=matches)
            )
            process = stack.enter_context(running([sshd, "-D", "-e", "-f", str(config)], folder / "sshd.log"))
            wait_until(lambda at=group[-1], of=process: _is_up(of, folder, at, port), f"sshd on {group[-1]}")  # type: ignore[misc]
        yield Servers(addresses, port, username, client_key, known_hosts)


def _is_up(process: subprocess.Popen[bytes], folder: Path, address: str, port: int) -> bool:
    if process.poll() is not None:
        raise DaemonError(f"sshd ended with {process.returncode}: {(folder / 'sshd.log').read_text().strip()[-500:]}")
    return has_ssh_greeting(address, port)
