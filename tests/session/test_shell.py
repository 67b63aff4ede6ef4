"""The prompt-driven session against a scripted device."""

import asyncio
from pathlib import Path

import pytest
from tests.session.fake_device import (
    PASSWORD,
    QUICK,
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
from paceline.model.secret import Secret
from paceline.model.states import CommandState
from paceline.session.base import CommandResult, SessionError

VERSION = b"Cisco IOS Software, Version 15.9\r\nr1 uptime is 1 week\r\n"


async def test_a_command_gives_its_output_alone_without_echo_and_prompt(tmp_path: Path) -> None:
    script = Script(banner=b"\r\n### Authorised use only ###\r\n", answers={"show version": VERSION})
    async with device(script) as port:
        ports, sink = FakePorts(), FakeSink()
        session = await factory(tmp_path, port).open(request(port), ports)
        result = await session.run(Command(command="show version"), sink)
        await session.close()
    assert (result.state, result.failure, result.is_in_step) == (CommandState.SUCCEEDED, None, True)
    assert sink.data == VERSION.replace(b"\r\n", b"\n")
    assert session.name_seen == "r1"
    assert script.lines == ["terminal length 0", "show version"]
    assert script.sizes == [(511, 0)]
    assert ports.steps == ["connect", "connect done", "login", "connected", "login done"]
    assert b"Authorised use only" in ports.said and b"show version" in ports.said


async def test_a_banner_that_looks_like_a_prompt_for_a_moment_is_none(tmp_path: Path) -> None:
    async def slow_banner(shell: FakeShell) -> None:
        shell.say(b"#################\r\nhost#")
        await asyncio.sleep(0.08)
        shell.say(b"12 of the lab: authorised use only #\r\n\r\n")

    async with device(Script(banner=slow_banner)) as port:
        session = await factory(tmp_path, port).open(request(port, platform("cisco_ios")), FakePorts())
        await session.close()
    assert session.name_seen == "r1"


async def run_one(
    tmp_path: Path, script: Script, command: str, *, ports: FakePorts | None = None, **changes: object
) -> tuple[CommandResult, FakeSink]:
    """Open, run one command, close."""
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, **changes), ports or FakePorts())  # type: ignore[arg-type]
        sink = FakeSink()
        result = await session.run(Command(command=command), sink)
        await session.close()
    return result, sink


async def test_a_pager_is_answered_and_leaves_no_trace(tmp_path: Path) -> None:
    async def paged(shell: FakeShell) -> None:
        shell.wants_keys = True
        for wiped in (b"\r         \r", b"\x08" * 9 + b" " * 9 + b"\x08" * 9):
            shell.say(b"line\r\n  indented\r\n --More-- ")
            assert await shell.keys.get() == b" "
            shell.say(wiped[:5])
            await asyncio.sleep(0.01)
            shell.say(wiped[5:] + b"  after\r\n")
        shell.wants_keys = False
        shell.say(b"r1#")

    result, sink = await run_one(tmp_path, Script(answers={"show run": paged}), "show run")
    assert result.state is CommandState.SUCCEEDED
    assert sink.data == b"line\n  indented\n  after\n" * 2


async def test_enable_reaches_the_privileged_prompt_and_its_secret_is_nowhere(tmp_path: Path) -> None:
    ports = FakePorts({"ask": Secret(PASSWORD), "env:ENABLE": Secret("enable-me")})
    script = Script(prompt=b"r1>", enable="enable-me", answers={"show clock": b"12:00\r\n"})
    result, sink = await run_one(tmp_path, script, "show clock", ports=ports, enable="env:ENABLE")
    assert (result.state, sink.data) == (CommandState.SUCCEEDED, b"12:00\n")
    assert b"enable" in ports.said
    assert b"enable-me" not in ports.said and PASSWORD.encode() not in ports.said


