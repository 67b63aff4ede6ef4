"""What is said of logins before a start: keys that are gone, certificates that end too early, agents from elsewhere."""

import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest
from tests.engine.harness import make_devices, make_spec

from paceline.launch.logins import is_forwarded, login_warnings
from paceline.model.job import Credential, JobSpec
from paceline.model.time import now


def spec_with(key_file: Path | None, password: str = "") -> JobSpec:
    credential = Credential(username="netops", password=password, key_file=str(key_file or ""))
    return make_spec(make_devices(3)).model_copy(update={"credentials": {"default": credential}})


def said(spec: JobSpec, around: Mapping[str, str] = {}, hours: float = 2) -> list[str]:
    return login_warnings(spec, now() + timedelta(hours=hours), around)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key whose certificate is good for an hour."""
    return certified(tmp_path, "+1h")


def certified(folder: Path, validity: str) -> Path:
    authority, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user.write_private_key(str(folder / "id"))
    (folder / "id").chmod(0o600)
    certificate = authority.generate_user_certificate(
        user, "netops", principals=["netops"], valid_after="20190101", valid_before=validity
    )
    certificate.write_certificate(str(folder / "id-cert.pub"))
    return folder / "id"


def test_a_certificate_that_ends_before_the_job_is_told(key: Path) -> None:
    (line,) = said(spec_with(key))
    assert line.startswith(f"the certificate of {key} expires at ")
    assert line.endswith("before the job's end: logins of netops will be held then; sign in again")
    assert said(spec_with(key), hours=0.5) == []


def test_what_is_gone_already_is_told_and_passwords_are_not_looked_at(key: Path, tmp_path: Path) -> None:
    key.with_name("id-cert.pub").unlink()
    assert said(spec_with(key)) == []
    missing = spec_with(tmp_path / "no-key")
    assert said(missing) == [
        f"logins of netops will be held, sign in again: key file {tmp_path}/no-key: No such file or directory"
    ]
    assert said(spec_with(None, "env:NETOPS")) == []
    (line,) = said(spec_with(certified(tmp_path, "20200101")))
    assert "has expired or is not valid yet: sign in again" in line


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    """A real ssh-agent, empty."""
    path = tmp_path / "agent.sock"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # it listens now
    try:
        yield str(path)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.integration
def test_an_agent_s_certificate_is_looked_at_as_well(agent: str, key: Path) -> None:
    spec, around = spec_with(None, "agent"), {"SSH_AUTH_SOCK": agent}
    assert said(spec, around) == [
        "logins of netops will be held, sign in again: the ssh-agent holds no key: ssh-add one"
    ]
    subprocess.run(["ssh-add", "-q", str(key)], check=True, env=around | {"PATH": "/usr/bin:/bin"}, capture_output=True)
    (line,) = said(spec, around)
    assert line.startswith("the ssh-agent's certificate expires at ")
    assert said(spec, around, hours=0.5) == []
    Path(agent).unlink()
    (line,) = said(spec, around)
    assert line.endswith("sign in again: the ssh-agent does not answer: sign in again")


@pytest.mark.integration
def test_an_agent_that_came_with_the_connection_dies_with_it(agent: str, key: Path) -> None:
    key.with_name("id-cert.pub").unlink()
    around = {"SSH_AUTH_SOCK": agent, "SSH_CONNECTION": "198.51.100.7 50000 192.0.2.1 22"}
    subprocess.run(["ssh-add", "-q", str(key)], check=True, env=around | {"PATH": "/usr/bin:/bin"}, capture_output=True)
    (line,) = said(spec_with(None, "agent"), around)
    assert line.startswith("the ssh-agent is forwarded from where you sit: once that connection ends")
    assert said(spec_with(key), around) == []


@pytest.mark.parametrize(
    ("environment", "forwarded"),
    [
        ({"SSH_AUTH_SOCK": "/tmp/ssh-x/agent.7", "SSH_CONNECTION": "a b c d"}, True),
        ({"SSH_AUTH_SOCK": "/tmp/ssh-x/agent.7", "SSH_CONNECTION": "a b c d", "SSH_AGENT_PID": "8"}, False),
        ({"SSH_AUTH_SOCK": "/run/user/1000/keyring/ssh", "SSH_CONNECTION": "a b c d"}, False),
        ({"SSH_AUTH_SOCK": "/tmp/ssh-x/agent.7"}, False),
        ({"SSH_CONNECTION": "a b c d"}, False),
    ],
)
def test_a_forwarded_agent_is_known_by_its_surroundings(environment: dict[str, str], forwarded: bool) -> None:
    assert is_forwarded(environment) is forwarded
