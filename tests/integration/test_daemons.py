"""The daemons themselves, reached without Paceline: what the other tests stand on."""

import subprocess

import pytest
from tests.integration.daemons import Servers
from tests.integration.frr import PREFIXES, Router

pytestmark = pytest.mark.integration


def _ssh(servers: Servers, address: str, *command: str) -> subprocess.CompletedProcess[bytes]:
    known = ["-o", f"UserKnownHostsFile={servers.known_hosts}", "-o", "StrictHostKeyChecking=yes"]
    login = ["-F", "none", "-o", "BatchMode=yes", "-i", str(servers.key_file), "-p", str(servers.port)]
    return subprocess.run(
        ["ssh", *known, *login, f"{servers.username}@{address}", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )


def test_every_address_is_a_device_that_lets_the_key_in(linux_servers: Servers) -> None:
    for address in linux_servers.addresses[::7]:
        done = _ssh(linux_servers, address, "echo", "$SSH_CONNECTION")
        assert done.returncode == 0, done.stderr
        assert done.stdout.decode().split()[2:] == [address, str(linux_servers.port)]


def test_a_login_on_the_router_lands_in_its_shell(router_servers: Servers, router: Router) -> None:
    done = _ssh(router_servers, router_servers.addresses[-1])
    assert b"Hello, this is FRRouting" in done.stdout, done.stderr


def test_the_router_has_more_to_say_than_a_page(router: Router) -> None:
    assert router.answer("show running-config").count(b"ip prefix-list LAB") == PREFIXES
