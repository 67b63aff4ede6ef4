"""The keys a client sends, read one by one or as lines, with echo and type-ahead."""

import asyncio
from collections import deque
from collections.abc import Callable

INTERRUPT = 0x03
"""Ctrl+C."""
_INTERRUPTS = frozenset({INTERRUPT, 0x1E})
"""Ctrl+C, and the Ctrl+Shift+6 of IOS."""
END_OF_INPUT = 0x04
_ERASE = frozenset({0x08, 0x7F})
_RETURN, _LINE_FEED = 0x0D, 0x0A


class Keyboard:
    """Keys as they came; whatever comes before it is read waits, as type-ahead does on a router."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo
        self._keys: deque[int] = deque()
        self._arrived = asyncio.Event()
        self._is_closed = False
        self._follows_return = False

    def feed(self, data: bytes) -> None:
        """The client sent `data`."""
        self._keys.extend(data)
        self._arrived.set()

    def close(self) -> None:
        """The client sends no more."""
        self._is_closed = True
        self._arrived.set()

    async def key(self) -> int | None:
        """The next key; None once the client has closed."""
        while not self._keys:
            if self._is_closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._keys.popleft()

    async def interrupted(self) -> bool:
        """Wait for an interrupt, keeping every other key; False when the client closed instead."""
        while not _INTERRUPTS.intersection(self._keys):
            if self._is_closed:
                return False
            self._arrived.clear()
            await self._arrived.wait()
        self._keys = deque(key for key in self._keys if key not in _INTERRUPTS)
        return True

    async def line(self) -> str | None:
        """The next line, echoed; empty after an interrupt; None once the client has closed."""
        typed = bytearray()
        while (key := await self.key()) is not None:
            after_return, self._follows_return = self._follows_return, key == _RETURN
            if key == _LINE_FEED and after_return:
                continue
            if key in (_RETURN, _LINE_FEED):
                self._echo("\n")
                return typed.decode(errors="replace")
            if key == INTERRUPT:
                self._echo("^C\n")
                return ""
            if key == END_OF_INPUT and not typed:
                return None
            if key in _ERASE:
                if typed:
                    typed.pop()
                    self._echo("\b \b")
            elif key >= 0x20:
                typed.append(key)
                self._echo(chr(key) if key < 0x80 else "")
        return None
