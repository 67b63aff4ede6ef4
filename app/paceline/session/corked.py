"""asyncssh's connection without two of its costs: a system call per packet, and log lines that nobody reads.

What this touches of asyncssh's inside stands here alone; tests/session/test_corked.py fails when a release changes it.
"""

import asyncio
from typing import Any

import asyncssh
from asyncssh.logging import SSHLogger


class _Corked(asyncio.Transport):
    """Gathers writes until the loop's next turn. Halves the sends of a session, its dearest part."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(bytes(data))

    def _flush(self) -> None:
        if self._waiting:
            data, self._waiting = b"".join(self._waiting), []
            self._transport.write(data)

    def abort(self) -> None:
        """Cut the connection; what was written before goes out first, as without this class."""
        self._flush()
        self._transport.abort()

    def close(self) -> None:
        """Close the connection once all is sent."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closing or closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the transport knows of itself."""
        return self._transport.get_extra_info(name, default)


class _QuietLogger(SSHLogger):
    """Looks whether anyone listens before it formats; asyncssh's own formats every argument of every line first."""

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log what is logged at this level."""
        if self.isEnabledFor(level):
            super().log(level, msg, *args, **kwargs)


class CorkedConnection(asyncssh.SSHClientConnection):
    """asyncssh's connection on a corked transport."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Its channels' loggers are children of this one, and made of its class.
        self._logger.__class__ = _QuietLogger

    def log_sent_packet(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: it would describe each packet for a debug level that Paceline never sets."""

    def log_received_packet(self, *args: Any, **kwargs: Any) -> None:
        """Nothing, likewise."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands: put the cork in."""
        super().connection_made(_Corked(transport) if isinstance(transport, asyncio.Transport) else transport)
