"""Devices behind real OpenSSH jump hosts: two hops, small limits, and one that does not forward."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.daemons import Servers, openssh
from tests.integration.expectations import expect_success
from tests.integration.workspace import Workspace, fleet

pytestmark = pytest.mark.integration

SMALL = ("LogLevel VERBOSE", "MaxStartups 2:100:2", "MaxSessions 1")
"""What an administrator may allow: two logins under way, one session; channels of their own count as neither."""


@pytest.fixture(scope="module")
def outer(daemon_folder: Path) -> Iterator[Servers]:
    with openssh(daemon_folder / "outer", 1, more=SMALL) as servers:
        yield servers


@pytest.fixture(scope="module")
def inner(daemon_folder: Path) -> Iterator[Servers]:
    with openssh(daemon_folder / "inner", 1, more=SMALL) as servers:
        yield servers


def entry(servers: Servers) -> dict[str, Any]:
    """A jump host as the settings have it."""
    return {
        "host": servers.addresses[0], "port": servers.port, "username": servers.username,
        "key_file": str(servers.key_file),
    }  # fmt: skip


def settle(workspace: Workspace, devices: Servers, **jumps: Servers) -> None:
    """Settings with these jump hosts, whose keys are recorded as `ssh` records them."""
    known = workspace.root / "known_hosts"
    known.write_text("".join(servers.known_hosts.read_text() for servers in (devices, *jumps.values())))
    known.chmod(0o600)
    tables = {name: entry(servers) for name, servers in jumps.items()}
    workspace.write_settings(devices.username, devices.key_file, known, jumps=tables)


def accepted(folder: Path) -> int:
    """Logins that an sshd has let in."""
    return (folder / "sshd.log").read_text().count("Accepted publickey")


def test_fifty_devices_through_two_hops(
    workspace: Workspace, linux_servers: Servers, outer: Servers, inner: Servers, daemon_folder: Path
) -> None:
    """One login at each jump host, however small its limits are; -J wins over what the inventory says."""
    before = [accepted(daemon_folder / name) for name in ("outer", "inner")]
    settle(workspace, linux_servers, outer=outer, inner=inner)
    workspace.write_inventory(fleet(linux_servers.addresses, linux_servers.port, "linux", jump="none"))
    workspace.write_preset(["uname -a", "uptime"], pace={"batch_size": 0})
    run = workspace.run("-J", "outer,inner")
    expect_success(run, len(linux_servers.addresses), 2)
    assert [accepted(daemon_folder / name) for name in ("outer", "inner")] == [count + 1 for count in before]
    (created,) = run.of("job_created")
    assert {target["device"]["jump"] for target in created["spec"]["targets"]} == {"outer,inner"}
    assert not run.of("jump_held")


def test_a_jump_host_that_does_not_forward(workspace: Workspace, linux_servers: Servers, daemon_folder: Path) -> None:
    """A few devices find out; the others are not tried, and the direct ones succeed."""
    with openssh(daemon_folder / "closed", 1, more=["AllowTcpForwarding no"]) as closed:
        settle(workspace, linux_servers, closed=closed)
        rows = fleet(linux_servers.addresses[:12], linux_servers.port, "linux", jump="closed")
        for row in rows[10:]:
            row["jump"] = ""
        workspace.write_inventory(rows)
        once = {"pace": {"batch_size": 1}, "gates": {"max_unreachable": 0}, "retries": {"sweep": False}}
        workspace.write_preset(["uptime"], **once)
        run = workspace.run()
    assert run.exit_code == 4, run.stderr
    tried = {event["device"]: (event["state"], event["failure"]) for event in run.of("attempt_ended")}
    spared = {event["device"]: (event["state"], event["failure"]) for event in run.of("device_skipped")}
    assert list(tried.values()) == [("unreachable", "jump_forbidden")] * 3 + [("succeeded", None)] * 2
    assert list(spared.values()) == [("unreachable", "jump_forbidden")] * 7
    (held,) = run.of("jump_held")
    assert held["message"].startswith("jump closed does not forward to ")
    assert held["retry_at"] is None


def test_a_closed_port_behind_a_jump_host(workspace: Workspace, linux_servers: Servers, outer: Servers) -> None:
    """Named as what it is: the jump host is well."""
    settle(workspace, linux_servers, outer=outer)
    workspace.write_inventory(fleet(linux_servers.addresses[:2], 1, "linux", jump="outer"))
    workspace.write_preset(["uptime"], retries={"attempts": 1, "sweep": False})
    run = workspace.run()
    assert run.exit_code == 4, run.stderr
    assert {(event["state"], event["failure"]) for event in run.of("attempt_ended")} == {("unreachable", "jump_target")}
    assert not run.of("jump_held")
