"""Sessions that follow a script instead of a network: for tests, previews and screenshots."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.base import (
    CommandResult,
    JumpRequest,
    LoginPrompt,
    LoginQuestion,
    OutputSink,
    SessionError,
    SessionPorts,
    SessionRequest,
)


@dataclass(frozen=True, slots=True)
class Script:
    """How one device behaves. Durations in seconds."""

    connect_s: float = 0.0
    login_s: float = 0.0
    command_s: float = 1.0
    failures: Mapping[int, FailureKind] = field(default_factory=dict)
    """Attempt number to the kind that ends it before a command; 0 stands for every attempt."""
    results: Mapping[str, CommandResult] = field(default_factory=dict)
    """Command text to how it ends; what is not named succeeds."""
    hangs_on: str = ""
    """A command that never ends by itself."""
    asks: tuple[str, ...] = ()
    """Prompts of a second factor; what is answered is noted in `log`."""
    output: bytes = b"ok\n"
    legacy: tuple[str, ...] = ()
    """Words of old algorithms that its connection rests on."""
    new_key: str = ""
    """The fingerprint of its host key, where nothing is recorded; it counts for devices that may be new."""
    platform_guess: str = ""
    name: str | None = None
    """What it calls itself; None: as the inventory does."""


_AT_LOGIN = (
    FailureKind.AUTH_REJECTED,
    FailureKind.AUTH_TIMEOUT,
    FailureKind.AUTH_TOO_MANY,
    FailureKind.CODE_NEEDED,
    FailureKind.PASSWORD_EXPIRED,
)
_AFTER_LOGIN = (FailureKind.ENABLE_REJECTED, FailureKind.NO_PROMPT, FailureKind.SHELL_REFUSED)


class ScriptedSessions:
    """A SessionFactory over scripts. `log` holds (seconds, device, what) of everything that reached a device."""

    def __init__(self, scripts: Mapping[str, Script] | None = None, default: Script | None = None) -> None:
        self._scripts = dict(scripts or {})
        self._default = default or Script()
        self._attempts: dict[str, int] = {}
        self.log: list[tuple[float, str, str]] = []
        self.jumps: dict[str, ScriptedJump] = {}
        """The latest connection to each jump host."""
        self.open_now = 0
        self.most_open = 0

    async def open(self, request: SessionRequest, ports: SessionPorts) -> "ScriptedSession":
        """Behave as the script of the device says. Raises SessionError."""
        name = request.device.name
        script = self._scripts.get(name, self._default)
        attempt = self._attempts[name] = self._attempts.get(name, 0) + 1
        self.note(name, "connect")
        failure = script.failures.get(attempt) or script.failures.get(0)
        if request.device.jump:
            await ports.jump()
        await asyncio.sleep(script.connect_s)
        if failure is not None and failure not in (*_AT_LOGIN, *_AFTER_LOGIN):
            raise SessionError(failure, f"scripted: {failure.value}")
        async with ports.permit("connect"):
            await ports.connected(script.legacy)
        async with ports.permit("login"):
            self.note(name, "login")
            await asyncio.sleep(script.login_s)
            if script.asks:
                await self._ask(request, ports, script.asks)
            if failure in _AT_LOGIN:
                raise SessionError(failure, f"scripted: {failure.value}")
            if script.new_key and request.device.accept_new_key:
                await ports.key_accepted("ssh-ed25519", script.new_key)
        if failure is not None:
            raise SessionError(failure, f"scripted: {failure.value}")
        return ScriptedSession(self, script, name)

    async def _ask(self, request: SessionRequest | JumpRequest, ports: SessionPorts, prompts: tuple[str, ...]) -> None:
        limit_s, lines = request.timeouts.login_s, tuple(LoginPrompt(prompt, False) for prompt in prompts)
        question = LoginQuestion(request.credential.username, "", "Second factor", lines, limit_s)
        try:
            async with asyncio.timeout(limit_s):
                answers = await ports.ask(question)
        except TimeoutError:
            answers = None
        if answers is None:
            raise SessionError(FailureKind.CODE_NEEDED, "scripted: code_needed")
        self.note(request.device.name, f"told {' '.join(answer.reveal() for answer in answers)}")

    async def open_jump(self, request: JumpRequest, ports: SessionPorts) -> "ScriptedJump":
        """A jump host that behaves as the script of its name says. Raises SessionError."""
        name = request.device.name
        script = self._scripts.get(name, self._default)
        attempt = self._attempts[name] = self._attempts.get(name, 0) + 1
        self.note(name, "connect")
        failure = script.failures.get(attempt) or script.failures.get(0)
        await asyncio.sleep(script.connect_s)
        if failure is not None and failure not in _AT_LOGIN:
            raise SessionError(failure, f"scripted: {failure.value}")
        async with ports.permit("connect"):
            pass
        async with ports.permit("login"):
            self.note(name, "login")
            await asyncio.sleep(script.login_s)
            if script.asks:
                await self._ask(request, ports, script.asks)
            if failure is not None:
                raise SessionError(failure, f"scripted: {failure.value}")
        jump = self.jumps[name] = ScriptedJump(self, name)
        return jump

    def note(self, device: str, what: str) -> None:
        """Log what reached a device."""
        self.log.append((asyncio.get_running_loop().time(), device, what))


class ScriptedJump:
    """One scripted connection to a jump host."""

    def __init__(self, factory: ScriptedSessions, name: str) -> None:
        self._factory, self._name = factory, name
        self._ended = asyncio.Event()

    @property
    def is_lost(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    async def dial(self, address: str, port: int, timeout_s: float) -> socket.socket:
        """Scripted sessions pass through no socket."""
        raise NotImplementedError

    async def wait_lost(self) -> None:
        """Return once it has ended."""
        await self._ended.wait()

    async def close(self) -> None:
        """End it."""
        self.lose()

    def lose(self) -> None:
        """The connection ends."""
        if not self.is_lost:
            self._ended.set()
            self._factory.note(self._name, "close")


class ScriptedSession:
    """One scripted conversation."""

    def __init__(self, factory: ScriptedSessions, script: Script, name: str) -> None:
        self._factory, self._script, self._name = factory, script, name
        self._is_open = True
        factory.open_now += 1
        factory.most_open = max(factory.most_open, factory.open_now)

    @property
    def platform_guess(self) -> str:
        """As scripted."""
        return self._script.platform_guess

    @property
    def name_seen(self) -> str:
        """What the device calls itself."""
        return self._name if self._script.name is None else self._script.name

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """Take the scripted time, print the scripted output, end as scripted."""
        self._factory.note(self._name, command.command)
        if command.command == self._script.hangs_on:
            await asyncio.Event().wait()
        await asyncio.sleep(self._script.command_s)
        result = self._script.results.get(command.command) or CommandResult(CommandState.SUCCEEDED)
        sink.write(self._script.output)
        return result

    async def close(self) -> None:
        """Close once."""
        if self._is_open:
            self._is_open = False
            self._factory.open_now -= 1
            self._factory.note(self._name, "close")
