"""Recorded host keys: every form of a known_hosts line, and what an offered key is worth."""

import asyncio
import base64
import hashlib
import hmac
import logging
import os
import subprocess
import sys
from pathlib import Path

import asyncssh
import pytest

from paceline.model.failure import FailureKind
from paceline.session import knownhosts
from paceline.session.base import SessionError
from paceline.session.hostkeys import HostKeys, Recorded
from paceline.session.login import recorded_key
from paceline.session.ownhosts import Entry, HostKeyFileError, OwnKnownHosts, entry_for

A = asyncssh.generate_private_key("ssh-ed25519")
B = asyncssh.generate_private_key("ssh-ed25519")


def line(names: str, key: asyncssh.SSHKey, marker: str = "") -> str:
    return f"{marker} {names} {key.export_public_key('openssh').decode().strip()}\n".lstrip()


def hashed(name: str) -> str:
    salt = hashlib.sha1(name.encode()).digest()  # the same in every process: names of tests hold it
    digest = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


async def looked_up(folder: Path, text: str, *, port: int = 22) -> Recorded:
    keys = HostKeys([write(folder / "known_hosts", text)], folder / "own")
    return await keys.recorded("Pe1.example.net", ("pe1", "192.0.2.1"), port)


def kind_of(recorded: Recorded, key: asyncssh.SSHKey = A) -> FailureKind | None:
    failure = recorded.judge(key.get_algorithm(), key.public_data)
    return failure.kind if failure else None


@pytest.mark.parametrize(
    "names",
    [
        "pe1",
        "192.0.2.1",
        "other,192.0.2.1",
        "pe1.example.net",
        "PE1",
        "*.example.net",
        "192.0.2.?",
        "!pe2,pe*",
        hashed("pe1"),
        hashed("192.0.2.1"),
        hashed("pe1.example.net"),
    ],
)
async def test_a_key_recorded_under_any_of_its_names_is_trusted(tmp_path: Path, names: str) -> None:
    recorded = await looked_up(tmp_path, line("unrelated", B) + line(names, A))
    assert kind_of(recorded) is None
    assert kind_of(recorded, B) is FailureKind.HOST_KEY_CHANGED


@pytest.mark.parametrize("names", ["pe10", "*.example.org", "!pe1*,pe*", "[pe1]:2222", hashed("pe10")])
async def test_a_key_of_another_device_says_nothing(tmp_path: Path, names: str) -> None:
    assert kind_of(await looked_up(tmp_path, line(names, A))) is FailureKind.HOST_KEY_UNKNOWN


@pytest.mark.parametrize("names", ["[pe1]:2222", "[192.0.2.1]:2222", hashed("[pe1]:2222")])
async def test_another_port_is_another_entry(tmp_path: Path, names: str) -> None:
    recorded = await looked_up(tmp_path, line(names, A) + line("pe1", B), port=2222)
    assert kind_of(recorded) is None
    assert kind_of(recorded, B) is FailureKind.HOST_KEY_CHANGED


async def test_without_an_entry_for_the_port_an_equal_key_is_enough_and_another_is_unknown(tmp_path: Path) -> None:
    recorded = await looked_up(tmp_path, line("pe1", A), port=2222)
    assert kind_of(recorded) is None
    assert kind_of(recorded, B) is FailureKind.HOST_KEY_UNKNOWN


@pytest.mark.parametrize("names", ["*", "pe1", hashed("pe1")])
async def test_a_revoked_key_is_never_trusted(tmp_path: Path, names: str) -> None:
    recorded = await looked_up(tmp_path, line("pe1", A) + line(names, A, "@revoked"))
    assert kind_of(recorded) is FailureKind.HOST_KEY_REVOKED


async def test_both_fingerprints_of_a_changed_key_are_shown(tmp_path: Path) -> None:
    failure = (await looked_up(tmp_path, line("pe1", A))).judge("ssh-ed25519", B.public_data)
    assert failure is not None
    assert f"recorded ssh-ed25519 {A.get_fingerprint()}" in failure.message
    assert f"offered ssh-ed25519 {B.get_fingerprint()}" in failure.message


async def test_an_authority_is_trusted_for_certificates_alone(tmp_path: Path) -> None:
    recorded = await looked_up(tmp_path, line("*.example.net", A, "@cert-authority"))
    assert kind_of(recorded) is FailureKind.HOST_KEY_UNKNOWN
    assert recorded.judge_authority(A.public_data) is None
    assert recorded.judge_authority(B.public_data) is not None
    assert recorded.algorithms()[0].endswith("cert-v01@openssh.com")


async def test_recorded_types_are_asked_for_first(tmp_path: Path) -> None:
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    recorded = await looked_up(tmp_path, line("pe1", ecdsa) + line("pe1", A))
    assert recorded.algorithms()[:2] == ("ecdsa-sha2-nistp256", "ssh-ed25519")
    assert "rsa-sha2-256" in recorded.algorithms()
    assert not [name for name in recorded.algorithms() if "cert" in name]


