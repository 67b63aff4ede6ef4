"""Streams of lines to followers: what has gathered goes out at once, and a slow reader holds up nobody but itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from paceline.model.errors import PacelineError
from paceline.service.wire import LINES, problem_of

MOST_WAITING = 2_000
"""Lines that wait for a reader. One who does not keep up is read on for no further: the journal has the rest."""


class LineStream(Response):
    """A response of lines, until they end or the reader leaves."""

    media_type = LINES

    def __init__(self, lines: AsyncGenerator[str, None], on_end: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        # Its length is not known.
        del self.headers["content-length"]
        self._lines, self._on_end = lines, on_end
        self._waiting: list[str] = []
        self._is_over = False
        self._has_some, self._has_room = asyncio.Event(), asyncio.Event()

    def push(self, line: str) -> None:
        """A line out of turn: a note that is no event."""
        if not self._is_over:
            self._waiting.append(line)
            self._has_some.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the lines end, the reader leaves or the server closes."""
        tasks = [asyncio.ensure_future(work) for work in (self._send(send), self._fill(), _departure(receive))]
        sending, _, leaving = tasks
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._on_end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _fill(self) -> None:
        try:
            async with aclosing(self._lines) as lines:
                async for line in lines:
                    self._waiting.append(line)
                    self._has_some.set()
                    if len(self._waiting) >= MOST_WAITING:
                        self._has_room.clear()
                        await self._has_room.wait()
        except (PacelineError, ValueError) as error:
            # The status line has gone out long ago: the last line says it.
            self._waiting.append(problem_of(error)[0].model_dump_json(exclude_none=True))
        finally:
            self._is_over = True
            self._has_some.set()

    async def _send(self, send: Send) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        is_over = False
        while not is_over:
            await self._has_some.wait()
            self._has_some.clear()
            is_over, lines, self._waiting = self._is_over, self._waiting, []
            self._has_room.set()
            body = "".join(f"{line}\n" for line in lines).encode()
            await send({"type": "http.response.body", "body": body, "more_body": not is_over})


async def _departure(receive: Receive) -> None:
    """Return when the reader has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