async def test_a_secret_that_the_device_echoes_stays_out_of_the_transcript(tmp_path: Path) -> None:
    async def leak(shell: FakeShell) -> None:
        typed = await shell.ask(b"Password: ")
        shell.say(typed.encode() + b"\r\n")
        shell.prompt = b"r1#"
        shell.say(b"r1#")

    ports = FakePorts({"ask": Secret(PASSWORD), "env:ENABLE": Secret("enable-me")})
    script = Script(prompt=b"r1>", answers={"enable": leak, "show clock": b"12:00\r\n"})
    result, _ = await run_one(tmp_path, script, "show clock", ports=ports, enable="env:ENABLE")
    assert result.state is CommandState.SUCCEEDED
    assert b"enable-me" not in ports.said
    assert b"12:00" in ports.said


async def test_a_refused_enable_ends_the_session_before_any_command(tmp_path: Path) -> None:
    ports = FakePorts({"ask": Secret(PASSWORD), "env:ENABLE": Secret("n0t-1t-either")})
    script = Script(prompt=b"r1>", enable="enable-me")
    with pytest.raises(SessionError) as failure:
        await run_one(tmp_path, script, "show clock", ports=ports, enable="env:ENABLE")
    assert failure.value.kind is FailureKind.ENABLE_REJECTED
    assert "n0t-1t-either" not in failure.value.message
    assert script.lines == ["enable"]


async def test_a_refused_paging_command_is_a_warning(tmp_path: Path) -> None:
    ports = FakePorts()
    script = Script(answers={"terminal length 0": b"% Authorization failed\r\n", "show clock": b"12:00\r\n"})
    result, _ = await run_one(tmp_path, script, "show clock", ports=ports)
    assert result.state is CommandState.SUCCEEDED
    assert ports.warnings == ['r1 refuses "terminal length 0": % Authorization failed']


async def test_a_refused_command_says_why(tmp_path: Path) -> None:
    result, sink = await run_one(tmp_path, Script(), "show nonsense")
    assert (result.state, result.failure) == (CommandState.REJECTED, FailureKind.COMMAND_REJECTED)
    assert result.reason == "% Invalid input detected at '^' marker."
    assert result.is_in_step
    assert b"% Invalid input" in sink.data


async def test_a_long_log_with_errors_in_it_is_no_refusal(tmp_path: Path) -> None:
    log = b"".join(b"line %d\r\n" % number for number in range(25)) + b"% Invalid input\r\n"
    result, _ = await run_one(tmp_path, Script(answers={"show log": log}), "show log")
    assert result.state is CommandState.SUCCEEDED


async def test_a_timeout_interrupts_and_the_next_command_is_in_step(tmp_path: Path) -> None:
    async def endless(shell: FakeShell) -> None:
        shell.say(b"some\r\n")
        await shell.interrupted.wait()
        shell.say(b"^C\r\nr1#")

    script = Script(answers={"show endless": endless, "show clock": b"12:00\r\n"})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port), FakePorts())
        first, second = FakeSink(), FakeSink()
        result = await session.run(Command(command="show endless", timeout_s=0.2), first)
        after = await session.run(Command(command="show clock"), second)
        await session.close()
    assert (result.state, result.failure) == (CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT)
    assert result.reason == "no prompt after 0.2 s, 8 bytes" and result.is_in_step
    assert first.data == b"some\n^C\n"
    assert (after.state, second.data) == (CommandState.SUCCEEDED, b"12:00\n")


async def test_a_timeout_in_a_job_that_may_change_devices_sends_nothing_and_closes(tmp_path: Path) -> None:
    async def endless(shell: FakeShell) -> None:
        shell.say(b"some\r\n")

    script = Script(answers={"write memory": endless})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, read_only=False), FakePorts())
        sink = FakeSink()
        result = await session.run(Command(command="write memory", timeout_s=0.2), sink)
        again = await session.run(Command(command="show clock"), FakeSink())
        await until(lambda: bool(script.lost))
        await session.close()
    assert (result.state, result.is_in_step, sink.data) == (CommandState.TIMED_OUT, False, b"some\n")
    assert not script.shells[0].interrupted.is_set()
    assert (again.state, again.is_in_step) == (CommandState.LOST, False)
    assert "show clock" not in script.lines


