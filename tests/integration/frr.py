"""An FRR router on paths of its own: zebra and ospfd, and vtysh as what a login gets."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.daemons import FRR_DIRS, DaemonError, program, running, wait_until
from tests.integration.users import login_user

HOSTNAME = "lab-router"
PREFIXES = 600
"""Lines of its prefix list: a running configuration that no terminal page holds."""


@dataclass(frozen=True, slots=True)
class Router:
    """A running router: who logs in, and the command that is its shell."""

    username: str
    hostname: str
    shell: tuple[str, ...]

    def answer(self, command: str) -> bytes:
        """What vtysh itself prints for one command."""
        done = subprocess.run(
            [*self.shell, "-c", command], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=20
        )
        return done.stdout


def _configuration() -> str:
    prefixes = (f"ip prefix-list LAB seq {5 * n} permit 10.{n // 256}.{n % 256}.0/24" for n in range(1, PREFIXES + 1))
    return "\n".join([f"hostname {HOSTNAME}", *prefixes, ""])


@contextlib.contextmanager
def frr_router(folder: Path) -> Iterator[Router]:
    """FRR's zebra and ospfd with sockets, configuration and logs in `folder`. Needs root, for their own users."""
    zebra, ospfd = program("zebra", FRR_DIRS, "frr"), program("ospfd", FRR_DIRS, "frr")
    vtysh = program("vtysh", "/usr/bin:/bin", "frr")
    if os.geteuid() != 0:
        raise DaemonError("FRR's daemons change to users of their own: run this as root")
    vty, etc = folder / "vty", folder / "etc"
    vty.mkdir()
    shutil.chown(vty, "frr", "frrvty")
    vty.chmod(0o750)
    etc.mkdir()
    (etc / "vtysh.conf").write_text(f"no service integrated-vtysh-config\nhostname {HOSTNAME}\n")
    (folder / "zebra.conf").write_text(_configuration())
    (folder / "ospfd.conf").write_text(f"hostname {HOSTNAME}\nrouter ospf\n ospf router-id 192.0.2.1\n")
    common = ["--vty_socket", str(vty), "-z", str(vty / "zserv.api"), "-P", "0", "-u", "frr", "-g", "frr"]
    shell = (vtysh, "--vty_socket", str(vty), "--config_dir", str(etc))
    with contextlib.ExitStack() as stack:
        for name, daemon in (("zebra", zebra), ("ospfd", ospfd)):
            paths = ["-i", str(vty / f"{name}.pid"), "-f", str(folder / f"{name}.conf")]
            stack.enter_context(running([daemon, *common, *paths, "--log", "stdout"], folder / f"{name}.log"))
            wait_until((vty / f"{name}.vty").exists, name)
        router = Router(stack.enter_context(login_user("frrvty")), HOSTNAME, shell)
        wait_until(
            lambda: f"seq {5 * PREFIXES} ".encode() in router.answer("show running-config"), "FRR's configuration"
        )
        yield router
