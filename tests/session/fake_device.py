"""A scripted device on loopback, in process: prompts, pagers, delays, cuts, questions, logins of every kind."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from tests.session.fake_ports import PASSWORD as PASSWORD
from tests.session.fake_ports import FakePorts as FakePorts
from tests.session.fake_ports import FakeSink as FakeSink

from paceline.model.device import Device
from paceline.model.job import Credential, Timeouts
from paceline.model.platform import Platform
from paceline.session.base import SessionRequest
from paceline.session.connect import Probe
from paceline.session.factory import SshSessionFactory

PLATFORMS = Path(__file__).parents[2] / "configs" / "platforms"
QUICK = Timeouts(connect_s=2, login_s=2, prompt_s=0.6, command_idle_s=2, command_s=3)

Answer = bytes | Callable[["FakeShell"], Awaitable[None]]


def platform(name: str, **changes: object) -> Platform:
    """A shipped platform, read as it is."""
    data = tomllib.loads((PLATFORMS / f"{name}.toml").read_text(encoding="utf-8"))
    return Platform.model_validate(data | changes)


@dataclass(frozen=True)
class Round:
    """One round of keyboard-interactive: each prompt, whether it is shown, the right answers."""

    prompts: Sequence[tuple[str, bool]]
    answers: Sequence[str] = ()
    instruction: str = ""


@dataclass
class Script:
    """What the device is and does. Answers end in CR LF by themselves; the prompt follows."""

    prompt: bytes = b"r1#"
    banner: Answer = b""
    """What comes before the first prompt."""
    answers: dict[str, Answer] = field(default_factory=dict)
    password: str = PASSWORD
    kbdint: Sequence[str] = ()
    """Prompts of keyboard-interactive; none: the method is not offered."""
    rounds: Sequence["Round"] = ()
    """Rounds of keyboard-interactive, instead of `kbdint`."""
    second_factor: bool = False
    """A key or a password is one proof of two: keyboard-interactive must follow."""
    has_password_method: bool = True
    must_change_password: bool = False
    auth_banner: str = ""
    login_delay_s: float = 0.0
    refuse_login_with: int = 0
    """A disconnect code sent instead of judging the password."""
    cut_at_login: bool = False
    authorized: tuple[asyncssh.SSHKey, ...] = ()
    keys_allowed: int = 0
    """Keys that may be tried before the device ends the login, as MaxAuthTries does; 0: any number."""
    grants_terminal: bool = True
    echoes: bool = True
    enable: str = ""
    """The enable secret; the prompt must then end in `>`."""
    logins_begun: int = 0
    users: list[str] = field(default_factory=list)
    failed_passwords: int = 0
    failed_rounds: int = 0
    replies: list[tuple[str, ...]] = field(default_factory=list)
    """What each round was answered with."""
    keys_offered: int = 0
    lines: list[str] = field(default_factory=list)
    """Every line the device received."""
    signals: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    shells: list["FakeShell"] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    forwards: Callable[[str, int], Awaitable[int]] | None = None
    """For a jump host: the port on loopback where a device is. Raises ChannelOpenError."""
    forwarded: list[tuple[str, int]] = field(default_factory=list)
    """Where it was asked to connect to."""
    lost: list[Exception | None] = field(default_factory=list)
    """One entry per connection that has ended."""


class FakeShell(asyncssh.SSHServerSession[bytes]):
    """One channel on the device."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.prompt = script.prompt
        self.command = ""
        self._typed = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self.channel: asyncssh.SSHServerChannel[bytes]
        self.hidden: asyncio.Future[str] | None = None
        """Set while the device reads a line without echo."""
        self.interrupted = asyncio.Event()
        self.keys: asyncio.Queue[bytes] = asyncio.Queue()
        self.wants_keys = False

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self.channel = chan
        self.script.shells.append(self)

    def pty_requested(self, term_type: str | None, term_size: object, term_modes: object) -> bool:
        if isinstance(term_size, tuple):
            self.script.sizes.append((term_size[0], term_size[1]))
        return self.script.grants_terminal

    def shell_requested(self) -> bool:
        return self.script.grants_terminal

    def exec_requested(self, command: str) -> bool:
        self.command = command
        return self.script.grants_terminal

    def signal_received(self, signal: str) -> None:
        self.script.signals.append(signal)

    def session_started(self) -> None:
        self.start(self._exec() if self.command else self._greet())

    def start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and not isinstance(task.exception(), BrokenPipeError):
            raise AssertionError("the fake device failed") from task.exception()

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks:
            task.cancel()

    def say(self, data: bytes) -> None:
        """Write to the terminal."""
        self.channel.write(data)

    async def _greet(self) -> None:
        if callable(self.script.banner):
            await self.script.banner(self)
        else:
            self.say(self.script.banner)
        self.say(self.prompt)

    async def _exec(self) -> None:
        self.script.lines.append(self.command)
        answer = self.script.answers.get(self.command, b"not found\n")
        if callable(answer):
            await answer(self)
        else:
            self.say(answer)
            self.channel.exit(0)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if b"\x03" in data:
            self.interrupted.set()
            data = data.replace(b"\x03", b"").replace(b"\x1e", b"")
        if self.wants_keys:
            self.keys.put_nowait(data)
            return
        self._typed += data.replace(b"\r", b"\n")
        while b"\n" in self._typed:
            line, _, self._typed = self._typed.partition(b"\n")
            self._line(line.decode())

    def _line(self, line: str) -> None:
        if self.hidden is not None:
            self.hidden.set_result(line)
            self.hidden = None
            return
        self.script.lines.append(line)
        self.start(self._answer(line))

    async def _answer(self, line: str) -> None:
        if self.script.echoes:
            self.say(line.encode() + b"\r\n")
        if line == "enable" and self.script.enable:
            await self._enable()
        else:
            answer = self.script.answers.get(line, b"" if line.startswith(("terminal", "set cli")) else None)
            if answer is None:
                answer = b"         ^\r\n% Invalid input detected at '^' marker.\r\n"
            if callable(answer):
                await answer(self)
                return
            self.say(answer)
        self.say(self.prompt)

    async def _enable(self) -> None:
        if await self.ask(b"Password: ") == self.script.enable:
            self.prompt = self.prompt.replace(b">", b"#")
        else:
            self.say(b"% Access denied\r\n")

    async def ask(self, prompt: bytes) -> str:
        """Read one line without echo."""
        hidden = self.hidden = asyncio.get_running_loop().create_future()
        self.say(prompt)
        line: str = await hidden
        self.say(b"\r\n")
        return line


