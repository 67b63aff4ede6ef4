"""The user's ssh_config at a launch: it fills in what is left open, and is frozen with the job."""

from pathlib import Path

import pytest

from paceline.cli.check import check
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.launch.credentials import questions, resolve_secrets
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.launch.references import CredentialError
from paceline.launch.ssh_hosts import SshHosts
from paceline.model.device import Device
from paceline.model.job import JobSpec
from paceline.model.settings import Jump, Settings, SshConfigUse


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def say(home: Path, text: str) -> None:
    path = home / ".ssh" / "config"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def spec_of(paths: Paths, rows: str = "", settings: str | None = None) -> JobSpec:
    if rows:
        (paths.config / "fleet.csv").write_text(rows, encoding="utf-8")
    if settings is not None:
        paths.settings.write_text('inventory = "fleet.csv"\n' + settings, encoding="utf-8")
    return prepare(LaunchOptions("health-check", where="*"), paths).spec


def reached(spec: JobSpec) -> dict[str, tuple[str, int]]:
    return {target.device.name: (target.device.address, target.device.port) for target in spec.targets}


ROWS = (
    "name,address,port,platform,username\nr1,,,cisco_ios,\nr2,192.0.2.2,22,cisco_ios,\nr3,192.0.2.3,,cisco_ios,carol\n"
)


def test_the_inventory_wins_over_it_and_it_wins_over_defaults(paths: Paths, home: Path) -> None:
    say(home, "Host r1\n HostName r1.example\nHost *\n HostName other\n Port 2222\n User alice\n Ciphers ^aes256-ctr\n")
    (home / ".ssh" / "id_ed25519").touch()
    spec = spec_of(paths, ROWS, "")
    assert reached(spec) == {"r1": ("r1.example", 2222), "r2": ("192.0.2.2", 22), "r3": ("192.0.2.3", 2222)}
    users = {t.device.name: spec.credentials[t.credential].username for t in spec.targets}
    assert users == {"r1": "alice", "r2": "alice", "r3": "carol"}
    assert spec.targets[0].device.algorithms == {"cipher": "^aes256-ctr"}
    # Frozen: a changed file changes nothing of the job.
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_what_the_settings_say_of_a_login_wins_over_it(paths: Paths, home: Path) -> None:
    key = home / "special"
    key.touch()
    say(home, f"Host *\n User alice\n IdentityFile {key}\n IdentityFile {home}/other\n")
    by_settings = spec_of(paths, ROWS)
    assert {c.username for c in by_settings.credentials.values()} == {"netops", "carol"}
    assert {c.key_file for c in by_settings.credentials.values()} == {str(home / "id_ed25519")}
    by_file = spec_of(paths, settings="")
    assert {(c.username, c.key_file) for c in by_file.credentials.values()} == {
        ("alice", str(key)),
        ("carol", str(key)),
    }
    assert "default:alice:special" in by_file.credentials


def test_a_password_is_asked_for_each_user(paths: Paths, home: Path) -> None:
    say(home, "Host r1\n User alice\nHost r2\n User bob\n")
    asked = questions(spec_of(paths, ROWS.replace(",carol", ","), '[credentials.default]\npassword = "ask"\n'), {})
    assert [question.label.partition(" (")[0] for question in asked][:2] == ["password of alice", "password of bob"]


def test_an_agent_offers_the_one_key_that_is_named(paths: Paths, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "agent"))
    (home / "held.pub").touch()
    say(home, f"Host r1\n IdentityFile {home}/held\nHost r2\n IdentityFile {home}/gone\n IdentitiesOnly yes\n")
    spec = spec_of(paths, ROWS, "")
    r1, r2, r3 = (spec.credentials[target.credential] for target in spec.targets)
    assert (r1.password, r1.key_file) == ("agent", f"{home}/held.pub")
    assert (r3.password, r3.key_file) == ("agent", "")
    assert r2.key_file == f"{home}/gone"
    with pytest.raises(CredentialError, match=r"the key file .*gone does not exist"):
        resolve_secrets(spec, {})