async def test_silence_ends_a_command_before_its_whole_time(tmp_path: Path) -> None:
    async def dots(shell: FakeShell) -> None:
        for _ in range(4):
            shell.say(b".")
            await asyncio.sleep(0.1)
        await shell.interrupted.wait()
        shell.say(b"\r\nr1#")

    quick = QUICK.model_copy(update={"command_idle_s": 0.3})
    result, sink = await run_one(tmp_path, Script(answers={"ping r2": dots}), "ping r2", timeouts=quick)
    assert (result.state, result.reason) == (CommandState.TIMED_OUT, "nothing for 0.3 s, 5 bytes")
    assert sink.data == b"....\n"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (b"Proceed with reload? [confirm]", "Proceed with reload? [confirm]"),
        (b"Are you sure? (yes/no) ", "Are you sure? (yes/no)"),
        (b"Delete? [y/N]: ", "Delete? [y/N]:"),
        (b"Password: ", "Password:"),
        (b"Destination filename [startup-config]? ", "Destination filename [startup-config]?"),
    ],
)
async def test_a_question_is_not_answered(tmp_path: Path, said: bytes, asked: str) -> None:
    async def ask(shell: FakeShell) -> None:
        shell.say(b"one\r\n" + said)

    script = Script(answers={"do it": ask})
    result, _ = await run_one(tmp_path, script, "do it")
    assert (result.state, result.failure, result.is_in_step) == (CommandState.REJECTED, FailureKind.QUESTION, False)
    assert result.reason == f'the device asks "{asked}"; not answered'
    assert script.lines[-1] == "do it"


async def test_a_line_that_may_be_a_question_waits_for_more(tmp_path: Path) -> None:
    async def pause(shell: FakeShell) -> None:
        shell.say(b"who is there?")
        await asyncio.sleep(0.1)
        shell.say(b" nobody\r\nr1#")

    result, sink = await run_one(tmp_path, Script(answers={"show who": pause}), "show who")
    assert (result.state, sink.data) == (CommandState.SUCCEEDED, b"who is there? nobody\n")


@pytest.mark.parametrize(("how", "kind"), [("exit", FailureKind.CLOSED), ("abort", FailureKind.LOST)])
async def test_an_end_in_the_middle_keeps_what_came(tmp_path: Path, how: str, kind: FailureKind) -> None:
    async def end(shell: FakeShell) -> None:
        shell.say(b"half of it\r\n and")
        await asyncio.sleep(0.02)
        if how == "exit":
            shell.channel.exit(0)
        else:
            shell.script.connections[0].abort()

    result, sink = await run_one(tmp_path, Script(answers={"show run": end}), "show run")
    assert (result.state, result.failure, result.is_in_step) == (CommandState.LOST, kind, False)
    assert sink.data == b"half of it\n and"
    assert "after 15 bytes" in result.reason


async def test_a_disconnect_with_a_code_names_it(tmp_path: Path) -> None:
    async def end(shell: FakeShell) -> None:
        # Without closing the channels first, as a device does whose SSH has run into an error.
        shell.script.connections[0]._send_disconnect(2, "bad packet", "en")

    result, _ = await run_one(tmp_path, Script(answers={"show run": end}), "show run")
    assert (result.state, result.failure) == (CommandState.LOST, FailureKind.PROTOCOL)
    assert "code 2: bad packet" in result.reason


async def test_a_cancelled_command_closes_its_connection(tmp_path: Path) -> None:
    async def endless(shell: FakeShell) -> None:
        shell.say(b"some\r\n")

    script = Script(answers={"show endless": endless})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port), FakePorts())
        running = asyncio.create_task(session.run(Command(command="show endless"), FakeSink()))
        await until(lambda: "show endless" in script.lines)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await until(lambda: bool(script.lost))
        await session.close()
    assert script.shells[0].channel.is_closing()