async def test_a_line_that_is_none_is_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        recorded = await looked_up(tmp_path, "# a comment\n\nnonsense\n|2|x|y ssh-ed25519 AAAA\n" + line("pe1", A))
    assert kind_of(recorded) is None
    assert f"{tmp_path / 'known_hosts'}:3: not a known_hosts line" in caplog.text
    assert "known_hosts:4" in caplog.text


async def test_a_changed_file_is_read_again_and_own_keys_count(tmp_path: Path) -> None:
    keys = HostKeys([tmp_path / "absent"], tmp_path / "own")

    async def kind() -> FailureKind | None:
        return kind_of(await keys.recorded("pe1", ("192.0.2.1",), 22))

    assert await kind() is FailureKind.HOST_KEY_UNKNOWN
    write(tmp_path / "own", line("pe1", A))
    assert await kind() is None
    write(tmp_path / "own", line("pe1", B))
    assert await kind() is FailureKind.HOST_KEY_CHANGED


async def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "known_hosts", line("pe1", A))
    path.chmod(0o666)
    with pytest.raises(SessionError, match="chmod go-w"):
        await HostKeys([path], tmp_path / "own").recorded("pe1", ("192.0.2.1",), 22)


class Work:
    """Counts what costs time: files parsed, hashes made, patterns tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed: list[str] = []
        self.hashes = 0
        load, is_of = knownhosts.KnownHosts.load, knownhosts._Hashed.is_of

        def counted_load(index: knownhosts.KnownHosts, text: str, origin: str) -> None:
            self.parsed += [origin] * len(text.splitlines())
            load(index, text, origin)

        def counted_is_of(entry: knownhosts._Hashed, name: bytes) -> bool:
            self.hashes += 1
            return is_of(entry, name)

        monkeypatch.setattr(knownhosts.KnownHosts, "load", counted_load)
        monkeypatch.setattr(knownhosts._Hashed, "is_of", counted_is_of)

    def reset(self) -> None:
        self.parsed, self.hashes = [], 0


async def test_ten_thousand_lines_cost_no_more_per_connect_than_ten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    text = "".join(line(f"host{number}", B) for number in range(5_000)) + line("pe1", A)
    text += "".join(line(hashed(f"h{number}"), B) for number in range(5_000)) + line(hashed("pe2"), A)
    keys = HostKeys([write(tmp_path / "known_hosts", text)], tmp_path / "own")
    assert kind_of(await keys.recorded("pe1", ("pe1",), 22)) is None
    assert len(work.parsed) == 10_002
    # A plain line names it: no hash was made at all.
    assert work.hashes == 0
    assert kind_of(await keys.recorded("pe2", (), 22)) is None
    assert kind_of(await keys.recorded("nowhere", (), 22)) is FailureKind.HOST_KEY_UNKNOWN
    # Each salt is another: a name must be tried against every hashed line, once.
    assert work.hashes == 5_001 + 5_000
    work.reset()
    for _ in range(20):
        for name in ("pe1", "pe2", "nowhere"):
            await keys.recorded(name, (), 22)
    assert (work.parsed, work.hashes) == ([], 0)


async def test_a_key_recorded_meanwhile_costs_one_line_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    text = "".join(line(hashed(f"h{number}"), B) for number in range(100))
    keys = HostKeys([write(tmp_path / "known_hosts", text)], tmp_path / "own")
    assert kind_of(await keys.recorded("pe1", ("192.0.2.1",), 22)) is FailureKind.HOST_KEY_UNKNOWN
    work.reset()
    await asyncio.gather(*(keys.record([entry(f"r{number}", A)]) for number in range(50)))
    await keys.record([entry("pe1", A)])
    assert kind_of(await keys.recorded("pe1", ("192.0.2.1",), 22)) is None
    assert work.parsed == [str(tmp_path / "own")] * 51
    assert work.hashes == 0
    # Somebody else writes it: then it is read anew.
    OwnKnownHosts(tmp_path / "own").append([entry("pe9", A)])
    assert kind_of(await keys.recorded("pe9", (), 22)) is None
    assert len(work.parsed) == 51 + 52


async def test_the_remedy_for_a_changed_key_names_where_the_old_one_stands(tmp_path: Path) -> None:
    theirs = await looked_up(tmp_path, line("other", A) + line("pe1", A))
    failure = theirs.judge("ssh-ed25519", B.public_data)
    assert failure is not None
    assert f"take line 2 out of {tmp_path / 'known_hosts'}, then accept it alone" in failure.message
    keys = HostKeys([], tmp_path / "own")
    await keys.record([entry("core sw 1", A)])
    own = (await keys.recorded("core sw 1", ("192.0.2.1",), 22)).judge("ssh-ed25519", B.public_data)
    assert own is not None
    assert "`paceline hostkeys remove 'core sw 1'`, then accept it alone" in own.message
    unknown = (await keys.recorded("other sw", ("192.0.2.9",), 22)).judge("ssh-ed25519", B.public_data)
    assert unknown is not None
    assert """run `paceline hostkeys accept --where 'name="other sw"'`""" in unknown.message


async def test_behind_a_jump_host_an_equal_address_is_another_device(tmp_path: Path) -> None:
    keys = HostKeys([], tmp_path / "own")
    await keys.record([entry("pe1", A, jump="bastion-a")])
    assert kind_of(await keys.recorded("pe1", ("192.0.2.1",), 22, "bastion-a")) is None
    for jump in ("", "bastion-b"):
        assert kind_of(await keys.recorded("pe1", ("192.0.2.1",), 22, jump)) is FailureKind.HOST_KEY_UNKNOWN


# -- Paceline's own file --------------------------------------------------------------------------------


def entry(name: str, key: asyncssh.SSHKey, *, address: str = "192.0.2.1", port: int = 22, jump: str = "") -> Entry:
    return entry_for(name, (address,), port, jump, recorded_key(key))


def test_what_is_recorded_is_what_openssh_would_write(tmp_path: Path) -> None:
    own = OwnKnownHosts(tmp_path / "state" / "own")
    own.append([entry("Pe1", A), entry("pe2", B, port=2222, address="2001:DB8::2")])
    assert own.path.read_text() == line("192.0.2.1,pe1", A) + line("[2001:db8::2]:2222,[pe2]:2222", B)
    assert (own.path.stat().st_mode & 0o777, own.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    found = subprocess.run(
        ["ssh-keygen", "-F", "[2001:db8::2]:2222", "-f", str(own.path)], capture_output=True, text=True, check=True
    )
    assert B.export_public_key("openssh").decode().split()[1] in found.stdout


@pytest.mark.parametrize("name", ["core sw", "a,b", "*", "pe?", "!pe1", "|1|x", "#pe1", "@revoked", "pe\n2"])
def test_a_name_that_would_mean_something_else_is_not_written(tmp_path: Path, name: str) -> None:
    own = OwnKnownHosts(tmp_path / "own")
    own.append([entry(name, A)])
    assert own.path.read_text() == line("192.0.2.1", A)
    with pytest.raises(ValueError, match="can stand in a known_hosts file"):
        entry(name, A, address="not an address")


def test_a_line_without_its_end_is_not_continued(tmp_path: Path) -> None:
    own = OwnKnownHosts(write(tmp_path / "own", line("pe9", B).rstrip("\n")))
    own.append([entry("pe1", A)])
    assert own.path.read_text() == line("pe9", B) + line("192.0.2.1,pe1", A)


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnKnownHosts(write(tmp_path / "own", line("pe9", B)))
    write_some = os.write

    def write_half(descriptor: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(28, "No space left on device")
        return write_some(descriptor, data[:40])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_half)
        with pytest.raises(HostKeyFileError, match="no space left on device"):
            own.append([entry("pe1", A)])
    assert own.path.read_text() == line("pe9", B)


def test_a_file_that_others_may_write_is_neither_read_nor_written(tmp_path: Path) -> None:
    own = OwnKnownHosts(write(tmp_path / "own", line("pe9", B)))
    own.path.chmod(0o664)
    for do in (own.entries, lambda: own.append([entry("pe1", A)]), lambda: own.remove(lambda _: True)):
        with pytest.raises(HostKeyFileError, match="chmod go-w"):
            do()
    assert own.path.read_text() == line("pe9", B)


def test_many_processes_append_whole_lines(tmp_path: Path) -> None:
    path, program = (
        tmp_path / "own",
        """