def device(name: str = "r1", **fields: str) -> Device:
    return Device(name=name, address=name, **fields)


@pytest.mark.parametrize(
    ("text", "jump"),
    [
        ("ProxyJump bastion", "bastion:22"),
        ("ProxyJump a@bastion:2200,second", "a@bastion:2200,second:22"),
        ("ProxyJump none\nHost *\n ProxyJump bastion", ""),
        ("ProxyJump outer\nHost outer\n HostName out.example\n User o\n Port 2201", "o@out.example:2201"),
        (
            "ProxyJump inner\nHost inner\n ProxyJump outer\nHost outer\n HostName 2001:db8::1",
            "[2001:db8::1]:22,inner:22",
        ),
        ("ProxyJump known\nHost known\n HostName elsewhere", "known"),
    ],
)
def test_a_jump_host_is_taken_over_as_the_file_has_it(home: Path, text: str, jump: str) -> None:
    say(home, f"Host r1\n {text}\n")
    settings = Settings(jumps={"known": Jump(host="known.example")})
    assert SshHosts.read(settings).jump_of(device()) == jump


def test_jump_hosts_that_name_each_other_are_refused(home: Path) -> None:
    say(home, "Host r1 a\n ProxyJump b\nHost b\n ProxyJump a\n")
    with pytest.raises(ConfigError, match="do they name each other"):
        SshHosts.read(Settings()).jump_of(device())


def test_algorithms_that_nobody_knows_are_told_and_left_out(home: Path) -> None:
    say(home, "Host r1\n KexAlgorithms +no-such-kex,diffie-hellman-group1-sha1\n MACs none-of-these\n Ciphers -*cbc\n")
    hosts = SshHosts.read(Settings())
    assert hosts.applied(device()).algorithms == {
        "key exchange": "+diffie-hellman-group1-sha1", "cipher": "-*cbc",
    }  # fmt: skip
    first, second = hosts.notes
    assert first.endswith("config:2: KexAlgorithms: not known here: no-such-kex; left out")
    assert second.endswith("config:3: MACs: not known here: none-of-these; all it names, so the line is ignored")


def test_a_program_runs_by_consent_alone_and_once(home: Path) -> None:
    mark = home / "ran"
    say(home, f'Match exec "echo . >> {mark}"\n Port 9\n')
    strict = SshHosts.read(Settings())
    assert strict.applied(device()).port == 22 and not mark.exists()
    assert "Match exec runs a program" in strict.notes[0]
    allowed = SshHosts.read(Settings(ssh_config=SshConfigUse(match_exec=True)))
    assert [allowed.applied(device(name)).port for name in ("r1", "r2")] == [9, 9]
    assert mark.read_text() == ".\n"


def test_it_can_be_switched_off_and_a_named_file_must_be_there(home: Path) -> None:
    say(home, "Port 9\n")
    off = Settings(ssh_config=SshConfigUse(enabled=False))
    assert SshHosts.read(off).applied(device()) == device()
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        SshHosts.read(Settings(ssh_config=SshConfigUse(path=str(home / "nowhere"))))


def test_what_is_ignored_is_said_once_at_the_launch_and_by_check(
    paths: Paths, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(home, "Host *\n ProxyCommand nc %h %p\n")
    warnings = prepare(LaunchOptions("health-check", where="*"), paths).warnings
    assert [line for line in warnings if "ProxyCommand" in line] == [
        f"{home}/.ssh/config:2: ProxyCommand is ignored: only ProxyJump is followed"
    ]
    monkeypatch.setattr("paceline.cli.check.find_paths", lambda: paths)
    assert check.callback is not None
    assert check.callback(()) == 0
    out = capsys.readouterr().out
    assert "warning" in out and f"{home}/.ssh/config:2: ProxyCommand is ignored" in out
    assert f"ok       {home}/.ssh/config: ssh_config, 1 blocks" in out
