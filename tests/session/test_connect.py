"""From an address to a login: every way to fail has a kind of its own, and none leaves anything open."""

import asyncio
import errno
import os
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import asyncssh
import pytest
from tests.session.fake_device import (
    HOST_KEY,
    QUICK,
    FakePorts,
    Script,
    device,
    factory,
    request,
    socket_server,
)
from tests.session.opening import LINUX, Handler, refused_by

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError
from paceline.session.dial import dial


async def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    async def unknown(name: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    made = factory(tmp_path, 22, dial=partial(dial, resolve=unknown))
    with pytest.raises(SessionError) as failure:
        await made.open(request(22, LINUX, address="r1.invalid"), FakePorts())
    assert failure.value.kind is FailureKind.DNS
    assert failure.value.message == "cannot resolve r1.invalid"


async def test_a_name_is_tried_at_each_of_its_addresses(tmp_path: Path) -> None:
    async def two(name: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with socket_server(say(b"hello")) as port:
        sock = await dial("r1.example", port, 1, resolve=two)
        assert sock.getpeername()[0] == "127.0.0.1"
        sock.close()


async def test_a_closed_port_refuses(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.REFUSED
    assert failure.message.startswith(f"127.0.0.1:{port} refuses the connection")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EHOSTUNREACH, FailureKind.NO_ROUTE),
        (errno.ENETUNREACH, FailureKind.NO_ROUTE),
        (errno.ETIMEDOUT, FailureKind.CONNECT_TIMEOUT),
        (errno.EMFILE, FailureKind.INTERNAL),
    ],
)
async def test_what_the_system_says_of_a_connect(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: FailureKind
) -> None:
    async def connect(sock: socket.socket, address: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)
    with pytest.raises(SessionError) as failure:
        await dial("127.0.0.1", 22, 1)
    assert failure.value.kind is kind


async def test_no_tcp_answer(tmp_path: Path) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        slow = QUICK.model_copy(update={"connect_s": 0.2})
        with pytest.raises(SessionError) as failure:
            await factory(tmp_path, port).open(request(port, LINUX, timeouts=slow), FakePorts())
        for filler in fillers:
            filler.close()
    assert failure.value.kind is FailureKind.CONNECT_TIMEOUT
    assert failure.value.message == f"127.0.0.1:{port}: no TCP answer in 0.2 s: firewall?"


def say(text: bytes, *, hold: bool = False) -> Handler:
    """A TCP service that says `text`, then closes (or holds the line)."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        if hold:
            await reader.read()
        writer.close()

    return handle


async def test_tcp_without_a_greeting(tmp_path: Path) -> None:
    async with socket_server(say(b"", hold=True)) as port:
        failure = await refused_by(tmp_path, port, timeouts=QUICK.model_copy(update={"connect_s": 0.2}))
    assert failure.kind is FailureKind.NO_BANNER
    assert "no SSH greeting in 0.2 s" in failure.message


async def test_a_key_exchange_that_never_ends(tmp_path: Path) -> None:
    async with socket_server(say(b"SSH-2.0-slow\r\n", hold=True)) as port:
        failure = await refused_by(tmp_path, port, timeouts=QUICK.model_copy(update={"connect_s": 0.2}))
    assert failure.kind is FailureKind.NO_BANNER
    assert "key exchange" in failure.message


async def test_another_service_is_quoted(tmp_path: Path) -> None:
    async with socket_server(say(b"\r\nPassword required, but none set\r\n")) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.NOT_SSH
    assert '"Password required, but none set"' in failure.message


async def test_closed_before_the_greeting(tmp_path: Path) -> None:
    connects = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connects.append(1)
        writer.close()

    async with socket_server(handle) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.CLOSED_EARLY
    assert len(connects) == 2  # the attempt and one probe


async def test_ssh_1_alone_is_a_protocol_failure(tmp_path: Path) -> None:
    async with socket_server(say(b"SSH-1.5-Cisco-1.25\n", hold=True)) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.PROTOCOL
    assert "SSH 2" in failure.message


async def test_an_unknown_host_key(tmp_path: Path) -> None:
    script = Script()
    async with device(script) as port:
        with pytest.raises(SessionError) as failure:
            await factory(tmp_path, None).open(request(port, LINUX), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_UNKNOWN
    assert HOST_KEY.get_fingerprint() in failure.value.message
    assert script.failed_passwords == 0


async def test_a_changed_host_key_of_the_same_type_and_of_another(tmp_path: Path) -> None:
    for recorded in (
        asyncssh.generate_private_key("ssh-ed25519"),
        asyncssh.generate_private_key("ecdsa-sha2-nistp256"),
    ):
        async with device(Script()) as port:
            failure = await refused_by(tmp_path, port, key=recorded)
        assert failure.kind is FailureKind.HOST_KEY_CHANGED
        assert recorded.get_fingerprint() in failure.message and HOST_KEY.get_fingerprint() in failure.message


async def test_a_revoked_host_key(tmp_path: Path) -> None:
    async with device(Script()) as port:
        made = factory(tmp_path, port)
        line = HOST_KEY.export_public_key("openssh").decode()
        own = tmp_path / "own_known_hosts"
        own.write_text(f"@revoked * {line}", encoding="utf-8")
        own.chmod(0o600)
        with pytest.raises(SessionError) as failure:
            await made.open(request(port, LINUX), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_REVOKED


async def test_the_recorded_type_is_asked_for_first(tmp_path: Path) -> None:
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    async with device(Script(), [HOST_KEY, ecdsa]) as port:
        session = await factory(tmp_path, port, ecdsa).open(request(port, LINUX), FakePorts())
        await session.close()
