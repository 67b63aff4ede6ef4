"""What can go wrong with a device, produced for real on loopback: a condition each."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import asyncssh
from tests.session.fake_device import (
    HOST_KEY,
    PASSWORD,
    FakeShell,
    Script,
    device,
    socket_server,
    until,
)
from tests.session.meeting import IOS, NOBODYS_ADDRESS, PATIENT, Fault, Ports, impatient
from tests.session.opening import open_sockets_to
from tests.session.test_agent import agent

from paceline.engine.facts import AttemptReport, Fact, WasLoggedIn, WillSend
from paceline.model.job import Command, Timeouts
from paceline.model.secret import Secret
from paceline.model.time import now
from paceline.session import options
from paceline.session.dial import dial
from paceline.store.memory import MemorySink
from paceline.store.outputs import Outputs
from paceline.store.writer import Writer

# -- before SSH ---------------------------------------------------------------------------------------


@asynccontextmanager
async def unknown_name(folder: Path) -> AsyncIterator[Fault]:
    async def resolve(name: str, port: int) -> Sequence[str]:
        # The resolver's own answer to a name, without asking the network.
        found = await asyncio.get_running_loop().getaddrinfo(name, port, flags=socket.AI_NUMERICHOST)
        return [str(entry[4][0]) for entry in found]

    yield Fault(22, changes={"address": "r1.invalid"}, dial=partial(dial, resolve=resolve))


@asynccontextmanager
async def closed_port(folder: Path) -> AsyncIterator[Fault]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield Fault(bound.getsockname()[1])


@asynccontextmanager
async def unroutable(folder: Path) -> AsyncIterator[Fault]:
    yield Fault(22, changes={"address": NOBODYS_ADDRESS})


@asynccontextmanager
async def full_backlog(folder: Path) -> AsyncIterator[Fault]:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield Fault(full.getsockname()[1], timeouts=impatient(connect_s=0.3))
        for filler in fillers:
            filler.close()


@asynccontextmanager
async def says(text: bytes, *, hold: bool, timeouts: Timeouts = PATIENT) -> AsyncIterator[Fault]:
    """A TCP service that says `text`, then holds the line or closes it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        if hold:
            await reader.read()
        writer.close()

    async with socket_server(handle) as port:
        yield Fault(port, timeouts=timeouts)


