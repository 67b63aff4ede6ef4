"""Recorded host keys: every form of a known_hosts line, and what an offered key is worth."""

import base64
import hmac
import logging
import os
import time
from pathlib import Path

import asyncssh
import pytest

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError
from paceline.session.hostkeys import HostKeys, Recorded

A = asyncssh.generate_private_key("ssh-ed25519")
B = asyncssh.generate_private_key("ssh-ed25519")


def line(names: str, key: asyncssh.SSHKey, marker: str = "") -> str:
    return f"{marker} {names} {key.export_public_key('openssh').decode().strip()}\n".lstrip()


def hashed(name: str) -> str:
    salt = os.urandom(20)
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
    assert recorded.algorithms[0].endswith("cert-v01@openssh.com")


async def test_recorded_types_are_asked_for_first(tmp_path: Path) -> None:
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    recorded = await looked_up(tmp_path, line("pe1", ecdsa) + line("pe1", A))
    assert recorded.algorithms[:2] == ("ecdsa-sha2-nistp256", "ssh-ed25519")
    assert "rsa-sha2-256" in recorded.algorithms
    assert not [name for name in recorded.algorithms if "cert" in name]


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


async def test_a_large_file_costs_its_parsing_once(tmp_path: Path) -> None:
    text = "".join(line(f"host{number}", B) for number in range(10_000)) + line("pe1", A)
    text += "".join(line(hashed(f"h{number}"), B) for number in range(2_000))
    keys = HostKeys([write(tmp_path / "known_hosts", text)], tmp_path / "own")
    await keys.recorded("warm", ("pe1",), 22)
    started = time.process_time()
    for _ in range(100):
        # Known by a plain line: hashed ones are not even tried. Unknown names are hashed once.
        assert kind_of(await keys.recorded("pe1", ("pe1",), 22)) is None
        assert kind_of(await keys.recorded("nowhere", (), 22)) is FailureKind.HOST_KEY_UNKNOWN
    assert time.process_time() - started < 0.1
