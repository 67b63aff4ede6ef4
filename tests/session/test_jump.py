"""Sessions through jump hosts, over real SSH: shared connections, both ends' failures, host keys, codes."""

import asyncio
import hashlib
from contextlib import AsyncExitStack
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED
from tests.session.behind import BEHIND, LINUX, OTHER, jump_request, known, opened, to
from tests.session.fake_device import (
    PASSWORD,
    FakePorts,
    FakeSink,
    Round,
    Script,
    device,
    request,
    socket_server,
    until,
)

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.base import SessionError


async def test_a_session_passes_through_whole_and_leaves_nothing_open(tmp_path: Path) -> None:
    """Megabytes come through as they were sent, the session's end closes the channel, and only that."""
    answer = bytes(range(256)) * 8_192
    target = Script(answers={"uptime": b"up\n", "dump": answer})
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                ports = FakePorts(link=jump)
                wanted = request(22, LINUX, address=BEHIND, jump="bastion")
                for command, expected in (("uptime", b"up\n"), ("dump", answer)):
                    session = await made.open(wanted, ports)
                    sink = FakeSink()
                    result = await session.run(Command(command=command), sink)
                    assert result.state is CommandState.SUCCEEDED
                    assert hashlib.sha256(sink.data).digest() == hashlib.sha256(expected).digest()
                    await session.close()
                await until(lambda: len(target.lost) == 2)
                assert not jump.is_lost
            await until(lambda: len(bastion.lost) == 1)
            assert jump.is_lost
            await jump.wait_lost()
    assert bastion.forwarded == [(BEHIND, 22)] * 2
    assert len(bastion.connections) == 1


async def test_a_second_jump_is_reached_through_the_first(tmp_path: Path) -> None:
    """Its key is looked up behind the first, the device's behind both."""
    target = Script(answers={"uptime": b"up\n"})
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(device(target))
        inner_script = to(behind)
        inner = await stack.enter_async_context(device(inner_script))
        outer = await stack.enter_async_context(device(to(inner)))
        made = known(tmp_path, f"[127.0.0.1]:{outer}", f"[127.0.0.1@a]:{inner}", f"{BEHIND}@b@a")
        first = await stack.enter_async_context(opened(made, jump_request(outer, name="a")))
        second = await stack.enter_async_context(opened(made, jump_request(inner, "a", "b"), first))
        session = await made.open(request(22, LINUX, address=BEHIND, jump="a,b"), FakePorts(link=second))
        sink = FakeSink()
        await session.run(Command(command="uptime"), sink)
        await session.close()
    assert sink.data == b"up\n"
    assert inner_script.forwarded == [(BEHIND, 22)]


