"""One session on a simulated device: its prompt, its pager, its pauses, and what its fault does to it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from paceline.demo.answers.facts import cisco_stamp
from paceline.demo.faults import CUT_TOPICS, HANGING_TOPICS, Fault
from paceline.demo.interpreter import Interpreter, Reply
from paceline.demo.keyboard import INTERRUPT, Keyboard
from paceline.demo.latency import Latency
from paceline.demo.manners import fill
from paceline.demo.network import SimulatedDevice
from paceline.model.time import Now

DEFAULT_ROWS = 24
"""Lines to a page when the client's terminal names none."""


class Line(Protocol):
    """The way back to the client."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def cut(self) -> None:
        """Drop the connection, without a word."""
        ...


class Terminal:
    """Reads lines, answers them. `seen` is told every line before it is answered."""

    def __init__(
        self,
        device: SimulatedDevice,
        user: str,
        interpreter: Interpreter,
        latency: Latency,
        now: Now,
        line: Line,
        seen: Callable[[str], None],
    ) -> None:
        self._device, self._user = device, user
        self._interpreter = interpreter
        self._manner = interpreter.manner(device)
        self._latency, self._now, self._line, self._seen = latency, now, line, seen
        self._has_timestamps = self._manner.has_timestamps
        self._is_terminal = True
        self.rows = DEFAULT_ROWS
        self.keyboard = Keyboard(self._write)

    async def converse(self) -> int:
        """A whole interactive session; its exit status."""
        self._write(fill(self._manner.welcome, self._device, self._user))
        while True:
            self._write(self._interpreter.prompt(self._device, self._user))
            typed = await self.keyboard.line()
            if typed is None:
                return 0
            reply = await self._answer(typed)
            if reply is None or reply.effect == "exit":
                return 0

    async def execute(self, command: str, *, has_terminal: bool) -> int:
        """One command of an exec channel; its exit status."""
        self._is_terminal = has_terminal
        self.rows = 0
        reply = await self._answer(command)
        return 255 if reply is None else reply.status

    async def _answer(self, typed: str) -> Reply | None:
        """Print what one line brings. None when the session is over."""
        self._seen(typed)
        reply = self._interpreter.reply(self._device, typed, self._now(), self._user)
        if not typed.strip():
            return reply
        await asyncio.sleep(self._latency.command_s())
        if reply.topic in HANGING_TOPICS and self._device.fault is Fault.HANGING_COMMAND:
            if not await self.keyboard.interrupted():
                return None
            self._write("^C\n")
            return Reply()
        if self._has_timestamps and (reply.topic or reply.effect) and self._is_terminal:
            self._write(cisco_stamp(self._now()) + "\n")
        if reply.topic in CUT_TOPICS and self._device.fault is Fault.CUT:
            await self._break_off(reply)
            return None
        if reply.asks and not await self._confirmed(reply.asks):
            return reply
        await self._print(reply.lines)
        self._take_effect(reply)
        return reply

    async def _confirmed(self, question: str) -> bool:
        """Put a question and wait for its answer; `[confirm]` takes one key, and the return key for a yes."""
        self._write(question)
        if question.endswith("[confirm]"):
            key = await self.keyboard.key()
            self._write("\n")
            return key in (0x0D, 0x0A, ord("y"), ord("Y"))
        answer = await self.keyboard.line()
        return (answer or "").strip().lower() in ("y", "yes")

    def _take_effect(self, reply: Reply) -> None:
        if reply.effect == "length":
            self.rows = reply.rows
        elif reply.effect == "no_timestamp":
            self._has_timestamps = False

    async def _break_off(self, reply: Reply) -> None:
        text = "\n".join(reply.lines)
        self._write(text[: len(text) * 2 // 3])
        await asyncio.sleep(0)
        self._line.cut()

    async def _print(self, lines: tuple[str, ...]) -> None:
        """Everything at once, or page by page while a pager is on."""
        page = self.rows - 1 if self.rows > 1 and self._manner.pager else 0
        if not page or len(lines) <= page:
            self._write("".join(line + "\n" for line in lines))
            return
        shown = page
        self._write("".join(line + "\n" for line in lines[:page]))
        while shown < len(lines):
            self._write(self._manner.pager)
            key = await self.keyboard.key()
            self._write(self._manner.wipe)
            if key in (None, INTERRUPT, ord("q"), ord("Q")):
                return
            more = 1 if key in (0x0D, 0x0A) else page
            self._write("".join(line + "\n" for line in lines[shown : shown + more]))
            shown += more

    def _write(self, text: str) -> None:
        ended = text.replace("\n", "\r\n") if self._is_terminal else text
        self._line.write(ended.encode())
