"""From an address to a login: every way to fail has a kind of its own, and none leaves anything open."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import asyncssh
import pytest
from tests.session.fake_device import (
    HOST_KEY,
    QUICK,
    FakePorts,
    FakeSink,
    Script,
    device,
    factory,
    platform,
    request,
    socket_server,
    until,
)

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.secret import Secret
from paceline.model.states import CommandState
from paceline.session.base import PermitKind, SessionError
from paceline.session.dial import dial

LINUX = platform("linux")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def refused_by(
    folder: Path, port: int, *, key: asyncssh.SSHKey = HOST_KEY, ports: FakePorts | None = None, **changes: object
) -> SessionError:
    """The failure that opening ends in."""
    with pytest.raises(SessionError) as failure:
        await factory(folder, port, key).open(request(port, LINUX, **changes), ports or FakePorts())  # type: ignore[arg-type]
    assert "\n" not in failure.value.message
    assert not open_sockets_to(port)
    return failure.value


def open_sockets_to(port: int) -> list[str]:
    """The sockets of this process that are connected to `port`."""
    found = []
    for entry in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        fields = entry.split()
        # Local address, remote address, state (01: established), inode (0: no process has it any more).
        if fields[2] == f"0100007F:{port:04X}" and fields[3] == "01" and fields[9] != "0":
            found.append(fields[9])
    ours = {link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    return [inode for inode in found if f"socket:[{inode}]" in ours]


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kex_algs": ["diffie-hellman-group1-sha1"]}, "no common key exchange; the device offers diffie-hellman"),
        ({"encryption_algs": ["aes128-cbc"]}, "no common cipher; the device offers aes128-cbc"),
    ],
)
async def test_no_algorithm_in_common(tmp_path: Path, options: dict[str, object], words: str) -> None:
    async with device(Script(), HOST_KEY, **options) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.ALGORITHMS
    assert words in failure.message and "legacy" in failure.message


async def test_no_host_key_type_in_common(tmp_path: Path) -> None:
    dss = asyncssh.generate_private_key("ssh-dss")
    async with device(Script(), dss) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.ALGORITHMS
    assert "no common host key type; the device offers ssh-dss" in failure.message


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


async def test_a_wrong_password_is_one_failed_attempt_even_where_two_methods_ask(tmp_path: Path) -> None:
    script = Script(kbdint=["Password: "])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=FakePorts({"ask": Secret("wrong")}))
        await until(lambda: bool(script.lost))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert script.failed_passwords == 1
    assert "netops" in failure.message and "wrong password" in failure.message


async def test_the_permit_sees_how_the_login_ended(tmp_path: Path) -> None:
    ports = FakePorts({"ask": Secret("wrong")})
    async with device(Script()) as port:
        await refused_by(tmp_path, port, ports=ports)
    assert ports.steps == ["connect", "connect done", "login", "connected", "login failed: auth_rejected"]


async def test_keyboard_interactive_with_one_prompt_gets_the_password(tmp_path: Path) -> None:
    async with device(Script(kbdint=["Mot de passe : "], has_password_method=False)) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        await session.close()


async def test_keyboard_interactive_with_several_prompts_is_for_a_person(tmp_path: Path) -> None:
    script = Script(kbdint=["Password: ", "Code: "])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert '("Password:", "Code:")' in failure.message
    assert script.failed_passwords == 0


@pytest.mark.parametrize("code", [2, 14])
async def test_a_disconnect_at_the_login(tmp_path: Path, code: int) -> None:
    user = asyncssh.generate_private_key("ssh-ed25519")
    key_file = tmp_path / "id"
    user.write_private_key(str(key_file))
    script = Script(refuse_login_with=code, authorized=(HOST_KEY,))
    async with device(script) as port:
        with_key = await refused_by(tmp_path, port, key_file=str(key_file))
        alone = await refused_by(tmp_path, port)
    assert with_key.kind is FailureKind.AUTH_TOO_MANY
    assert alone.kind is FailureKind.AUTH_REJECTED


async def test_a_line_cut_after_the_password_counts_as_a_rejection(tmp_path: Path) -> None:
    async with device(Script(cut_at_login=True)) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert "closed after the password" in failure.message


async def test_a_login_that_never_ends(tmp_path: Path) -> None:
    async with device(Script(login_delay_s=5)) as port:
        failure = await refused_by(tmp_path, port, timeouts=QUICK.model_copy(update={"login_s": 0.2}))
    assert failure.kind is FailureKind.AUTH_TIMEOUT
    assert "not finished in 0.2 s" in failure.message


async def test_a_password_that_has_to_be_changed(tmp_path: Path) -> None:
    async with device(Script(must_change_password=True)) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.PASSWORD_EXPIRED


async def test_another_disconnect_is_named_by_its_code(tmp_path: Path) -> None:
    async with device(Script(refuse_login_with=7)) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.PROTOCOL
    assert "code 7: no more of this" in failure.message


async def test_a_bug_is_told_as_one_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakePorts):
        def transcript(self, data: bytes) -> None:
            raise RuntimeError("a sink that fails")

    async with device(Script(auth_banner="hello")) as port:
        failure = await refused_by(tmp_path, port, ports=Broken())
    assert failure.kind is FailureKind.INTERNAL
    assert "RuntimeError" in failure.message
    assert "a sink that fails" in caplog.text


async def test_a_device_behind_a_jump_host_is_not_reached_directly(tmp_path: Path) -> None:
    script = Script()
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, jump="bastion")
    assert failure.kind is FailureKind.JUMP_FAILED
    assert "bastion" in failure.message
    assert not script.connections


async def test_a_key_file_logs_in_and_a_password_stays_unused(tmp_path: Path) -> None:
    user = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    user.write_private_key(str(tmp_path / "id"))
    script = Script(authorized=(user,), answers={"uptime": b"up\n"})
    async with device(script) as port:
        ports, sink = FakePorts({}), FakeSink()
        made = factory(tmp_path, port)
        for _ in range(2):
            session = await made.open(request(port, LINUX, password="", key_file=str(tmp_path / "id")), ports)
            result = await session.run(Command(command="uptime"), sink)
            await session.close()
    assert (result.state, sink.data) == (CommandState.SUCCEEDED, b"up\nup\n")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key_file": "/nonexistent/id", "password": ""}, "key file /nonexistent/id"),
        ({"password": "agent"}, "no ssh-agent"),
        ({"password": "env:GONE"}, "no password at hand for netops (env:GONE)"),
    ],
)
async def test_a_credential_that_is_gone_is_told_before_connecting(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    script = Script()
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, **changes)
    assert failure.kind is FailureKind.CREDENTIAL_GONE
    assert words in failure.message
    assert not script.connections


async def test_an_agent_that_does_not_answer(tmp_path: Path) -> None:
    failure = await refused_by(tmp_path, 22, ports=FakePorts(agent_path=str(tmp_path / "gone")), password="agent")
    assert failure.kind is FailureKind.CREDENTIAL_GONE


async def test_an_encrypted_key_file_asks_for_an_agent(tmp_path: Path) -> None:
    user = asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(str(tmp_path / "id"), "pkcs8-pem", "secret")
    failure = await refused_by(tmp_path, 22, key_file=str(tmp_path / "id"), password="")
    assert failure.kind is FailureKind.CREDENTIAL_GONE
    assert "passphrase" in failure.message or "ssh-agent" in failure.message


async def test_waiting_for_a_permit_counts_toward_no_timeout(tmp_path: Path) -> None:
    async def wait(kind: PermitKind) -> None:
        await asyncio.sleep(0.3)

    short = QUICK.model_copy(update={"connect_s": 0.25, "login_s": 0.25})
    async with device(Script()) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX, timeouts=short), FakePorts(permit_waits=wait))
        await session.close()


@pytest.mark.parametrize("at", ["greeting", "login", "shell"])
async def test_a_cancelled_open_leaves_nothing_behind(tmp_path: Path, at: str) -> None:
    script = Script(login_delay_s=5 if at == "login" else 0, prompt=b"")

    async def opening(port: int, reached: asyncio.Event) -> None:
        task = asyncio.create_task(factory(tmp_path, port).open(request(port, platform("cisco_ios")), FakePorts()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not open_sockets_to(port)
        left: list[CodeType] = [other.get_coro().cr_code for other in asyncio.all_tasks()]  # type: ignore[union-attr]
        assert not [code for code in left if "/paceline/session/" in code.co_filename]

    reached, closed = asyncio.Event(), asyncio.Event()
    if at == "greeting":

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            reached.set()
            await reader.read()
            writer.close()
            closed.set()

        async with socket_server(hold) as port:
            await opening(port, reached)
            await asyncio.wait_for(closed.wait(), 1)
    else:
        async with device(script) as port:

            async def watch() -> None:
                await until(lambda: bool(script.shells if at == "shell" else script.connections))
                await asyncio.sleep(0.05)
                reached.set()

            watching = asyncio.create_task(watch())
            await opening(port, reached)
            await watching
            await until(lambda: len(script.lost) == 1)


async def test_nothing_of_the_library_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with device(Script(cut_at_login=True)) as port:
        await refused_by(tmp_path, port)
    logging.getLogger("asyncssh").warning("of no interest on a screen")
    assert capfd.readouterr().err == ""


def authority_of(folder: Path, key: asyncssh.SSHKey) -> None:
    """Record `key` as the authority of every host."""
    known = folder / "known_hosts"
    known.write_text(f"@cert-authority * {key.export_public_key('openssh').decode()}", encoding="utf-8")
    known.chmod(0o600)


@pytest.mark.parametrize(
    ("principal", "validity", "kind"),
    [
        ("127.0.0.1", "+1h", None),
        ("127.0.0.1", "20200101", FailureKind.HOST_KEY_UNKNOWN),
        ("r2.example", "+1h", FailureKind.HOST_KEY_UNKNOWN),
    ],
)
async def test_a_host_certificate_of_a_recorded_authority(
    tmp_path: Path, principal: str, validity: str, kind: FailureKind | None
) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    certificate = authority.generate_host_certificate(
        HOST_KEY, "r1", principals=[principal], valid_after="20190101", valid_before=validity
    )
    authority_of(tmp_path, authority)
    async with device(Script(), [(HOST_KEY, certificate)]) as port:
        if kind is None:
            session = await factory(tmp_path, None).open(request(port, LINUX), FakePorts())
            await session.close()
        else:
            with pytest.raises(SessionError) as failure:
                await factory(tmp_path, None).open(request(port, LINUX), FakePorts())
            assert failure.value.kind is kind
            assert "certificate does not hold" in failure.value.message


async def test_a_host_certificate_of_another_authority(tmp_path: Path) -> None:
    certificate = HOST_KEY.generate_host_certificate(HOST_KEY, "r1", principals=["127.0.0.1"])
    authority_of(tmp_path, asyncssh.generate_private_key("ssh-ed25519"))
    async with device(Script(), [(HOST_KEY, certificate)]) as port:
        with pytest.raises(SessionError) as failure:
            await factory(tmp_path, None).open(request(port, LINUX), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_UNKNOWN
    assert "no recorded authority" in failure.value.message


async def test_an_expired_certificate_is_told_before_connecting_and_a_renewed_one_is_read(tmp_path: Path) -> None:
    authority, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user.write_private_key(str(tmp_path / "id"))
    script = Script(authorized=(user,))
    async with device(script) as port:
        made = factory(tmp_path, port)
        wanted = request(port, LINUX, password="", key_file=str(tmp_path / "id"))
        for renewed, validity in enumerate(("20200101", "+1h")):
            certificate = authority.generate_user_certificate(
                user, "netops", principals=["netops"], valid_after="20190101", valid_before=validity
            )
            certificate.write_certificate(str(tmp_path / "id-cert.pub"))
            os.utime(tmp_path / "id-cert.pub", (renewed + 1, renewed + 1))
            if renewed:
                session = await made.open(wanted, FakePorts({}))
                await session.close()
            else:
                with pytest.raises(SessionError) as failure:
                    await made.open(wanted, FakePorts({}))
                assert failure.value.kind is FailureKind.CREDENTIAL_GONE
                assert "expired" in failure.value.message
                assert not script.connections
