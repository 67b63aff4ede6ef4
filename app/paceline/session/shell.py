"""The prompt-driven session: one terminal, one command after the other, never out of step."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.masking import mask_text
from paceline.model.platform import Enable
from paceline.model.secret import MissingSecretError
from paceline.model.states import CommandState
from paceline.session.base import CommandResult, OutputSink, SessionError, SessionPorts, SessionRequest
from paceline.session.connect import KEEPALIVE_S, end
from paceline.session.exchanges import open_terminal
from paceline.session.failures import one_line
from paceline.session.guess import guess_platform
from paceline.session.outcome import broken, failed
from paceline.session.prompts import Patterns
from paceline.session.reader import NoSink, Reader, plain_late
from paceline.session.terminal import End, Terminal

_logger = logging.getLogger(__name__)

_TERMINAL = "vt100"
_COLUMNS, _ROWS = 511, 0
"""A terminal so wide that no line wraps, and without rows, which keeps many pagers quiet."""

_FIRST_PROMPT_QUIET = 3
"""The first prompt is waited out so many times longer: a banner may pause where it looks like one."""

_DRAIN_S = 3.0
_SHOWN_LAST = 80
"""Characters of what came last that a failure tells."""
"""How long an interrupted command may take to give its prompt back."""


@dataclass(slots=True)
class ShellSession:
    """One shell on one device. Made by `open_shell`."""

    _connection: asyncssh.SSHClientConnection
    _terminal: Terminal
    _patterns: Patterns
    _request: SessionRequest
    _ports: SessionPorts
    _token: str = ""
    _last_sink: OutputSink | None = None
    _unusable: str = ""
    platform_guess: str = ""

    @property
    def name_seen(self) -> str:
        """The host name of the first prompt."""
        return self._token

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """Send one command and read to the prompt. See the protocol."""
        if self._unusable or self._terminal.end is not None:
            return self._ended(self._terminal.end or End("lost", self._unusable), 0)
        timeouts = self._request.timeouts
        total_s = command.timeout_s or timeouts.command_s
        reader = Reader(self._patterns, self._token, sink, command=command.command, before=self._last_sink)
        # While a command runs its own timeouts decide: a busy control plane may miss keepalives.
        self._connection.set_keepalive(0)
        try:
            self._send_line(command.command)
            how = await self._terminal.read(reader, total_s, timeouts.command_idle_s)
            return await self._result(how, reader, total_s)
        except asyncio.CancelledError:
            self._unusable = "cancelled"
            self._connection.abort()
            reader.finish()
            raise
        finally:
            self._last_sink = sink
            if not self._unusable:
                self._connection.set_keepalive(KEEPALIVE_S)

    def _send_line(self, line: str) -> None:
        self._terminal.send((line + self._request.platform.newline).encode())

    async def _result(self, how: End, reader: Reader, total_s: float) -> CommandResult:
        if how.kind == "prompt":
            reader.finish(how.cut)
            refused = reader.refusal()
            if refused:
                return CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, one_line(refused, 240))
            return CommandResult(CommandState.SUCCEEDED)
        if how.kind == "question":
            reader.finish()
            self._unusable = "it waits for an answer"
            asked = one_line(how.text)
            return failed(CommandState.REJECTED, FailureKind.QUESTION, f'the device asks "{asked}"; not answered')
        if how.kind in ("closed", "lost"):
            reader.finish()
            return self._ended(how, reader.size)
        return await self._timed_out(how, reader, total_s)

    async def _timed_out(self, how: End, reader: Reader, total_s: float) -> CommandResult:
        """In a job that only reads: interrupt and come back to the prompt. In any other nothing is sent."""
        is_in_step = False
        if self._request.read_only:
            self._terminal.send(self._request.platform.interrupt.encode())
            drained = await self._terminal.read(reader, _DRAIN_S)
            is_in_step = drained.kind == "prompt"
            reader.finish(drained.cut if is_in_step else 0)
        else:
            reader.finish()
        if not is_in_step:
            self._unusable = "out of step after a timeout"
            self._connection.abort()
        silence_s = self._request.timeouts.command_idle_s
        waited = f"nothing for {silence_s:g} s" if how.kind == "silence" else f"no prompt after {total_s:g} s"
        return CommandResult(
            CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT, f"{waited}, {reader.size} bytes", is_in_step
        )

    def _ended(self, how: End, size: int) -> CommandResult:
        self._unusable = self._unusable or "the session has ended"
        return broken(self._terminal.error, self._connection, is_closed=how.kind == "closed", size=size)

    async def close(self) -> None:
        """End the conversation; what came after the last command goes to its sink."""
        late = plain_late(self._terminal.take_leftover(), self._patterns, self._token)
        if late and self._last_sink is not None:
            self._last_sink.late(late)
        self._unusable = self._unusable or "closed"
        await end(self._connection, politely=True)

    async def prepare(self) -> None:
        """From the terminal's opening to a privileged prompt with paging off. Raises SessionError."""
        reader = Reader(self._patterns, "", NoSink())
        first = await self._terminal.read(reader, self._request.timeouts.prompt_s, quiet_factor=_FIRST_PROMPT_QUIET)
        if first.kind != "prompt":
            raise self._no_prompt(first, "")
        self._token = first.host
        if not self._request.device.platform:
            server = str(self._connection.get_extra_info("server_version", ""))
            self.platform_guess = guess_platform(
                server, self._terminal.last_bytes.decode("utf-8", "replace"), first.text
            )
        if self._request.credential.enable and self._request.platform.enable is not None:
            await self._enable(first, self._request.platform.enable)
        for lines in self._request.platform.paging_off:
            await self._take_one_of((lines,) if isinstance(lines, str) else lines)

    async def _take_one_of(self, lines: Sequence[str]) -> None:
        """Send lines until the device takes one; that it takes none is a warning."""
        line = refused = ""
        for line in lines:
            answer, reader = await self._ask(line)
            if answer.kind != "prompt":
                raise self._no_prompt(answer, line)
            reader.finish(answer.cut)
            refused = reader.refusal()
            if not refused:
                return
        self._ports.warn(f'{self._request.device.name} refuses "{line}": {one_line(refused)}')

    async def _ask(self, line: str) -> tuple[End, Reader]:
        reader = Reader(self._patterns, self._token, NoSink(), command=line)
        self._send_line(line)
        return await self._terminal.read(reader, self._request.timeouts.prompt_s), reader

    async def _enable(self, prompt: End, enable: Enable) -> None:
        if self._patterns.is_privileged(prompt.text):
            return
        try:
            secret = self._ports.secret(self._request.credential.enable)
        except MissingSecretError as error:
            raise SessionError(
                FailureKind.CREDENTIAL_GONE, f"no enable secret at hand ({self._request.credential.enable})"
            ) from error
        answer, _ = await self._ask(enable.command)
        if answer.kind == "question" and self._patterns.is_password_prompt(answer.text):
            # From here to the next prompt nothing is written down: a device may echo what it should not.
            self._terminal.mute(is_muted=True)
            self._send_line(secret.reveal())
            reader = Reader(self._patterns, self._token, NoSink())
            answer = await self._terminal.read(reader, self._request.timeouts.prompt_s)
            self._terminal.mute(is_muted=answer.kind != "prompt")
        if answer.kind != "prompt" or not self._patterns.is_privileged(answer.text):
            why = {"timeout": "no answer", "closed": "it closed", "lost": "connection lost"}.get(answer.kind, "refused")
            raise SessionError(
                FailureKind.ENABLE_REJECTED, f"{self._request.device.name}: enable: {why}; not run unprivileged"
            )

    def _no_prompt(self, how: End, line: str) -> SessionError:
        name, after = self._request.device.name, f'after "{line}"' if line else "after the login"
        if how.kind in ("closed", "lost"):
            result = self._ended(how, 0)
            return SessionError(result.failure or FailureKind.LOST, f"{name}: {result.reason} {after}")
        # Masked before the line is cut out of what stands around it.
        last = mask_text(self._terminal.last_bytes.decode("utf-8", "replace")).rpartition("\n")[2]
        seen = one_line(last[-_SHOWN_LAST:]) or "nothing"
        if how.kind == "question":
            return SessionError(FailureKind.NO_PROMPT, f'{name}: no prompt {after}: the device asks "{seen}"')
        waited_s = self._request.timeouts.prompt_s
        return SessionError(FailureKind.NO_PROMPT, f'{name}: no prompt in {waited_s:g} s {after}; last bytes "{seen}"')


async def open_shell(
    connection: asyncssh.SSHClientConnection, request: SessionRequest, ports: SessionPorts, patterns: Patterns
) -> ShellSession:
    """A terminal on `connection`, at its prompt. Raises SessionError; the connection stays the caller's to close."""
    terminal = Terminal(ports.transcript)
    where, limit_s = request.device.name, request.timeouts.prompt_s
    try:
        async with asyncio.timeout(limit_s):
            await open_terminal(connection, terminal, _TERMINAL, (_COLUMNS, _ROWS))
    except asyncssh.ChannelOpenError as error:
        if connection.is_closed():
            raise SessionError(FailureKind.LOST, f"{where}: connection lost while its terminal opened") from error
        raise SessionError(FailureKind.SHELL_REFUSED, f"{where} grants no session or terminal") from error
    except TimeoutError as error:
        raise SessionError(FailureKind.SHELL_REFUSED, f"{where} grants no terminal in {limit_s:g} s") from error
    except (asyncssh.DisconnectError, OSError) as error:
        raise SessionError(FailureKind.LOST, f"{where}: connection lost while its terminal opened") from error
    session = ShellSession(connection, terminal, patterns, request, ports)
    await session.prepare()
    return session
