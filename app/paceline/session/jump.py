"""One SSH connection to a jump host, and the sockets through it: each device's bytes in a channel of their own."""

import asyncio
import socket
from typing import cast

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_UNKNOWN_CHANNEL_TYPE

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError
from paceline.session.connect import end
from paceline.session.dial import no_more_files
from paceline.session.failures import jump_lost, one_line

OPENS_AT_ONCE = 32
"""Channels that a jump host is asked for at once. Each makes it connect: a burst of hundreds looks like a scan."""

_Opening = asyncio.Task[tuple[asyncssh.SSHTCPChannel[bytes], asyncssh.SSHTCPSession[bytes]]]

_FORBIDDEN = (OPEN_ADMINISTRATIVELY_PROHIBITED, OPEN_UNKNOWN_CHANNEL_TYPE)


class SshJump:
    """A jump host that has let us in."""

    def __init__(self, name: str, connection: asyncssh.SSHClientConnection) -> None:
        self._name, self._connection = name, connection
        self._room = asyncio.Semaphore(OPENS_AT_ONCE)
        self._openings: set[_Opening] = set()
        """Kept, or a task that nobody waits for any more could vanish."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._connection.is_closed()

    async def wait_lost(self) -> None:
        """Return once it has ended."""
        await self._connection.wait_closed()

    async def close(self) -> None:
        """End it: close, wait 2 s, abort."""
        await end(self._connection, politely=True)

    async def dial(self, address: str, port: int, timeout_s: float) -> socket.socket:
        """A socket whose other end the jump host connects to `address`. Raises SessionError."""
        async with self._room:
            try:
                ours, theirs = socket.socketpair()
            except OSError as error:
                raise no_more_files(f"{address}:{port}") from error
            ours.setblocking(False)
            theirs.setblocking(False)
            try:
                async with asyncio.timeout(timeout_s):
                    await self._pipe(theirs, address, port)
            except BaseException as error:
                ours.close()
                theirs.close()
                if isinstance(error, asyncssh.Error | OSError):
                    raise self._failure(error, f"{address}:{port}", timeout_s) from error
                raise
            return ours

    async def _pipe(self, sock: socket.socket, address: str, port: int) -> None:
        """Connect `sock` with a new channel. Cancelled, it leaves nobody with a channel that opens later."""
        opening = asyncio.create_task(self._connection.create_connection(_Outlet, address, port))
        self._openings.add(opening)
        opening.add_done_callback(self._openings.discard)
        try:
            _, outlet = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise
        inlet = _Inlet(cast(_Outlet, outlet))
        try:
            await asyncio.get_running_loop().create_connection(lambda: inlet, sock=sock)
        except BaseException:
            cast(_Outlet, outlet).end()
            raise

    def _failure(self, error: Exception, where: str, timeout_s: float) -> SessionError:
        if self.is_lost:
            return jump_lost(self._name)
        if isinstance(error, TimeoutError):
            return SessionError(
                FailureKind.CONNECT_TIMEOUT,
                f"{where}: no TCP answer in {timeout_s:g} s through jump {self._name}: firewall?",
            )
        if isinstance(error, asyncssh.ChannelOpenError):
            said = one_line(error.reason)
            if error.code in _FORBIDDEN:
                return SessionError(
                    FailureKind.JUMP_FORBIDDEN, f"jump {self._name} does not forward to {where}: {said or 'prohibited'}"
                )
            return SessionError(
                FailureKind.JUMP_TARGET, f"jump {self._name} cannot reach {where}: {said or 'no reason given'}"
            )
        return SessionError(
            FailureKind.JUMP_FAILED, f"jump {self._name}: no way through to {where}: {one_line(str(error))}"
        )


def _close_unwanted(opening: "_Opening") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].abort()


class _Outlet(asyncssh.SSHTCPSession[bytes]):
    """The channel's end: what comes out of it goes to the socket."""

    def __init__(self) -> None:
        self.channel: asyncssh.SSHTCPChannel[bytes]
        self._inlet: _Inlet | None = None
        self._early: list[bytes] = []
        self._has_ended = False

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        """The channel is open."""
        self.channel = chan

    def join(self, inlet: "_Inlet") -> None:
        """The socket is there: hand on what came before it."""
        self._inlet = inlet
        for data in self._early:
            inlet.transport.write(data)
        self._early.clear()
        if self._has_ended:
            inlet.transport.close()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """To the socket."""
        if self._inlet is None:
            self._early.append(data)
        else:
            self._inlet.transport.write(data)

    def eof_received(self) -> bool:
        """The device sends no more: a session that ends so is over."""
        self._end_socket()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel has ended."""
        self._end_socket()

    def _end_socket(self) -> None:
        self._has_ended = True
        if self._inlet is not None:
            # Closes once what was written has gone out.
            self._inlet.transport.close()

    def pause_writing(self) -> None:
        """The channel is full: leave the rest in the socket."""
        if self._inlet is not None and not self._inlet.transport.is_closing():
            self._inlet.transport.pause_reading()

    def resume_writing(self) -> None:
        """It has room again."""
        if self._inlet is not None and not self._inlet.transport.is_closing():
            self._inlet.transport.resume_reading()

    def end(self) -> None:
        """The socket has ended: so has the channel."""
        self.channel.close()


class _Inlet(asyncio.Protocol):
    """The socket's end: what comes out of it goes to the channel.

    The channel is never told to wait: a session reads its socket on the same loop, and a channel that waits drops what
    it holds when the device closes.
    """

    def __init__(self, outlet: _Outlet) -> None:
        self._outlet = outlet
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is watched."""
        self.transport = cast(asyncio.Transport, transport)
        self._outlet.join(self)

    def data_received(self, data: bytes) -> None:
        """To the channel."""
        if not self._outlet.channel.is_closing():
            self._outlet.channel.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever had the other end has closed it."""
        self._outlet.end()
