"""Fifty devices on real OpenSSH servers, by exec channels, with strict host keys."""

import subprocess
from pathlib import Path

import pytest
from tests.integration.daemons import Servers
from tests.integration.expectations import expect_outputs_as_told, expect_success
from tests.integration.workspace import Workspace, fleet

pytestmark = pytest.mark.integration

LINES = 20_000


@pytest.fixture
def linux(workspace: Workspace, linux_servers: Servers) -> Workspace:
    workspace.write_settings(linux_servers.username, linux_servers.key_file, linux_servers.known_hosts)
    workspace.write_inventory(fleet(linux_servers.addresses, linux_servers.port, "linux"))
    return workspace


def test_outputs_on_disk_are_what_the_commands_print(linux: Workspace, linux_servers: Servers) -> None:
    commands = ["uname -a", "uptime", "df -h"]
    linux.write_preset(commands, pace={"batch_size": 20, "mode": "rolling"})
    run = linux.run()
    expect_success(run, len(linux_servers.addresses), len(commands))
    expect_outputs_as_told(run, linux)
    name = subprocess.run(["uname", "-a"], capture_output=True, check=True).stdout
    for number in range(1, len(linux_servers.addresses) + 1):
        uname, uptime, disks = linux.outputs(f"d{number:03d}")
        assert uname == name
        assert b"load average" in uptime
        assert disks.startswith(b"Filesystem")


def test_a_large_output_arrives_exactly(linux: Workspace, linux_servers: Servers, daemon_folder: Path) -> None:
    large = daemon_folder / "large.txt"
    # Awkward on purpose: control bytes, carriage returns, no valid UTF-8, no newline at the end.
    data = b"".join(b"%06d \x1b[7m \xff\xfe %% Invalid input\r\n" % number for number in range(LINES)) + b"end"
    large.write_bytes(data)
    linux.write_platform({"name": "lab_linux", "channel": "exec", "reads": [r"cat \S+"]})
    linux.write_inventory(fleet(linux_servers.addresses[:10], linux_servers.port, "lab_linux"))
    linux.write_preset([f"cat {large}"], pace={"batch_size": 5})
    run = linux.run()
    expect_success(run, 10, 1)
    assert [event["n"] for event in run.of("batch_started")] == [5, 5]
    for number in range(1, 11):
        assert linux.outputs(f"d{number:03d}") == [data]


def test_a_host_key_that_nobody_recorded_is_refused(linux: Workspace, linux_servers: Servers, tmp_path: Path) -> None:
    partly = tmp_path / "known_hosts"
    partly.write_text("".join(linux_servers.known_hosts.read_text().splitlines(keepends=True)[1:3]))
    linux.write_settings(linux_servers.username, linux_servers.key_file, partly)
    linux.write_inventory(fleet(linux_servers.addresses[:3], linux_servers.port, "linux"))
    linux.write_preset(["uptime"])
    run = linux.run()
    assert run.exit_code == 1, run.stderr
    verdicts = {event["device"]: (event["state"], event["failure"]) for event in run.of("attempt_ended")}
    assert verdicts == {
        "d001": ("failed", "host_key_unknown"),
        "d002": ("succeeded", None),
        "d003": ("succeeded", None),
    }
    assert linux.outputs("d001") == []