class _Server(asyncssh.SSHServer):
    def __init__(self, script: Script) -> None:
        self._script = script
        self._connection: asyncssh.SSHServerConnection
        self._round = 0
        self._is_half_in = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        if self._script.second_factor:
            # asyncssh's server knows no second factor: its first success becomes a partial one.
            succeed = conn.send_userauth_success

            async def half() -> None:
                self._is_half_in = True
                conn.send_userauth_success = succeed  # type: ignore[method-assign]
                conn.send_userauth_failure(True)

            conn.send_userauth_success = half  # type: ignore[method-assign]
        self._script.connections.append(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._script.lost.append(exc)

    async def begin_auth(self, username: str) -> bool:
        self._script.logins_begun += 1
        self._script.users.append(username)
        if self._script.auth_banner:
            self._connection.send_auth_banner(self._script.auth_banner)
        await asyncio.sleep(self._script.login_delay_s)
        return True

    def public_key_auth_supported(self) -> bool:
        return bool(self._script.authorized) and not self._is_half_in

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._script.keys_offered += 1
        if 0 < self._script.keys_allowed < self._script.keys_offered:
            self._connection.disconnect(2, "Too many authentication failures")
            return False
        return any(key.public_data == known.public_data for known in self._script.authorized)

    def password_auth_supported(self) -> bool:
        return self._script.has_password_method and not self._is_half_in

    def validate_password(self, username: str, password: str) -> bool:
        return self._judge(password)

    def _judge(self, password: str) -> bool:
        if self._script.refuse_login_with:
            self._connection.disconnect(self._script.refuse_login_with, "no more of this")
            return False
        if self._script.cut_at_login:
            self._connection.abort()
            return False
        if self._script.must_change_password:
            raise asyncssh.PasswordChangeRequired("Choose a new password")
        if password != self._script.password:
            self._script.failed_passwords += 1
            return False
        return True

    def kbdint_auth_supported(self) -> bool:
        return bool(self._script.kbdint or self._script.rounds) and (self._is_half_in or not self._script.second_factor)

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        if self._script.rounds:
            self._round = 0
            return self._challenge()
        return "", "", "", [(prompt, False) for prompt in self._script.kbdint]

    def _challenge(self) -> tuple[str, str, str, list[tuple[str, bool]]]:
        now = self._script.rounds[self._round]
        return "", now.instruction, "", list(now.prompts)

    def validate_kbdint_response(
        self, username: str, responses: Sequence[str]
    ) -> bool | tuple[str, str, str, list[tuple[str, bool]]]:
        if not self._script.rounds:
            return self._judge(responses[0])
        self._script.replies.append(tuple(responses))
        if tuple(responses) != tuple(self._script.rounds[self._round].answers):
            self._script.failed_rounds += 1
            return False
        self._round += 1
        return self._round == len(self._script.rounds) or self._challenge()

    def session_requested(self) -> FakeShell:
        return FakeShell(self._script)

    async def connection_requested(  # type: ignore[override]
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> object:
        self._script.forwarded.append((dest_host, dest_port))
        if self._script.forwards is None:
            return False
        port = await self._script.forwards(dest_host, dest_port)
        return await self._connection.forward_connection("127.0.0.1", port)


HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
"""The devices' host key; made anew for each run of the tests."""


@asynccontextmanager
async def device(script: Script, key: asyncssh.SSHKey | list[Any] = HOST_KEY, **options: Any) -> AsyncIterator[int]:
    """The device, listening; gives its port."""
    acceptor = await asyncssh.create_server(
        lambda: _Server(script),
        "127.0.0.1",
        0,
        server_host_keys=key,
        encoding=None,
        line_editor=False,
        **options,
    )
    try:
        yield acceptor.get_port()
    finally:
        for connection in script.connections:
            connection.abort()
        acceptor.close()
        await acceptor.wait_closed()


@asynccontextmanager
async def socket_server(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A plain TCP server; gives its port."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def until(is_so: Callable[[], bool], limit_s: float = 2.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(limit_s):
        while not is_so():  # noqa: ASYNC110 - what is waited for lies in other objects
            await asyncio.sleep(0.005)


def request(port: int, to: Platform | None = None, *, timeouts: Timeouts = QUICK, **changes: object) -> SessionRequest:
    """A request for the device on `port`. `changes` go to the device or to the credential, whoever knows the field."""
    device_fields = {"name": "r1", "address": "127.0.0.1", "port": port}
    credential_fields = {"username": "netops", "password": "ask"}
    read_only = bool(changes.pop("read_only", True))
    for name, value in changes.items():
        target = credential_fields if name in ("username", "password", "key_file", "enable") else device_fields
        target[name] = value  # type: ignore[assignment]
    return SessionRequest(
        Device.model_validate(device_fields),
        to or platform("cisco_ios", quiet_s=0.02),
        Credential.model_validate(credential_fields),
        timeouts,
        read_only,
    )


def factory(folder: Path, port: int | None, key: asyncssh.SSHKey = HOST_KEY, **options: object) -> SshSessionFactory:
    """A factory that knows the device's key (under its address and port), unless `port` is None."""
    known = folder / "known_hosts"
    if port is not None:
        line = f"[127.0.0.1]:{port} {key.export_public_key('openssh').decode().strip()}\n"
        known.write_text(line, encoding="utf-8")
        known.chmod(0o600)
    return SshSessionFactory(
        [known],
        folder / "own_known_hosts",
        probe=Probe(pause_s=0.01, read_s=0.2),
        **options,  # type: ignore[arg-type]
    )
