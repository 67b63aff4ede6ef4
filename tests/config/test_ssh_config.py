"""An ssh_config, as people write them: what it says of a host, what is not followed, what is refused."""

import subprocess
from pathlib import Path

import pytest

from paceline.config.errors import ConfigError
from paceline.config.ssh_config import SshConfig, read_ssh_config
from paceline.config.ssh_hosts import HostOptions, ignored_lines, look_up

FLEET = """
# Before any Host: for all of them.
IdentityFile ~/.ssh/id_%r
Host r1 r2*.example !r2-lab.example
    HostName=%h.mgmt.example
    User "net ops"
    Port 2201
Match originalhost core?  user alice
    Port 2300
Match host *.mgmt.example !user bob
    IdentitiesOnly yes
Match exec "test %h = r9"
    Port 9
Host 192.0.2.7
    Port 2207
Host *
    User fallback   # a comment
    Port 2222
    ProxyJump bastion
    Ciphers +aes256-cbc
    ProxyCommand nc %h %p
    StrictHostKeyChecking no
    StrictHostKeyChecking ask
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def written(home: Path, text: str, name: str = "config") -> Path:
    path = home / ".ssh" / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def config(home: Path, text: str) -> SshConfig:
    return read_ssh_config(written(home, text), home)


def of(found: SshConfig, *names: str, **settled: str) -> HostOptions:
    return look_up(found, names, **settled)  # type: ignore[arg-type]


def test_the_first_value_of_each_keyword_counts(home: Path) -> None:
    found = config(home, FLEET)
    r1 = of(found, "r1")
    assert (r1.hostname, r1.user, r1.port, r1.identities_only) == ("r1.mgmt.example", "net ops", 2201, True)
    assert r1.identity_files == (str(Path("~/.ssh/id_net ops").expanduser()),)
    assert (r1.proxy_jump, dict(r1.algorithms)) == ("bastion", {"cipher": "+aes256-cbc"})
    lab = of(found, "r2-lab.example")
    assert (lab.hostname, lab.user, lab.port) == ("", "fallback", 2222)
    assert of(found, "core1", user="alice").port == 2300
    assert of(found, "core1", user="carol").port == 2222


def test_a_device_is_known_by_its_name_and_its_address(home: Path) -> None:
    found = config(home, FLEET)
    assert of(found, "edge", "192.0.2.7", address="192.0.2.7").port == 2207
    # An excluded name is excluded, whatever the other one.
    assert of(found, "r2-lab.example", "r1").port == 2222


@pytest.mark.integration
def test_openssh_reads_the_same(home: Path) -> None:
    """What `ssh -G` says of each host, without the words that are its own."""
    text = FLEET.replace("StrictHostKeyChecking", "#").replace("Match exec", "Match originalhost r9 exec")
    path = written(home, text.replace("ProxyCommand", "#"))
    found = read_ssh_config(path, home)
    for host in ("r1", "r2x.example", "r2-lab.example", "core1", "r9", "192.0.2.7"):
        asked = subprocess.run(
            ["ssh", "-G", "-F", str(path), host], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
        theirs = dict(line.split(" ", 1) for line in asked.stdout.splitlines() if " " in line)
        ours = look_up(found, [host], run=lambda command: command == "test r9 = r9")
        said = (ours.hostname or host, ours.user, str(ours.port), ours.proxy_jump)
        assert said == (theirs["hostname"], theirs["user"], theirs["port"], theirs["proxyjump"])
        assert ours.identities_only == (theirs["identitiesonly"] == "yes")


def test_what_is_not_followed_is_told_where_it_matters(home: Path) -> None:
    found = config(home, FLEET + "Match final\n Port 1\nHost elsewhere\n ProxyCommand none\n HostKeyAlias x\n")
    path = found.path
    exec_block, final = [
        f"{path}:12: Match exec runs a program, which is not allowed: its block is ignored "
        "(`match_exec = true` under [ssh_config] in the settings allows it)",
        f"{path}:24: Match final is not understood here: its block is ignored",
    ]
    proxy = f"{path}:21: ProxyCommand is ignored: only ProxyJump is followed"
    strict = f"{path}:22: StrictHostKeyChecking is ignored: `[host_keys]` in the settings decides"
    assert of(found, "r1").notes == (exec_block, proxy, strict, final)
    assert of(found, "r1").port == 2201
    alias = f"{path}:28: HostKeyAlias is ignored: the device's name and address are looked up"
    assert ignored_lines(found) == [exec_block, proxy, strict, final, alias]
    assert exec_block not in ignored_lines(found, runs_programs=True)


def test_include_stands_where_it_is_written(home: Path) -> None:
    (home / ".ssh" / "more.d").mkdir()
    written(home, "Port 1\nHost r2\n Port 2\n", "more.d/10-first")
    written(home, "User late\n", "more.d/20-second")
    found = config(home, "Host r1 r2\n Include more.d/* nothing-here\n HostName after\nHost *\n Port 3\n")
    assert (of(found, "r1").port, of(found, "r1").user, of(found, "r1").hostname) == (1, "late", "after")
    # Host r2 of the included file ends with it.
    assert (of(found, "r2").port, of(found, "r2").hostname) == (1, "after")
    assert (of(found, "r3").port, of(found, "r3").user) == (3, "")


def test_many_hosts_cost_nothing_per_device(home: Path) -> None:
    found = config(home, "".join(f"Host r{n}\n Port {n}\n" for n in range(1, 301)) + "Host *\n User all\n")
    assert len(list(found.candidates("r7", "192.0.2.7"))) == 2
    assert (of(found, "R7").port, of(found, "R7").user) == (7, "all")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Host a\n  Port http", 'config:2: Port: expected a port from 1 to 65535, got "http"'),
        ("Port", "config:1: expected a keyword and its value"),
        ("User ", "config:1: User: a value is missing, or a quotation mark"),
        ('User "open', "config:1: User: a value is missing, or a quotation mark"),
        ("Match host", "config:1: Match: host needs a value"),
        ("IdentitiesOnly maybe", 'config:1: IdentitiesOnly: expected yes or no, got "maybe"'),
        ("Include config", "Include goes deeper than 16 files"),
    ],
)
def test_a_line_that_ssh_would_stop_at_is_named(home: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(home, text)
    assert said in str(caught.value)


def test_a_file_that_others_may_write_is_refused(home: Path) -> None:
    for name in ("config", "more"):
        path = written(home, "Include more\n")
        written(home, "Port 1\n", "more")
        (home / ".ssh" / name).chmod(0o620)
        with pytest.raises(ConfigError, match="others may write this file: run `chmod go-w"):
            read_ssh_config(path, home)