async def refused_behind(folder: Path, script: Script, **changes: object) -> SessionError:
    """The failure of a device behind a jump that behaves as scripted."""
    async with device(script) as port:
        made = known(folder, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
        async with opened(made, jump_request(port)) as jump:
            with pytest.raises(SessionError) as failure:
                await made.open(request(22, LINUX, address=BEHIND, jump="bastion", **changes), FakePorts(link=jump))  # type: ignore[arg-type]
            assert not jump.is_lost
    assert "\n" not in failure.value.message
    return failure.value


async def test_what_the_jump_cannot_reach_is_told_apart_from_what_it_forbids(tmp_path: Path) -> None:
    """By the code of its refusal, never by a text."""

    async def forbid(host: str, port: int) -> int:
        raise asyncssh.ChannelOpenError(OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")

    unreachable = await refused_behind(tmp_path, to(1))
    assert unreachable.kind is FailureKind.JUMP_TARGET
    assert unreachable.message.startswith(f"jump bastion cannot reach {BEHIND}:22: ")
    forbidden = await refused_behind(tmp_path, Script(forwards=forbid))
    assert forbidden.kind is FailureKind.JUMP_FORBIDDEN
    assert forbidden.message == f"jump bastion does not forward to {BEHIND}:22: open failed"


async def test_a_device_that_does_not_answer_the_jump_times_out_and_its_late_channel_is_closed(tmp_path: Path) -> None:
    """Nobody has a channel that opens after everyone has gone."""
    answers = asyncio.Event()
    target = Script()
    async with device(target) as behind:

        async def slowly(host: str, port: int) -> int:
            await answers.wait()
            return behind

        async with device(Script(forwards=slowly)) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                with pytest.raises(SessionError) as failure:
                    await jump.dial(BEHIND, 22, 0.05)
                assert failure.value.kind is FailureKind.CONNECT_TIMEOUT
                assert failure.value.message.endswith("through jump bastion: firewall?")
                answers.set()
                await until(lambda: len(target.lost) == 1)


async def test_the_probe_passes_through_the_jump(tmp_path: Path) -> None:
    """Something else than SSH answers behind it."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"% Access denied by VTY access list\r\n")
        await writer.drain()
        writer.close()

    async with socket_server(greet) as behind:
        failure = await refused_behind(tmp_path, to(behind))
    assert failure.kind is FailureKind.NOT_SSH
    assert "Access denied by VTY access list" in failure.message


async def test_a_jump_that_is_lost_in_a_login_is_no_rejection_of_the_device(tmp_path: Path) -> None:
    """The password had been sent, and nobody answered: it would read as a rejection."""
    target = Script(login_delay_s=30)
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                ports = FakePorts(link=jump)
                opening = asyncio.create_task(made.open(request(22, LINUX, address=BEHIND, jump="bastion"), ports))
                await until(lambda: target.logins_begun == 1)
                bastion.connections[0].abort()
                with pytest.raises(SessionError) as failure:
                    await opening
                assert jump.is_lost
                with pytest.raises(SessionError) as again:
                    await jump.dial(BEHIND, 22, 1)
    assert failure.value.kind is again.value.kind is FailureKind.JUMP_FAILED
    assert failure.value.message == "jump bastion: the connection to it was lost"
    assert ports.steps[-1] == "login failed: jump_failed"


async def test_host_keys_behind_a_jump_have_names_of_their_own(tmp_path: Path) -> None:
    """Equal addresses behind two jumps are two devices; a key that `ssh -J` recorded plainly is trusted, if equal."""
    async with device(Script()) as behind, device(to(behind)) as port:
        bastion = f"[127.0.0.1]:{port}"

        async def verdict(*lines: str, **changes: object) -> FailureKind | None:
            made = known(tmp_path, bastion, *lines)
            async with opened(made, jump_request(port)) as jump:
                try:
                    wanted = request(22, LINUX, address=BEHIND, jump="bastion", **changes)  # type: ignore[arg-type]
                    session = await made.open(wanted, FakePorts(link=jump))
                except SessionError as error:
                    return error.kind
                await session.close()
                return None

        assert await verdict(f"{BEHIND}@bastion") is None
        assert await verdict("r1@bastion") is None
        assert await verdict(BEHIND) is None
        assert await verdict(f"{BEHIND}@elsewhere") is FailureKind.HOST_KEY_UNKNOWN
        assert await verdict(accept_new_key=True) is None
    recorded = (tmp_path / "own_known_hosts").read_text(encoding="utf-8")
    assert recorded.startswith(f"{BEHIND}@bastion,r1@bastion ssh-ed25519 ")


async def test_another_key_than_the_plainly_recorded_one_is_unknown_not_changed(tmp_path: Path) -> None:
    """The plain name may be another device's; behind the jump's own name a difference is a change."""
    async with device(Script(), OTHER) as behind, device(to(behind)) as port:
        kinds = []
        for line in (BEHIND, f"{BEHIND}@bastion"):
            made = known(tmp_path, f"[127.0.0.1]:{port}", line)
            async with opened(made, jump_request(port)) as jump:
                with pytest.raises(SessionError) as failure:
                    await made.open(request(22, LINUX, address=BEHIND, jump="bastion"), FakePorts(link=jump))
                kinds.append(failure.value.kind)
    assert kinds == [FailureKind.HOST_KEY_UNKNOWN, FailureKind.HOST_KEY_CHANGED]


async def test_the_jumps_own_key_is_checked_as_strictly(tmp_path: Path) -> None:
    """And its message says how it gets in: it stands in no inventory."""
    async with device(Script()) as port:
        with pytest.raises(SessionError) as failure:
            await known(tmp_path, "elsewhere").open_jump(jump_request(port), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_UNKNOWN
    assert "log in to it once with `ssh`" in failure.value.message


CODE = Round([("Verification code: ", False)], ["492817"])


@pytest.mark.parametrize("rounds", [[Round([("Password: ", False)], [PASSWORD]), CODE], [CODE]])
async def test_a_jump_host_that_asks_for_a_code_tells_the_operator(tmp_path: Path, rounds: list[Round]) -> None:
    """Over keyboard-interactive, as a device does: the password is known, the code is asked for, once."""
    target = Script(answers={"uptime": b"up\n"})
    async with device(target) as behind:
        bastion = to(behind)
        bastion.rounds, bastion.has_password_method = rounds, False
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            ports = FakePorts(answers=[("492817",)])
            jump = await made.open_jump(jump_request(port), ports)
            session = await made.open(request(22, LINUX, address=BEHIND, jump="bastion"), FakePorts(link=jump))
            sink = FakeSink()
            await session.run(Command(command="uptime"), sink)
            await session.close()
            await jump.close()
    assert [(asked.user, [prompt.text for prompt in asked.prompts]) for asked in ports.asked] == [
        ("alice", ["Verification code:"])
    ]
    assert bastion.replies == [tuple(one.answers) for one in rounds]
    assert sink.data == b"up\n"


async def test_a_jump_host_whose_code_nobody_gives_is_told_as_such(tmp_path: Path) -> None:
    bastion = to(1)
    bastion.rounds, bastion.has_password_method = [CODE], False
    async with device(bastion) as port:
        made = known(tmp_path, f"[127.0.0.1]:{port}")
        with pytest.raises(SessionError) as failure:
            await made.open_jump(jump_request(port), FakePorts())
    assert failure.value.kind is FailureKind.CODE_NEEDED
    assert 'asks alice for more than a password ("Verification code:"); nobody answered' in failure.value.message
    assert bastion.replies in ([], [()])
