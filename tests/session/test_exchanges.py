"""A login by one key and a terminal take no more exchanges than they need, and fail as they did before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.auth import _ClientPublicKeyAuth
from asyncssh.channel import SSHClientChannel
from asyncssh.constants import MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS, MSG_USERAUTH_REQUEST
from tests.session.fake_device import FakePorts, FakeShell, Script, device, factory, platform, request
from tests.session.opening import LINUX, refused_by

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError
from paceline.session.corked import CorkedConnection
from paceline.session.exchanges import first_auth

IOS = platform("cisco_xe")


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, bytes]]]:
    """What the client sends, and what its channels hear, in that order."""
    passed: list[tuple[int, bytes]] = []
    send, give = CorkedConnection.send_packet, CorkedConnection._give

    def sent(self: CorkedConnection, kind: int, *args: bytes, **more: Any) -> None:
        passed.append((kind, b"".join(args)))
        send(self, kind, *args, **more)

    def given(self: CorkedConnection, channel: Any, kind: int, body: bytes) -> None:
        passed.append((kind, body))
        give(self, channel, kind, body)

    monkeypatch.setattr(CorkedConnection, "send_packet", sent)
    monkeypatch.setattr(CorkedConnection, "_give", given)
    yield passed


def new_key(folder: Path) -> asyncssh.SSHKey:
    user = asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(str(folder / "id"))
    return user


async def test_one_key_is_signed_with_at_once(tmp_path: Path, packets: list[tuple[int, bytes]]) -> None:
    script = Script(authorized=(new_key(tmp_path),))
    async with device(script) as port:
        wanted = request(port, LINUX, password="", key_file=str(tmp_path / "id"))
        await (await factory(tmp_path, port).open(wanted, FakePorts({}))).close()
    (asked,) = [body for kind, body in packets if kind == MSG_USERAUTH_REQUEST]
    assert b"publickey" in asked
    assert script.keys_offered == 1


async def test_a_key_that_the_device_does_not_know_is_one_failed_attempt(
    tmp_path: Path, packets: list[tuple[int, bytes]]
) -> None:
    new_key(tmp_path)
    script = Script(authorized=(asyncssh.generate_private_key("ssh-ed25519"),))
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, password="", key_file=str(tmp_path / "id"))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert [kind for kind, _ in packets].count(MSG_USERAUTH_REQUEST) == 1


def test_where_there_is_a_choice_the_device_is_asked_first(tmp_path: Path) -> None:
    new_key(tmp_path)
    (pair,) = asyncssh.load_keypairs(str(tmp_path / "id"))
    connection: Any = None
    assert first_auth(connection, [b"publickey", b"password"], [pair]) is None
    assert first_auth(connection, [b"publickey"], [pair, pair]) is None
    assert first_auth(connection, [b"publickey"], [asyncssh.SSHKeyPair(b"", b"", (), (), b"", None)]) is None
    assert first_auth(connection, None, []) is None


async def test_terminal_and_shell_are_asked_for_in_one_go(tmp_path: Path, packets: list[tuple[int, bytes]]) -> None:
    async with device(Script()) as port:
        await (await factory(tmp_path, port).open(request(port, IOS), FakePorts())).close()
    passed = [(kind, body) for kind, body in packets if kind in (MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS)]
    assert [kind for kind, _ in passed[:3]] == [MSG_CHANNEL_REQUEST, MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS]
    assert b"pty-req" in passed[0][1]
    assert b"shell" in passed[1][1]


@pytest.mark.parametrize("refused", ["pty_requested", "shell_requested"])
async def test_a_shell_counts_only_with_its_terminal(
    tmp_path: Path, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeShell, refused, lambda *_: False)
    async with device(Script()) as port:
        with pytest.raises(SessionError) as failure:
            await factory(tmp_path, port).open(request(port, IOS), FakePorts())
    assert failure.value.kind is FailureKind.SHELL_REFUSED


def test_what_this_leans_on_is_there() -> None:
    for method in ("_start", "_send_signed_request"):
        assert callable(getattr(_ClientPublicKeyAuth, method))
    for method in ("_make_request", "_send_request", "create"):
        assert callable(getattr(SSHClientChannel, method))
    for method in ("try_next_auth", "public_key_auth_requested", "_update_recv_pktlen"):
        assert callable(getattr(asyncssh.SSHClientConnection, method))
