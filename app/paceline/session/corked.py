"""asyncssh's connection for hundreds of sessions at once: fewer system calls, packets, timers and unread log lines.

What this touches of asyncssh's inside stands here alone; tests/session/test_corked.py fails when a release changes it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh
from asyncssh.channel import SSHChannel
from asyncssh.constants import (
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_FIRST,
    MSG_CHANNEL_LAST,
    MSG_IGNORE,
    MSG_UNIMPLEMENTED,
    MSG_USERAUTH_FAILURE,
)
from asyncssh.crypto import cipher as ciphers
from asyncssh.crypto.cipher import GCMCipher
from asyncssh.encryption import Encryption, GCMEncryption
from asyncssh.logging import SSHLogger
from asyncssh.packet import PacketDecodeError, SSHPacket, SSHPacketLogger

from paceline.session.exchanges import first_auth
from paceline.session.login import LoginClient

_TRUE = b"\x01"


_TIMER_SLACK_S = 0.001
_GCM_MARK = 16
_READ_BYTES = 32_768
"""Set aside for each read; asyncio's 256 KB cost ten times the system call that fills them with a few words."""


class _Corked(asyncio.Transport):
    """Gathers writes until the loop has nothing left to do but to wait, where the loop tells, else to its next turn.

    Leaves less than half of the sends of a session, its dearest part.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        loop = asyncio.get_running_loop()
        # See engine/loop.py.
        self._later: Callable[[Callable[[], object]], object] = getattr(loop, "before_waiting", loop.call_soon)
        self._waiting: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` soon."""
        if not self._waiting:
            self._later(self._flush)
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


def _say_nothing(*args: Any, **kwargs: Any) -> None:
    """In place of a description of each packet, for a debug level that Paceline never sets."""


# In the class: each kind of packet has a handler of its own that logs, and asyncssh makes them.
SSHPacketLogger.log_sent_packet = SSHPacketLogger.log_received_packet = _say_nothing  # type: ignore[method-assign]


class _KeptGcm(GCMCipher):
    """AES-GCM that keeps its key schedule and its counter; asyncssh's own makes both anew for each packet."""

    def __init__(self, cipher_name: str, key: bytes, iv: bytes) -> None:
        super().__init__(cipher_name, key, iv)
        self._aead = ciphers.AESGCM(key)  # type: ignore[attr-defined]
        self._fixed, self._count = iv[:4], int.from_bytes(iv[4:], "big")

    def _next_iv(self) -> bytes:
        iv = self._fixed + self._count.to_bytes(8, "big")
        self._count = (self._count + 1) & 0xFFFFFFFFFFFFFFFF
        return iv

    def encrypt_and_sign(self, header: bytes, data: bytes) -> tuple[bytes, bytes]:
        """The packet behind its length, and its mark."""
        sealed: bytes = self._aead.encrypt(self._next_iv(), data, header)
        return header + sealed[:-_GCM_MARK], sealed[-_GCM_MARK:]

    def verify_and_decrypt(self, header: bytes, data: bytes, mac: bytes) -> bytes | None:
        """The packet, or None where the mark is not its."""
        try:
            opened: bytes = self._aead.decrypt(self._next_iv(), data + mac if mac else data, header)
        except ciphers.InvalidTag:  # type: ignore[attr-defined]
            return None
        return opened


# Where asyncssh's own GCMEncryption looks its cipher up.
asyncssh.encryption.GCMCipher = _KeptGcm  # type: ignore[attr-defined]


class _Opened(Encryption):
    """Stands in for a connection's encryption while asyncssh takes in one packet that is open already."""

    def __init__(self, connection: "CorkedConnection", encryption: Encryption, opened: bytes | None) -> None:
        self._connection, self._encryption, self._opened = connection, encryption, opened

    def decrypt_header(self, seq: int, first_block: bytes, header_len: int) -> tuple[bytes, bytes]:
        """Under GCM the length stands open."""
        return first_block, first_block[:header_len]

    def decrypt_packet(self, seq: int, first: bytes, rest: bytes, header_len: int, mac: bytes) -> bytes | None:
        """The packet, once."""
        self._connection._recv_encryption = self._encryption
        return self._opened


