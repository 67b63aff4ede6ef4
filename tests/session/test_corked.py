"""What Paceline touches of asyncssh's inside is still as it was measured."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.channel import SSHChannel
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_IGNORE, MSG_USERAUTH_FAILURE
from asyncssh.crypto.cipher import GCMCipher
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger, String, UInt32
from tests.session.fake_device import FakePorts, FakeSink, Script, device, factory, platform, request, until

from paceline.model.job import Command
from paceline.session.corked import CorkedConnection, _KeptGcm


def test_the_methods_that_are_overridden_exist() -> None:
    for name in (
        "connection_made",
        "send_packet",
        "set_keepalive",
        "_recv_pkthdr",
        "_finish_recv_packet",
        "_reset_keepalive_timer",
        "_cancel_keepalive_timer",
        "_keepalive_timer_callback",
        "_process_userauth_failure",
    ):
        assert callable(getattr(asyncssh.SSHClientConnection, name))
    handlers = asyncssh.SSHClientConnection._packet_handlers
    assert handlers[MSG_USERAUTH_FAILURE] is asyncssh.SSHClientConnection._process_userauth_failure
    for name in ("log_sent_packet", "log_received_packet"):
        assert callable(getattr(SSHPacketLogger, name))
    for name in ("_accept_data", "process_packet"):
        assert callable(getattr(SSHChannel, name))
    assert "self._logger = logger.get_child" in inspect.getsource(asyncssh.connection.SSHConnection.__init__)
    assert "type(self)(" in inspect.getsource(SSHLogger.get_child)


async def test_a_connection_logs_only_where_someone_listens(caplog: pytest.LogCaptureFixture) -> None:
    options = asyncssh.SSHClientConnectionOptions(username="u", known_hosts=None)
    connection = CorkedConnection(asyncio.get_running_loop(), options)
    with caplog.at_level(logging.WARNING, "asyncssh"):
        connection.logger.info("nobody listens to %s", b"this")
        connection.logger.get_child("child").debug1("nor to %s", b"this")
        assert not caplog.records
        connection.logger.get_child("child").warning("but to %s", b"that")
    assert "but to that" in caplog.text


LINUX = platform("linux")
CBC = "aes128-cbc"


def test_the_kept_cipher_writes_and_reads_what_asyncssh_does() -> None:
    iv = bytes(4) + b"\xff" * 8  # the counter wraps at once
    theirs, ours = (kind("aes128-gcm", b"k" * 16, iv) for kind in (GCMCipher, _KeptGcm))
    for number in range(3):
        header, body = number.to_bytes(4, "big"), bytes([number]) * 32
        assert theirs.encrypt_and_sign(header, body) == ours.encrypt_and_sign(header, body)
    theirs, ours = (kind("aes128-gcm", b"k" * 16, iv) for kind in (GCMCipher, _KeptGcm))
    sealed, mark = theirs.encrypt_and_sign(b"head", b"body" * 8)
    assert ours.verify_and_decrypt(b"head", sealed[4:], mark) == b"body" * 8
    assert ours.verify_and_decrypt(b"head", sealed[4:], mark) is None  # the counter has moved on


@asynccontextmanager
async def opened(folder: Path, script: Script, legacy: tuple[str, ...] = (), **options: Any) -> AsyncIterator[Any]:
    """A session on a device, and its two ends: `session`, `client`, `server`."""
    async with device(script, **options) as port:
        session = await factory(folder, port).open(request(port, LINUX, legacy=legacy), FakePorts())
        yield session, session._connection, script.connections[0]  # type: ignore[attr-defined]
        await session.close()


@pytest.mark.parametrize(("cipher", "is_sent"), [("aes128-gcm@openssh.com", False), (CBC, True)])
async def test_empty_packets_go_out_only_under_cbc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cipher: str, *, is_sent: bool
) -> None:
    seen: list[int] = []
    handlers = dict(asyncssh.connection.SSHConnection._packet_handlers)
    ignore = handlers[MSG_IGNORE]

    def note(*args: Any) -> Any:
        seen.append(MSG_IGNORE)
        return ignore(*args)

    handlers[MSG_IGNORE] = note
    monkeypatch.setattr(asyncssh.connection.SSHServerConnection, "_packet_handlers", handlers)
    script = Script(answers={"one": b"x\n"})
    sink = FakeSink()
    legacy = ("cbc",) if cipher == CBC else ()
    async with opened(tmp_path, script, legacy, encryption_algs=[cipher]) as (session, client, _):
        await session.run(Command(command="one"), sink)
        assert client.get_extra_info("send_cipher") == cipher
    assert (sink.data, bool(seen)) == (b"x\n", is_sent)


async def test_data_that_comes_in_one_read_is_handed_over_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    send = asyncssh.SSHServerConnection.send_packet

    def without_empty_ones(self: Any, kind: int, *args: bytes, **more: Any) -> None:
        if kind != MSG_IGNORE:
            send(self, kind, *args, **more)

    monkeypatch.setattr(asyncssh.SSHServerConnection, "send_packet", without_empty_ones)

    class Listener(asyncssh.SSHClientSession[bytes]):
        def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
            heard.append(data)

    async def in_pieces(shell: Any) -> None:
        for piece in (b"a", b"b", b"c"):
            shell.say(piece)
        shell.channel.exit(0)

    script = Script(answers={"one": in_pieces})
    async with opened(tmp_path, script) as (_, client, _):
        channel, _ = await client.create_session(Listener, "one", encoding=None)
        await channel.wait_closed()
    assert b"".join(heard) == b"abc"
    assert len(heard) < 3


@pytest.mark.parametrize(
    "body",
    [String(b"whole") + b"and more", UInt32(99) + b"short", b"\0", String(b"x" * 3_000_000)],
    ids=["longer", "shorter", "cut", "beyond the window"],
)
async def test_data_that_breaks_the_protocol_ends_the_connection(tmp_path: Path, body: bytes) -> None:
    async def endless(_: Any) -> None:
        await asyncio.Event().wait()

    script = Script(answers={"endless": endless})
    async with opened(tmp_path, script) as (_, client, server):
        channel, _ = await client.create_session(asyncssh.SSHClientSession, "endless", encoding=None)
        server.send_packet(MSG_CHANNEL_DATA, UInt32(channel._recv_chan), body)
        await until(client.is_closed)


async def test_a_packet_that_was_tampered_with_ends_the_connection(tmp_path: Path) -> None:
    script = Script(answers={"one": b"x\n"})
    async with opened(tmp_path, script) as (_, client, server):
        server._send(UInt32(32) + bytes(32 + 16))
        await until(client.is_closed)


async def test_a_new_key_exchange_under_way_loses_nothing(tmp_path: Path) -> None:
    script = Script(answers={"one": b"x" * 300_000 + b"\n"})
    sink = FakeSink()
    async with opened(tmp_path, script, rekey_bytes=50_000) as (session, client, _):
        first = client._recv_encryption
        await session.run(Command(command="one"), sink)
        assert client._recv_encryption is not first
    assert sink.data == b"x" * 300_000 + b"\n"


async def test_a_keepalive_is_sent_only_after_a_quiet_interval(tmp_path: Path) -> None:
    asked: list[float] = []
    script = Script(answers={"one": b"x\n"})
    async with opened(tmp_path, script) as (_, client, _):
        clock = asyncio.get_running_loop().time
        client._make_keepalive_request = lambda: _note(asked, clock())
        client.set_keepalive(0.05, 100)
        begun = clock()
        while clock() < begun + 0.15:
            client._reset_keepalive_timer()  # something comes
            await asyncio.sleep(0.005)
        last, early = clock(), list(asked)
        await until(lambda: len(asked) > len(early))
        client.set_keepalive(0)
        assert client._keepalive_timer is None
    assert early == []
    assert asked[0] - last > 0.03


async def _note(times: list[float], now: float) -> None:
    times.append(now)
