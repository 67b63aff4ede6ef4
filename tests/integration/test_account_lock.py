"""An sshd whose PAM locks an account after three failures: a wrong password on 200 devices does not lock it."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.daemons import Servers, openssh
from tests.integration.expectations import expect_success
from tests.integration.users import login_user
from tests.integration.workspace import Run, Workspace, fleet

pytestmark = pytest.mark.integration

DEVICES = 200
DENY = 3
RIGHT, WRONG = "open-sesame-7", "close-sesame-8"
PAM_FOLDER = Path("/etc/pam.d")


@dataclass(frozen=True)
class Lab:
    """Servers that share one account, and where PAM counts its failures."""

    servers: Servers
    counts: Path

    @property
    def failures(self) -> int:
        """Failed logins, as pam_faillock has them."""
        command = ["faillock", "--dir", str(self.counts), "--user", self.servers.username]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return sum(line.rstrip().endswith("V") for line in said.splitlines())

    def forget(self) -> None:
        """Unlock the account and count anew."""
        command = ["faillock", "--dir", str(self.counts), "--user", self.servers.username, "--reset"]
        subprocess.run(command, capture_output=True, check=True)


@pytest.fixture(scope="module")
def lab(daemon_folder: Path) -> Iterator[Lab]:
    folder, counts = daemon_folder / "locking", daemon_folder / "faillock"
    counts.mkdir(mode=0o700)
    service = f"paceline-sshd-{os.getpid()}"
    options = f"dir={counts} deny={DENY} unlock_time=0 fail_interval=3600"
    pam = PAM_FOLDER / service
    pam.write_text(
        f"auth required pam_faillock.so preauth silent {options}\n"
        "auth [success=1 default=bad] pam_unix.so nodelay\n"
        f"auth [default=die] pam_faillock.so authfail {options}\n"
        f"auth sufficient pam_faillock.so authsucc {options}\n"
        f"account required pam_faillock.so {options}\n"
        "account required pam_permit.so\n"
        "session required pam_permit.so\n"
    )
    try:
        with login_user() as username:
            subprocess.run(["chpasswd"], input=f"{username}:{RIGHT}\n", text=True, check=True, capture_output=True)
            with openssh(folder, DEVICES, username, pam_service=service) as servers:
                yield Lab(servers, counts)
    finally:
        pam.unlink()


@pytest.fixture
def ready(workspace: Workspace, lab: Lab) -> Workspace:
    lab.forget()
    workspace.write_settings(lab.servers.username, None, lab.servers.known_hosts)
    workspace.write_inventory(fleet(lab.servers.addresses, lab.servers.port, "linux"))
    return workspace


def run_all(place: Workspace, password: str, rejected_logins: int = 2) -> Run:
    place.write_preset(
        ["uptime"], pace={"batch_size": 50, "mode": "rolling"}, gates={"rejected_logins": rejected_logins}
    )
    return place.run(password=password)


def test_a_wrong_password_on_200_devices_does_not_lock_the_account(ready: Workspace, lab: Lab) -> None:
    run = run_all(ready, WRONG)
    assert run.exit_code == 3, run.stderr
    (held,) = run.of("job_held")
    assert (held["gate"], held["domain"]) == ("rejected_logins", "")
    assert lab.failures == 2
    assert {kind: count for kind, count in run.events[-1]["counts"].items() if count} == {"failed": 2, "skipped": 198}
    expect_success(run_all(ready, RIGHT), DEVICES, 1)
    assert lab.failures == 0


def test_the_account_would_lock_if_more_were_let_through(ready: Workspace, lab: Lab) -> None:
    run = run_all(ready, WRONG, rejected_logins=5)
    assert run.exit_code == 3
    assert lab.failures == DENY
    locked = run_all(ready, RIGHT)
    assert locked.exit_code == 3
    assert locked.events[-1]["counts"]["succeeded"] == 0
