"""One system call for what SSH writes in one go: asyncssh writes each packet, and a filler before it, by itself."""

import asyncio
from typing import Any

import asyncssh


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


class CorkedConnection(asyncssh.SSHClientConnection):
    """asyncssh's connection on a corked transport."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands: put the cork in."""
        super().connection_made(_Corked(transport) if isinstance(transport, asyncio.Transport) else transport)