async def test_five_megabytes_are_exact(tmp_path: Path) -> None:
    body = b"".join(b"%07d interface Ethernet%d is up # r1\r\n" % (n, n % 97) for n in range(130_000))

    async def flood(shell: FakeShell) -> None:
        shell.say(body)
        shell.say(b"r1#")

    result, sink = await run_one(tmp_path, Script(answers={"show all": flood}), "show all")
    assert len(body) > 5_000_000
    assert result.state is CommandState.SUCCEEDED
    assert sink.data == body.replace(b"\r\n", b"\n")


async def test_late_bytes_belong_to_the_command_before(tmp_path: Path) -> None:
    async def early_prompt(shell: FakeShell) -> None:
        shell.say(b"first\r\nr1#")
        await asyncio.sleep(0.15)
        shell.say(b"\r\nand late\r\nr1#")

    script = Script(answers={"show slow": early_prompt, "show clock": b"12:00\r\n"})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port), FakePorts())
        first, second = FakeSink(), FakeSink()
        await session.run(Command(command="show slow"), first)
        await asyncio.sleep(0.15)
        result = await session.run(Command(command="show clock"), second)
        await session.close()
    assert (first.data, first.late_data) == (b"first\n", b"\nand late\n")
    assert (result.state, second.data, second.late_data) == (CommandState.SUCCEEDED, b"12:00\n", b"")


async def test_late_bytes_of_the_last_command_reach_it_at_the_close(tmp_path: Path) -> None:
    async def early_prompt(shell: FakeShell) -> None:
        shell.say(b"first\r\nr1#")
        await asyncio.sleep(0.1)
        shell.say(b"late\r\nr1#")

    ports = FakePorts()
    async with device(Script(answers={"show slow": early_prompt})) as port:
        session = await factory(tmp_path, port).open(request(port), ports)
        sink = FakeSink()
        await session.run(Command(command="show slow"), sink)
        await until(lambda: b"late" in ports.said)
        await session.close()
    assert (sink.data, sink.late_data) == (b"first\n", b"late\n")


async def test_the_prompt_of_another_host_in_the_output_is_output(tmp_path: Path) -> None:
    async def nested(shell: FakeShell) -> None:
        shell.say(b"the other end shows\r\nr2#")
        await asyncio.sleep(0.15)
        shell.say(b"\r\nr1(config)#")
        await asyncio.sleep(0.01)
        shell.say(b"\r\nr1#")

    patient = platform("cisco_ios", quiet_s=0.1)
    result, sink = await run_one(tmp_path, Script(answers={"show log": nested}), "show log", to=patient)
    assert (result.state, sink.data) == (CommandState.SUCCEEDED, b"the other end shows\nr2#\nr1(config)#\n")


async def test_a_device_that_does_not_echo_is_read_all_the_same(tmp_path: Path) -> None:
    script = Script(echoes=False, answers={"show clock": b"12:00\r\n"})
    ios = platform("cisco_ios", paging_off=[])
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, ios), FakePorts())
        sink = FakeSink()
        result = await session.run(Command(command="show clock"), sink)
        await session.close()
    assert (result.state, sink.data) == (CommandState.SUCCEEDED, b"12:00\n")


async def test_no_prompt_shows_what_came_instead(tmp_path: Path) -> None:
    with pytest.raises(SessionError) as failure:
        await run_one(tmp_path, Script(prompt=b"\r\nPress RETURN to get started."), "show clock")
    assert failure.value.kind is FailureKind.NO_PROMPT
    assert failure.value.message == 'r1: no prompt in 0.6 s after the login; last bytes "Press RETURN to get started."'


async def test_a_refused_terminal_is_told(tmp_path: Path) -> None:
    script = Script(grants_terminal=False)
    async with device(script) as port:
        with pytest.raises(SessionError) as failure:
            await factory(tmp_path, port).open(request(port), FakePorts())
        await until(lambda: len(script.lost) == 1)
    assert failure.value.kind is FailureKind.SHELL_REFUSED
