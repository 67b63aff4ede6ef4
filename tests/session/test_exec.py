"""The exec session: exit statuses, errors, timeouts, one connection for all commands."""

import asyncio
from pathlib import Path

import pytest
from tests.session.fake_device import (
    QUICK,
    Answer,
    FakePorts,
    FakeShell,
    FakeSink,
    Script,
    device,
    factory,
    platform,
    request,
    until,
)

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.base import CommandResult

LINUX = platform("linux")


async def run_one(tmp_path: Path, answer: Answer, **changes: object) -> tuple[CommandResult, FakeSink]:
    script = Script(answers={"do": answer})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX, **changes), FakePorts())  # type: ignore[arg-type]
        sink = FakeSink()
        result = await session.run(Command(command="do", timeout_s=0.3), sink)
        await session.close()
    return result, sink


async def test_commands_share_a_connection_and_keep_their_bytes(tmp_path: Path) -> None:
    script = Script(answers={"one": b"a\r\nb\xff\n", "two": b""})
    async with device(script) as port:
        ports, first, second = FakePorts(), FakeSink(), FakeSink()
        session = await factory(tmp_path, port).open(request(port, LINUX), ports)
        results = [await session.run(Command(command="one"), first), await session.run(Command(command="two"), second)]
        await session.close()
        await session.close()
    assert [(result.state, result.exit_status, result.is_in_step) for result in results] == [
        (CommandState.SUCCEEDED, 0, True)
    ] * 2
    assert (first.data, second.data, session.name_seen) == (b"a\r\nb\xff\n", b"", "")
    assert len(script.connections) == 1
    assert ports.said == first.data


async def test_a_status_other_than_0_is_a_refusal_and_stderr_says_why(tmp_path: Path) -> None:
    async def fail(shell: FakeShell) -> None:
        shell.say(b"out\n")
        shell.channel.write_stderr(b"cat: /nowhere: No such file\nmore\n")
        shell.channel.exit(3)

    result, sink = await run_one(tmp_path, fail)
    assert (result.state, result.failure, result.exit_status) == (
        CommandState.REJECTED,
        FailureKind.COMMAND_REJECTED,
        3,
    )
    assert result.reason == "cat: /nowhere: No such file (exit status 3)"
    assert result.is_in_step
    assert sink.data == b"out\ncat: /nowhere: No such file\nmore\n"


@pytest.mark.parametrize(("said", "reason"), [(b"one\ntwo\n\n", "two (exit status 1)"), (b"", "exit status 1")])
async def test_without_stderr_the_last_line_says_why(tmp_path: Path, said: bytes, reason: str) -> None:
    async def fail(shell: FakeShell) -> None:
        shell.say(said)
        shell.channel.exit(1)

    result, _ = await run_one(tmp_path, fail)
    assert result.reason == reason


async def test_a_signal_is_named(tmp_path: Path) -> None:
    async def killed(shell: FakeShell) -> None:
        shell.channel.exit_with_signal("KILL")

    result, _ = await run_one(tmp_path, killed)
    assert (result.state, result.reason) == (CommandState.REJECTED, "ended by signal KILL")


async def test_a_device_without_exit_statuses_has_succeeded(tmp_path: Path) -> None:
    async def silent(shell: FakeShell) -> None:
        shell.say(b"fine\n")
        shell.channel.close()

    result, sink = await run_one(tmp_path, silent)
    assert (result.state, result.exit_status, sink.data) == (CommandState.SUCCEEDED, None, b"fine\n")


async def endless(shell: FakeShell) -> None:
    shell.say(b"some\n")


@pytest.mark.parametrize("read_only", [True, False])
async def test_a_timeout_keeps_what_came(tmp_path: Path, read_only: bool) -> None:
    script = Script(answers={"do": endless})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX, read_only=read_only), FakePorts())
        sink = FakeSink()
        result = await session.run(Command(command="do", timeout_s=0.3), sink)
        await until(lambda: bool(script.signals if read_only else script.lost))
        await session.close()
    assert (result.state, result.failure) == (CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT)
    assert result.reason == "not ended after 0.3 s, 5 bytes"
    assert (sink.data, result.is_in_step) == (b"some\n", read_only)
    assert script.signals == (["INT"] if read_only else [])


async def test_silence_ends_a_command_before_its_whole_time(tmp_path: Path) -> None:
    quiet = QUICK.model_copy(update={"command_idle_s": 0.1})
    result, _ = await run_one(tmp_path, endless, timeouts=quiet)
    assert result.reason == "nothing for 0.1 s, 5 bytes"


async def test_after_a_timeout_the_next_command_runs(tmp_path: Path) -> None:
    script = Script(answers={"slow": endless, "quick": b"x\n"})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        await session.run(Command(command="slow", timeout_s=0.1), FakeSink())
        result = await session.run(Command(command="quick"), FakeSink())
        await session.close()
    assert result.state is CommandState.SUCCEEDED


async def test_a_lost_connection(tmp_path: Path) -> None:
    async def cut(shell: FakeShell) -> None:
        shell.say(b"half")
        await asyncio.sleep(0.02)
        shell.script.connections[0].abort()

    result, sink = await run_one(tmp_path, cut)
    assert (result.state, result.failure, result.is_in_step) == (CommandState.LOST, FailureKind.LOST, False)
    assert (result.reason, sink.data) == ("connection lost after 4 bytes", b"half")


async def test_a_device_that_stops_answering_between_commands(tmp_path: Path) -> None:
    script = Script(answers={"one": b"x\n"})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        await session.run(Command(command="one"), FakeSink())
        client = session._connection  # type: ignore[attr-defined]
        script.connections[0]._process_global_request = lambda *args: None  # type: ignore[method-assign]
        script.connections[0]._recv_handler = lambda: False
        client.set_keepalive(0.02, 2)
        await until(client.is_closed)
        result = await session.run(Command(command="one"), FakeSink())
        await session.close()
    assert (result.state, result.failure) == (CommandState.LOST, FailureKind.KEEPALIVE)


async def test_a_refused_channel(tmp_path: Path) -> None:
    script = Script(grants_terminal=False)
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        result = await session.run(Command(command="one"), FakeSink())
        await session.close()
    assert (result.state, result.failure, result.is_in_step) == (
        CommandState.REJECTED,
        FailureKind.SHELL_REFUSED,
        False,
    )


async def test_a_cancelled_command_closes_its_connection(tmp_path: Path) -> None:
    script = Script(answers={"slow": endless})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        running = asyncio.create_task(session.run(Command(command="slow"), FakeSink()))
        await until(lambda: bool(script.lines))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await until(lambda: bool(script.lost))
        await session.close()


async def test_five_megabytes_are_exact(tmp_path: Path) -> None:
    body = bytes(range(256)) * 20_000

    async def flood(shell: FakeShell) -> None:
        shell.say(body)
        shell.channel.exit(0)

    script = Script(answers={"do": flood})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts())
        sink = FakeSink()
        result = await session.run(Command(command="do"), sink)
        await session.close()
    assert (result.state, sink.data == body) == (CommandState.SUCCEEDED, True)
