"""Logging in: every proof, every way it fails, and what is left behind."""

import asyncio
import logging
import os
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
from tests.session.opening import LINUX, open_sockets_to, refused_by

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.secret import Secret
from paceline.model.states import CommandState
from paceline.session.base import PermitKind, SessionError


async def test_a_wrong_password_is_one_failed_attempt_even_where_two_methods_ask(tmp_path: Path) -> None:
    script = Script(kbdint=["Password: "])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=FakePorts({"ask": Secret("not-this-one")}))
        await until(lambda: bool(script.lost))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert script.failed_passwords == 1
    assert "netops" in failure.message and "wrong password" in failure.message


async def test_the_permit_sees_how_the_login_ended(tmp_path: Path) -> None:
    ports = FakePorts({"ask": Secret("not-this-one")})
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
    assert failure.kind is FailureKind.CODE_NEEDED
    assert '("Password:", "Code:"); nobody answered' in failure.message
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
        ({"password": "env:GONE"}, "no password at hand for netops (env:GONE): sign in again"),
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