def silent(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return says(b"", hold=True, timeouts=impatient(connect_s=0.3))


def stuck_key_exchange(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return says(b"SSH-2.0-slow\r\n", hold=True, timeouts=impatient(connect_s=0.3))


def busy_line(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return says(b"\r\nAll VTY lines are in use\r\n", hold=False)


def session_limit(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return says(b"", hold=False)


def ssh_1(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return says(b"SSH-1.5-Cisco-1.25\n", hold=True)


# -- up to the login ----------------------------------------------------------------------------------


@asynccontextmanager
async def old_ciphers(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script(), encryption_algs=["3des-cbc"]) as port:
        yield Fault(port)


@asynccontextmanager
async def new_host_key(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, key=None)


@asynccontextmanager
async def other_host_key(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, key=asyncssh.generate_private_key("ssh-ed25519"))


@asynccontextmanager
async def revoked_host_key(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, known_hosts=f"@revoked * {HOST_KEY.export_public_key('openssh').decode()}")


@asynccontextmanager
async def lost_key_file(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, changes={"password": "", "key_file": str(folder / "gone")})


@asynccontextmanager
async def wrong_password(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, ports=Ports({"ask": Secret("not-this-one")}))


@asynccontextmanager
async def eight_agent_keys(folder: Path) -> AsyncIterator[Fault]:
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(8)]
    async with agent(folder, keys) as path, device(Script(authorized=tuple(keys[7:]), keys_allowed=6)) as port:
        yield Fault(port, changes={"password": "agent"}, ports=Ports({}, path))


@asynccontextmanager
async def slow_aaa(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script(login_delay_s=30)) as port:
        yield Fault(port, timeouts=impatient(login_s=0.3))


@asynccontextmanager
async def old_password(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script(must_change_password=True)) as port:
        yield Fault(port)


# -- up to the first command --------------------------------------------------------------------------


@asynccontextmanager
async def shell(script: Script, **fields: object) -> AsyncIterator[Fault]:
    """A device with a prompt."""
    async with device(script) as port:
        yield Fault(port, IOS, **fields)  # type: ignore[arg-type]


def no_terminal(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(grants_terminal=False))


def strange_prompt(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(prompt=b"Press RETURN to get started."), timeouts=impatient(prompt_s=0.3))


async def _say_goodbye(terminal: FakeShell) -> None:
    terminal.say(b"Too many users\r\n")
    terminal.channel.exit(0)


def closed_at_the_prompt(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(prompt=b"", banner=_say_goodbye))


@asynccontextmanager
async def wrong_enable(folder: Path) -> AsyncIterator[Fault]:
    ports = Ports({"ask": Secret(PASSWORD), "env:ENABLE": Secret("not-1t-either")})
    script = Script(prompt=b"r1>", enable="another-one")
    async with shell(script, ports=ports, changes={"enable": "env:ENABLE"}) as fault:
        yield fault


ANSWERS: dict[str, bytes] = {"show clock": b"12:00\r\n"}


def another_name(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(prompt=b"r9#", answers=dict(ANSWERS)))


def another_name_and_changes(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(prompt=b"r9#", answers=dict(ANSWERS)), read_only=False)


# -- commands -----------------------------------------------------------------------------------------


def unknown_command(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(), commands=(Command(command="show nonsense"),))


async def _hang(terminal: FakeShell) -> None:
    terminal.say(b"some of it\r\n")
    await terminal.interrupted.wait()
    terminal.say(b"^C\r\nr1#")


def hanging(
    timeouts: Timeouts = PATIENT, timeout_s: float | None = None, *, read_only: bool = True
) -> AbstractAsyncContextManager[Fault]:
    """A command that never ends by itself; only what is given here is short."""
    commands = (Command(command="show tech", timeout_s=timeout_s),)
    return shell(Script(answers={"show tech": _hang}), timeouts=timeouts, commands=commands, read_only=read_only)


async def _ask(terminal: FakeShell) -> None:
    terminal.say(b"Proceed with reload? [confirm]")


def asks(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(answers={"show clock": _ask}))


LARGE = b"".join(b"%08d interface Ethernet%d is up\r\n" % (number, number % 96) for number in range(60_000))


@asynccontextmanager
async def large_output(folder: Path) -> AsyncIterator[Fault]:
    """Two megabytes where memory may hold a quarter of one; written to disk by the real writer."""
    writer = Writer()
    outputs = Outputs(folder / "jobs", writer, now, memory_bytes=250_000)
    ports = Ports(sink=lambda index: outputs.sink("j", "r1", 1, index, "show clock"))
    try:
        async with shell(Script(answers={"show clock": LARGE}), ports=ports) as fault:
            yield fault
    finally:
        await writer.close()


def cut_off(folder: Path, *, read_only: bool = True) -> AbstractAsyncContextManager[Fault]:
    ports = Ports()

    async def cut(terminal: FakeShell) -> None:
        terminal.say(b"half of it")
        await until(lambda: b"half of it" in ports.said)
        terminal.script.connections[0].abort()

    return shell(Script(answers={"show clock": cut}), read_only=read_only, ports=ports)


def cut_off_while_changing(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return cut_off(folder, read_only=False)


async def _leave(terminal: FakeShell) -> None:
    terminal.say(b"bye\r\n")
    terminal.channel.exit(0)


def closed_session(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(answers={"show clock": _leave}))


async def _disconnect(terminal: FakeShell) -> None:
    # Without closing its channels first, as a device does whose SSH has run into an error.
    terminal.script.connections[0]._send_disconnect(5, "MAC error", "en")


def broken_ssh(folder: Path) -> AbstractAsyncContextManager[Fault]:
    return shell(Script(answers={"show clock": _disconnect}))


@asynccontextmanager
async def frozen(folder: Path) -> AsyncIterator[Fault]:
    """A device that stops reading between two commands, and keepalives that soon notice."""
    script = Script(answers=dict(ANSWERS))
    with mock.patch.object(options, "KEEPALIVE_S", 0.02):
        async with shell(script) as fault:

            async def freeze(fact: Fact) -> None:
                if isinstance(fact, WasLoggedIn):
                    transport = script.connections[0]._transport
                    assert isinstance(transport, asyncio.Transport)
                    transport.pause_reading()
                if isinstance(fact, WillSend):
                    await until(lambda: not open_sockets_to(fault.port))

            fault.ports.hook = freeze
            yield fault


@asynccontextmanager
async def cancelling(folder: Path) -> AsyncIterator[Fault]:
    script = Script(answers={"show tech": _hang})
    async with shell(script, commands=(Command(command="show tech"),)) as fault:

        async def cancel(task: "asyncio.Task[AttemptReport]") -> None:
            await until(lambda: b"some of it" in fault.ports.said)
            task.cancel()

        fault.meanwhile = cancel
        yield fault


# -- bugs of ours -------------------------------------------------------------------------------------


class BuggyPorts(Ports):
    """Ports with a bug where a secret is asked for."""

    def secret(self, reference: str) -> Secret:
        raise RuntimeError("a bug")


class BuggySink(MemorySink):
    """A sink with a bug."""

    def write(self, data: bytes) -> None:
        raise RuntimeError("a bug")


@asynccontextmanager
async def bug_at_the_login(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script()) as port:
        yield Fault(port, ports=BuggyPorts())


def bug_in_a_command(folder: Path) -> AbstractAsyncContextManager[Fault]:
    # In a callback of the loop, where nobody but the loop would hear of it.
    return shell(Script(answers=dict(ANSWERS)), ports=Ports(sink=lambda _: BuggySink()))


@asynccontextmanager
async def bug_in_a_channel(folder: Path) -> AsyncIterator[Fault]:
    async with device(Script(answers={"show clock": b"12:00\n"})) as port:
        yield Fault(port, ports=Ports(sink=lambda _: BuggySink()))
