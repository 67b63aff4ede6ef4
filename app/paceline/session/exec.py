"""The exec session: one SSH channel and one exit status per command, no prompt at all."""

import asyncio
import contextlib
from dataclasses import dataclass

import asyncssh

from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.base import CommandResult, OutputSink, SessionPorts, SessionRequest
from paceline.session.brake import Brake
from paceline.session.connect import KEEPALIVE_S, end
from paceline.session.failures import one_line
from paceline.session.guess import guess_platform
from paceline.session.outcome import broken, failed

_REASON_BYTES = 4_096
"""Bytes of stderr's beginning, and of the output's end, kept for the reason of a failure."""


class _Channel(asyncssh.SSHClientSession[bytes]):
    """One command's channel: stdout and stderr into the sink in the order they come."""

    def __init__(self, sink: OutputSink, ports: SessionPorts) -> None:
        self._sink, self._write = sink, sink.write
        self._brake: Brake | None = None
        self._transcript = ports.transcript
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self.size = 0
        self.heard_at = self._loop.time()
        self.status: int | None = None
        self.signal = ""
        self.error: Exception | None = None
        self._stderr = b""
        self._last = b""

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._brake = Brake(chan, self._note_life)

    def _note_life(self) -> None:
        self.heard_at = self._loop.time()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self._note_life()
        self.size += len(data)
        self._transcript(data)
        self._write(data)
        if datatype is not None:
            if len(self._stderr) < _REASON_BYTES:
                self._stderr += data[:_REASON_BYTES]
        else:
            self._last = data[-_REASON_BYTES:] if len(data) > _REASON_BYTES else (self._last + data)[-_REASON_BYTES:]
        if self._sink.is_behind and self._brake is not None:
            self._brake.press(self._sink)

    def exit_status_received(self, status: int) -> None:
        self.status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self.signal = signal

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        if self._brake is not None:
            self._brake.drop()
        if not self.done.done():
            self.done.set_result(None)

    @property
    def reason(self) -> str:
        """The first line of stderr, else the last line of the output, else the bare status."""
        lines = self._last.decode("utf-8", "replace").splitlines()
        shown = one_line(self._stderr.decode("utf-8", "replace")) or next(
            (found for line in reversed(lines) if (found := one_line(line))), ""
        )
        ended = f"ended by signal {self.signal}" if self.signal else f"exit status {self.status}"
        return f"{shown} ({ended})" if shown else ended


@dataclass(slots=True)
class ExecSession:
    """Commands on one connection, one channel each."""

    _connection: asyncssh.SSHClientConnection
    _request: SessionRequest
    _ports: SessionPorts
    _unusable: bool = False

    @property
    def platform_guess(self) -> str:
        """By the SSH server alone: nothing greets on these channels."""
        server = str(self._connection.get_extra_info("server_version", ""))
        return "" if self._request.device.platform else guess_platform(server, "", "")

    @property
    def name_seen(self) -> str:
        """Empty: there is no prompt."""
        return ""

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """Run one command on a channel of its own. See the protocol."""
        if self._unusable or self._connection.is_closed():
            return broken(None, self._connection, is_closed=False, size=0)
        total_s = command.timeout_s or self._request.timeouts.command_s
        channel = _Channel(sink, self._ports)
        self._connection.set_keepalive(0)
        try:
            return await self._run(command.command, channel, total_s)
        except asyncio.CancelledError:
            self._unusable = True
            self._connection.abort()
            raise
        finally:
            if not self._unusable:
                self._connection.set_keepalive(KEEPALIVE_S)

    async def _run(self, line: str, channel: _Channel, total_s: float) -> CommandResult:
        raw: asyncssh.SSHClientChannel[bytes] | None = None
        silence = _Silence(channel, self._request.timeouts.command_idle_s)
        try:
            async with asyncio.timeout(total_s) as limit:
                silence.watch(limit)
                raw, _ = await self._connection.create_session(lambda: channel, line, request_pty=False, encoding=None)
                raw.write_eof()
                await channel.done
        except TimeoutError:
            waited = f"nothing for {silence.limit_s:g} s" if silence.is_over else f"not ended after {total_s:g} s"
            return self._timed_out(waited, raw, channel)
        except asyncssh.ChannelOpenError as error:
            return self._not_opened(error, channel)
        except (asyncssh.DisconnectError, OSError) as error:
            self._unusable = True
            return broken(error, self._connection, is_closed=False, size=channel.size)
        finally:
            silence.stop()
        return self._result(channel)

    def _result(self, channel: _Channel) -> CommandResult:
        if channel.error is not None or (self._connection.is_closed() and channel.status is None):
            self._unusable = True
            return broken(channel.error, self._connection, is_closed=channel.error is None, size=channel.size)
        if channel.status or channel.signal:
            return CommandResult(
                CommandState.REJECTED, FailureKind.COMMAND_REJECTED, channel.reason, exit_status=channel.status
            )
        return CommandResult(CommandState.SUCCEEDED, exit_status=channel.status)

    def _timed_out(self, waited: str, raw: asyncssh.SSHClientChannel[bytes] | None, channel: _Channel) -> CommandResult:
        """Only this command's channel is in doubt: in a job that only reads the connection serves the next one."""
        if self._request.read_only and raw is not None:
            with contextlib.suppress(OSError):  # it may just have ended by itself
                raw.send_signal("INT")
            raw.close()
        else:
            self._unusable = True
            self._connection.abort()
        return CommandResult(
            CommandState.TIMED_OUT,
            FailureKind.COMMAND_TIMEOUT,
            f"{waited}, {channel.size} bytes",
            is_in_step=not self._unusable,
        )

    def _not_opened(self, error: asyncssh.ChannelOpenError, channel: _Channel) -> CommandResult:
        if self._connection.is_closed() or channel.error is not None:
            self._unusable = True
            return broken(channel.error, self._connection, is_closed=False, size=channel.size)
        name = self._request.device.name
        return failed(CommandState.REJECTED, FailureKind.SHELL_REFUSED, f"{name} grants no channel (code {error.code})")

    async def close(self) -> None:
        """End the conversation."""
        self._unusable = True
        await end(self._connection, politely=True)


class _Silence:
    """Brings a timeout forward when a channel has given nothing for `limit_s`. One timer, moved only when it fires."""

    def __init__(self, channel: _Channel, limit_s: float) -> None:
        self.limit_s = limit_s
        self.is_over = False
        self._channel = channel
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, limit: asyncio.Timeout) -> None:
        """Begin."""
        self._arm(limit, self.limit_s)

    def _arm(self, limit: asyncio.Timeout, delay_s: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._check, limit)

    def _check(self, limit: asyncio.Timeout) -> None:
        now = asyncio.get_running_loop().time()
        left_s = self._channel.heard_at + self.limit_s - now
        if left_s <= 0:
            self.is_over = True
            limit.reschedule(now)
        else:
            self._arm(limit, left_s)

    def stop(self) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
