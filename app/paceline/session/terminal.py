"""The shell channel: bytes in through callbacks, looked at once a turn, one future per wait."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import asyncssh

from paceline.session.brake import Brake
from paceline.session.prompts import Sight
from paceline.session.reader import Reader

LAST_BYTES = 4096

EndKind = Literal["prompt", "question", "timeout", "silence", "closed", "lost"]


@dataclass(frozen=True, slots=True)
class End:
    """How a wait on the device ended."""

    kind: EndKind
    text: str = ""
    """The prompt or the question."""
    host: str = ""
    cut: int = 0
    """Bytes at the end of what was read that are the prompt."""


class Terminal(asyncssh.SSHClientSession[bytes]):
    """One terminal. Data that comes while nobody waits is kept as leftover, for the next one who does."""

    def __init__(self, transcript: Callable[[bytes], None]) -> None:
        self._transcript = transcript
        self._loop = asyncio.get_running_loop()
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._brake: Brake | None = None
        self._reader: Reader | None = None
        self._waiter: asyncio.Future[End] | None = None
        self._quiet: asyncio.TimerHandle | None = None
        self._quiet_factor = 1.0
        self._arrived: list[bytes] = []
        self._heard_at = self._loop.time()
        self._leftover = b""
        self._is_muted = False
        self.end: End | None = None
        """Set once the device or the network has ended the session."""
        self.error: Exception | None = None
        self._bug: Exception | None = None
        """What a port of ours raised: in a callback of the loop nobody would hear of it."""
        self.last_bytes = b""
        """Enough to tell whether the last of them are a secret: a private key has some lines."""

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = chan
        self._brake = Brake(chan, self._note_life)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """More from the device. Many write in small pieces: all that comes in one turn of the loop is one look."""
        if not self._arrived:
            self._loop.call_soon(self._take)
        self._arrived.append(data)
        self._break_quiet()

    def mute(self, *, is_muted: bool) -> None:
        """Mute from the sending of a secret to the next prompt: nothing of that is written down."""
        self._take()
        self._is_muted = is_muted

    def take_leftover(self) -> bytes:
        """What has come since the last wait ended; it is let go here."""
        self._take()
        data, self._leftover = self._leftover, b""
        return data

    def _break_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None

    def _take(self) -> None:
        """Look at what has arrived."""
        if not self._arrived:
            return
        data, self._arrived = b"".join(self._arrived), []
        try:
            self._look_at(data)
        except Exception as error:  # noqa: BLE001 - raised again where someone waits
            self._bug = error
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_exception(error)

    def _look_at(self, data: bytes) -> None:
        if not self._is_muted:
            self._transcript(data)
            self.last_bytes = data[-LAST_BYTES:] if len(data) >= LAST_BYTES else (self.last_bytes + data)[-LAST_BYTES:]
        reader = self._reader
        if reader is None:
            self._leftover += data
            return
        self._note_life()
        self._break_quiet()
        self._consider(reader.feed(data))
        if reader.sink.is_behind and self._brake is not None:
            self._brake.press(reader.sink)

    def _note_life(self) -> None:
        self._heard_at = self._loop.time()

    def _consider(self, sight: Sight | None) -> None:
        if sight is None:
            return
        if sight.kind == "pager":
            self.send(sight.answer)
        else:
            end = End(sight.kind, sight.text, sight.host, sight.cut)
            self._quiet = self._loop.call_later(sight.quiet_s * self._quiet_factor, self._settle, end)

    def eof_received(self) -> bool:
        """The device says no more."""
        self._over(End("closed"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone; `exc` tells a broken connection from a closed one."""
        self.error = exc
        self._over(End("closed" if exc is None else "lost"))
        self._channel = None
        if self._brake is not None:
            self._brake.drop()

    def _over(self, end: End) -> None:
        self._take()
        if self.end is None:
            self.end = end
            self._settle(end)

    def _settle(self, end: End) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(end)

    def send(self, data: bytes) -> None:
        """Write to the device; silently nothing once the channel is gone, `end` tells."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    async def read(
        self, reader: Reader, total_s: float, silence_s: float | None = None, quiet_factor: float = 1.0
    ) -> End:
        """Feed `reader` until a prompt or question stands, the session ends, or time is up (`total_s` in all,
        `silence_s` without a byte). Raises what a port of ours raised."""
        if self.end is not None:
            return self.end
        leftover = self.take_leftover()
        if self._bug is not None:
            raise self._bug
        self._waiter = self._loop.create_future()
        self._reader, self._quiet_factor, self._heard_at = reader, quiet_factor, self._loop.time()
        timers = [self._loop.call_later(total_s, self._settle, End("timeout"))]
        if silence_s is not None and silence_s < total_s:
            timers.append(self._loop.call_later(silence_s, self._check_silence, silence_s, timers))
        if leftover:
            sight = reader.feed(leftover)
            if reader.is_reading:
                self._consider(sight)
        try:
            return await self._waiter
        finally:
            for timer in timers:
                timer.cancel()
            self._break_quiet()
            self._reader = self._waiter = None

    def _check_silence(self, silence_s: float, timers: list[asyncio.TimerHandle]) -> None:
        silent_for = self._loop.time() - self._heard_at
        if silent_for >= silence_s:
            self._settle(End("silence"))
        else:
            timers[-1] = self._loop.call_later(silence_s - silent_for, self._check_silence, silence_s, timers)
