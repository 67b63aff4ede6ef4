"""One attempt on a device with a fault, through the real factory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
from tests.session.fake_device import (
    HOST_KEY,
    PASSWORD,
    factory,
    platform,
    request,
    until,
)
from tests.session.opening import LINUX, open_sockets_to

from paceline.engine.attempt import run_attempt
from paceline.engine.facts import AttemptReport, AttemptRequest, Fact, HasEnded
from paceline.engine.ports import Sink
from paceline.engine.verdict import AttemptEnd
from paceline.model.failure import FailureKind
from paceline.model.job import Command, Timeouts
from paceline.model.platform import Platform
from paceline.model.secret import MissingSecretError, Secret
from paceline.session.base import Jump, LoginQuestion, PermitKind
from paceline.session.dial import Dial, dial
from paceline.store.memory import MemorySink

IOS = platform("cisco_ios", quiet_s=0.02, paging_off=[])
PATIENT = Timeouts(connect_s=20, login_s=20, prompt_s=20, command_idle_s=20, command_s=20)
NOBODYS_ADDRESS = "127.255.255.255"
"""Loopback's broadcast address: the kernel has no route for TCP to it."""


def impatient(**timeouts: float) -> Timeouts:
    """Timeouts of which only the named ones are short: what ends in time ended by these."""
    return PATIENT.model_copy(update=timeouts)


@dataclass
class Ports:
    """The engine's side of an attempt."""

    secrets: dict[str, Secret] = field(default_factory=lambda: {"ask": Secret(PASSWORD)})
    agent_path: str = ""
    hook: Callable[[Fact], Awaitable[None]] | None = None
    sink: Callable[[int], Sink] | None = None
    facts: list[Fact] = field(default_factory=list)
    said: bytes = b""
    sinks: list[Sink] = field(default_factory=list)

    async def emit(self, fact: Fact) -> None:
        self.facts.append(fact)
        if self.hook is not None:
            await self.hook(fact)

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def output(self, index: int) -> Sink:
        self.sinks.append(MemorySink() if self.sink is None else self.sink(index))
        return self.sinks[-1]

    def secret(self, reference: str) -> Secret:
        if reference not in self.secrets:
            raise MissingSecretError(reference)
        return self.secrets[reference]

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        return None

    async def jump(self) -> Jump:
        raise AssertionError("no device here is behind a jump host")

    def transcript(self, data: bytes) -> None:
        self.said += data

    def warn(self, text: str) -> None: ...


@dataclass
class Fault:
    """A device with a fault, ready to be met: how to reach it, and what to ask of it."""

    port: int
    platform: Platform = LINUX
    commands: Sequence[Command] = (Command(command="show clock"),)
    timeouts: Timeouts = PATIENT
    changes: dict[str, object] = field(default_factory=dict)
    """Fields of the device or the credential."""
    read_only: bool = True
    ports: Ports = field(default_factory=Ports)
    key: asyncssh.SSHKey | None = HOST_KEY
    """What is recorded as its host key; None: nothing is."""
    known_hosts: str = ""
    """More lines of known hosts."""
    dial: Dial = dial
    meanwhile: Callable[["asyncio.Task[AttemptReport]"], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Met:
    """How an attempt on a faulty device went."""

    report: AttemptReport | None
    """None: it was cancelled."""
    ended: list[HasEnded]
    ports: Ports
    end: AttemptEnd


Condition = Callable[[Path], AbstractAsyncContextManager[Fault]]


async def meet(folder: Path, fault: Fault) -> Met:
    """One attempt through the real factory, to its end; nothing stays open."""
    asked = request(fault.port, fault.platform, timeouts=fault.timeouts, **fault.changes)
    recorded = None if fault.key is None else fault.port
    made = factory(folder, recorded, fault.key or HOST_KEY, dial=fault.dial)
    if fault.known_hosts:
        own = folder / "own_known_hosts"
        own.write_text(fault.known_hosts, encoding="utf-8")
        own.chmod(0o600)
    attempt = AttemptRequest(
        "j", asked.device, 1, tuple(fault.commands), asked.platform, asked.timeouts, asked.credential, fault.read_only
    )
    others = set(open_sockets_to(fault.port))
    async with asyncio.timeout(15):
        task = asyncio.create_task(run_attempt(attempt, fault.ports, made))
        if fault.meanwhile is not None:
            await fault.meanwhile(task)
        report: AttemptReport | None = None
        try:
            report = await task
        except asyncio.CancelledError:
            assert task.cancelled()
        await until(lambda: set(open_sockets_to(fault.port)) <= others)
    ended = [fact for fact in fault.ports.facts if isinstance(fact, HasEnded)]
    states = report.commands if report else tuple(fact.state for fact in ended)
    kind = report.failure if report else FailureKind.CANCELLED
    return Met(report, ended, fault.ports, AttemptEnd(states, len(fault.commands), kind, is_cancelled=report is None))