import sys
from pathlib import Path
from paceline.session.knownhosts import RecordedKey
from paceline.session.ownhosts import OwnKnownHosts, entry_for
own = OwnKnownHosts(Path(sys.argv[1]))
for number in range(50):
    own.append([entry_for(f"{sys.argv[2]}-{number}", (), 22, "", RecordedKey("ssh-ed25519", "A" * 600))])
    own.remove(lambda entry: entry.names == (f"{sys.argv[2]}-{number - 1}",))
""",
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(path), f"p{number}"], env=environment)
        for number in range(3)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    lines = path.read_text().splitlines()
    assert sorted(lines) == [f"p{number}-49 ssh-ed25519 {'A' * 600}" for number in range(3)]


def test_removing_leaves_all_else_as_it_was(tmp_path: Path) -> None:
    text = "# mine\n" + line("pe1,192.0.2.1", A) + line("pe1", A, "@revoked") + line("[pe1]:2222", B) + line("pe10", B)
    own = OwnKnownHosts(write(tmp_path / "own", text))
    removed = own.remove(lambda entry: entry.is_of("PE1"))
    assert [entry.names for entry in removed] == [("pe1", "192.0.2.1"), ("[pe1]:2222",)]
    assert own.path.read_text() == "# mine\n" + line("pe1", A, "@revoked") + line("pe10", B)
    assert own.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("own", "own.lock")] == []
