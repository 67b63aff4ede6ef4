"""Fewer exchanges with a device than asyncssh makes: two less for a login by key, one less for a terminal.

Each costs the round trip, and together they are a fifth of what a session's loop has to read.
tests/session/test_exchanges.py counts them, and fails when a release of asyncssh changes what this leans on.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncssh
from asyncssh.auth import ClientAuth, _ClientPublicKeyAuth
from asyncssh.channel import SSHClientChannel
from asyncssh.public_key import SSHLocalKeyPair


class SignedAtOnce(_ClientPublicKeyAuth):
    """Signs with its key without asking first whether the device would take it (RFC 4252, 7)."""

    async def _start(self) -> None:
        self._keypair = await self._conn.public_key_auth_requested()
        if self._keypair is None:
            self._conn.try_next_auth(next_method=True)
        else:
            await self._send_signed_request()


def first_auth(
    connection: asyncssh.SSHClientConnection, methods: Sequence[bytes] | None, keys: Sequence[asyncssh.SSHKeyPair]
) -> ClientAuth | None:
    """How to begin a login that one key alone may open: without the question which methods there are, and signed.

    None where there is a choice: what may follow a key (a code) is none. A key of an agent is asked about first, as
    signing with it may need a person.
    """
    wanted = [method for method in methods or () if method != b"keyboard-interactive"]
    is_plain = wanted == [b"publickey"] and len(keys) == 1 and isinstance(keys[0], SSHLocalKeyPair)
    return SignedAtOnce(connection, b"publickey") if is_plain else None


class _TerminalChannel(SSHClientChannel[bytes]):
    """Asks for the terminal and the shell in it in one go, as OpenSSH's client does."""

    _terminal: asyncio.Future[bool] | None = None

    async def _make_request(self, request: bytes, *args: bytes) -> bool | None:
        if request == b"pty-req" and self._send_chan is not None:
            self._terminal = self._loop.create_future()
            # So that asyncio does not complain where the connection breaks before anyone waits for it.
            self._terminal.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._request_waiters.append(self._terminal)
            self._send_request(request, *args, want_reply=True)
            return True
        has_shell = await super()._make_request(request, *args)
        return has_shell and (self._terminal is None or await self._terminal)


async def open_terminal(
    connection: asyncssh.SSHClientConnection,
    session: asyncssh.SSHClientSession[bytes],
    term_type: str,
    size: tuple[int, int],
) -> None:
    """A shell of bytes in a terminal. Raises what `create_session` raises, ChannelOpenError without either."""
    options: Any = connection._options
    connection._update_recv_pktlen(options.max_pktsize)
    channel = _TerminalChannel(
        connection, connection._loop, "replace", None, "strict", options.window, options.max_pktsize
    )
    await channel.create(
        lambda: session, None, None, {}, True, term_type, size, {}, False, None, None, False, False
    )  # fmt: skip
