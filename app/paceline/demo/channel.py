"""An SSH channel with a simulated device's terminal, or one command, behind it."""

import asyncio
from collections.abc import Callable, Mapping

import asyncssh

from paceline.demo.terminal import Terminal


class DeviceSession(asyncssh.SSHServerSession[bytes]):
    """Carries bytes between an SSH channel and a Terminal, and ends with either."""

    def __init__(self, make: Callable[["DeviceSession"], Terminal], conn: asyncssh.SSHServerConnection) -> None:
        self._terminal = make(self)
        self._conn = conn
        self._command: str | None = None
        self._has_terminal = False
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, chan: "asyncssh.SSHServerChannel[bytes]") -> None:
        """The channel is open."""
        self._channel = chan

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        """Take the client's rows for the pager; none means the usual."""
        self._has_terminal = True
        self._terminal.rows = term_size[1] or self._terminal.rows
        return True

    def shell_requested(self) -> bool:
        """Always."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Always: routers take single commands, too."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Begin to talk."""
        self._task = asyncio.get_running_loop().create_task(self._talk())

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keys."""
        self._terminal.keyboard.feed(data)

    def eof_received(self) -> bool:
        """No more keys; what is being answered still goes out."""
        if self._command is None:
            self._terminal.keyboard.close()
        return True

    def signal_received(self, signal: str) -> None:
        """An interrupt by signal is the key."""
        if signal == "INT":
            self._terminal.keyboard.feed(b"\x03")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: stop at once."""
        if self._task is not None:
            self._task.cancel()

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        if not self._channel.is_closing():
            self._channel.write(data)

    def cut(self) -> None:
        """Drop the connection."""
        self._conn.abort()

    async def _talk(self) -> None:
        if self._command is None:
            status = await self._terminal.converse()
        else:
            status = await self._terminal.execute(self._command, has_terminal=self._has_terminal)
        if not self._channel.is_closing():
            self._channel.exit(status)
