"""An sshd that wants a key and then asks by keyboard-interactive: real partial successes, real PAM prompts."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.daemons import openssh
from tests.integration.test_account_lock import PAM_FOLDER, RIGHT, WRONG, Lab
from tests.integration.users import login_user
from tests.integration.workspace import Workspace, fleet

pytestmark = pytest.mark.integration

TWO_FACTORS = ("KbdInteractiveAuthentication yes", "AuthenticationMethods publickey,keyboard-interactive")


@pytest.fixture(scope="module")
def lab(daemon_folder: Path) -> Iterator[Lab]:
    service, counts = f"paceline-second-{os.getpid()}", daemon_folder / "second-faillock"
    counts.mkdir(mode=0o700)
    options = f"dir={counts} deny=9 unlock_time=0 fail_interval=3600"
    pam = PAM_FOLDER / service
    pam.write_text(
        "auth [success=1 default=bad] pam_unix.so nodelay\n"
        f"auth [default=die] pam_faillock.so authfail {options}\n"
        "auth sufficient pam_permit.so\n"
        "account required pam_permit.so\n"
        "session required pam_permit.so\n"
    )
    try:
        with login_user() as username:
            subprocess.run(["chpasswd"], input=f"{username}:{RIGHT}\n", text=True, check=True, capture_output=True)
            folder = daemon_folder / "second-factor"
            with openssh(folder, 3, username, more=TWO_FACTORS, pam_service=service) as servers:
                yield Lab(servers, counts)
    finally:
        pam.unlink()


def test_a_second_factor_follows_a_key_and_is_said_once(workspace: Workspace, lab: Lab) -> None:
    servers = lab.servers
    workspace.write_settings(servers.username, servers.key_file, servers.known_hosts)
    rows = fleet(servers.addresses, servers.port, "linux")
    for row, password in zip(rows, ["env:LAB_PASSWORD", "", f"command:echo {WRONG}"], strict=True):
        # Beside the key: the right password, none, a wrong one. Each checked by a server of its own.
        row |= {"password": password, "key_file": str(servers.key_file), "aaa": str(row["name"])}
    workspace.write_inventory(rows)
    workspace.write_preset(["uptime"])
    run = workspace.run(password=RIGHT)
    ends = {event["device"]: (event["failure"], event["message"]) for event in run.of("attempt_ended")}
    assert ends["d001"] == (None, ""), run.stderr
    assert ends["d002"][0] == "auth_rejected" and '("Password:"); not answered' in ends["d002"][1]
    assert ends["d003"][0] == "auth_rejected" and "wrong password or locked account" in ends["d003"][1]
    assert lab.failures == 1