class CorkedConnection(asyncssh.SSHClientConnection):
    """asyncssh's connection on a corked transport."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heard_at = float("-inf")
        self._heard: SSHChannel[Any] | None = None
        self._words: list[bytes] = []
        self._words_size = 0
        # Its channels' loggers are children of this one, and made of its class.
        self._logger.__class__ = _QuietLogger

    def _note_failure(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        """A proof was not enough. Where it was taken all the same, tell who logs in, which asyncssh does not."""
        if packet.get_remaining_payload()[-1:] == _TRUE and isinstance(self._owner, LoginClient):
            self._owner.partly_accepted()
        self._process_userauth_failure(pkttype, pktid, packet)

    _packet_handlers = {  # noqa: RUF012 - as asyncssh has it, which changes nothing of it
        **asyncssh.SSHClientConnection._packet_handlers,
        MSG_USERAUTH_FAILURE: _note_failure,
    }

    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        """Send a packet, but none of the empty ones that asyncssh puts before each.

        They keep an eavesdropper who can choose what is sent from knowing the next block's initial vector, which only
        CBC lays open (RFC 4251, 9.3.1).
        """
        if pkttype != MSG_IGNORE or self._is_cbc():
            super().send_packet(pkttype, *args, handler=handler)

    def try_next_auth(self, *, next_method: bool = False) -> None:
        """Go on with the login; its first step may be the last."""
        if self._auth is None and self._auth_methods == [b"none"]:
            self._auth = first_auth(self, self._preferred_auth, self._client_keys)
            if self._auth is not None:
                return
        super().try_next_auth(next_method=next_method)

    def _is_cbc(self) -> bool:
        return self._enc_alg_cs.endswith(b"-cbc")

    def _recv_pkthdr(self) -> bool:
        """Take in packets: those of a channel under GCM here, any other as asyncssh does.

        asyncssh cuts each packet out piece by piece, moves all that follows it, and asks of each what only those of a
        handshake can be.
        """
        encryption, data, begin = self._recv_encryption, self._inpbuf, 0
        if type(encryption) is not GCMEncryption or not self._auth_complete or self._decompressor is not None:
            return super()._recv_pkthdr()
        while True:
            end = begin + 4 + int.from_bytes(data[begin : begin + 4], "big")
            whole = end + self._recv_macsize
            if len(data) < whole or end - begin > self._max_recv_pktlen:
                return self._leave_to_asyncssh(data[begin:])
            opened = encryption._cipher.verify_and_decrypt(data[begin : begin + 4], data[begin + 4 : whole], b"")
            channel = self._channels.get(int.from_bytes(opened[2:6], "big")) if opened else None
            if channel is None or opened is None or not MSG_CHANNEL_FIRST <= opened[1] <= MSG_CHANNEL_LAST:
                self._recv_encryption = _Opened(self, encryption, opened)
                return self._leave_to_asyncssh(data[begin:])
            kind, body, begin = opened[1], opened[6 : len(opened) - opened[0]], whole
            if kind == MSG_CHANNEL_DATA and begin < len(data) and self._keep(channel, body):
                self._finish_recv_packet(kind, self._recv_seq)
                continue
            self._inpbuf = data[begin:]
            self._give(channel, kind, body)
            if not self._inpbuf:
                self._hand_over()
            self._finish_recv_packet(kind, self._recv_seq)
            return True

    def _leave_to_asyncssh(self, data: bytes) -> bool:
        self._inpbuf = data
        self._hand_over()
        return super()._recv_pkthdr()

    def _keep(self, channel: "SSHChannel[Any]", body: bytes) -> bool:
        """Keep data until it is known what follows it at once; False where it is more than the channel may get."""
        if channel._recv_state != "open":
            return False
        if channel is not self._heard:
            self._hand_over()
        size = int.from_bytes(body[:4], "big")
        if size != len(body) - 4 or self._words_size + size > channel._recv_window:
            return False
        self._heard = channel
        self._words.append(body[4:])
        self._words_size += size
        return True

    def _give(self, channel: "SSHChannel[Any]", kind: int, body: bytes) -> None:
        """Hand a packet's body to its channel; data waits for what follows it at once."""
        if kind == MSG_CHANNEL_DATA and self._keep(channel, body):
            return
        self._hand_over()
        try:
            is_known = channel.process_packet(kind, self._recv_seq, SSHPacket(body))
        except PacketDecodeError as error:
            raise asyncssh.ProtocolError(str(error)) from None
        if not is_known:
            self.send_packet(MSG_UNIMPLEMENTED, self._recv_seq.to_bytes(4, "big"))

    def _hand_over(self) -> None:
        """Give a channel its data: what came in one read, in one piece."""
        channel = self._heard
        if channel is not None:
            data, self._words, self._words_size, self._heard = b"".join(self._words), [], 0, None
            channel._accept_data(data)

    def set_keepalive(self, *args: Any, **kwargs: Any) -> None:
        """As asyncssh does; a timer of the interval before counts no more."""
        self._cancel_keepalive_timer()
        super().set_keepalive(*args, **kwargs)

    def _reset_keepalive_timer(self) -> None:
        """Note that the device lives; asyncssh makes a new timer each time anything comes."""
        self._heard_at = self._loop.time()
        if self._keepalive_timer is None:
            super()._reset_keepalive_timer()

    def _keepalive_timer_callback(self) -> None:
        """Ask whether the device lives, if nothing has come since the timer was made."""
        left_s = self._heard_at + self._keepalive_interval - self._loop.time()
        if left_s > _TIMER_SLACK_S:
            self._keepalive_timer = self._loop.call_later(left_s, self._keepalive_timer_callback)
        else:
            self._heard_at = float("-inf")
            super()._keepalive_timer_callback()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands: put the cork in."""
        if hasattr(transport, "max_size"):
            transport.max_size = _READ_BYTES
        super().connection_made(_Corked(transport) if isinstance(transport, asyncio.Transport) else transport)
