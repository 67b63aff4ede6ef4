"""Questions at a terminal that can be left: asyncio would note a Ctrl+C and wait for the answer all the same."""

import asyncio
import contextlib
import getpass
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TextIO

import click

from paceline.model.text import printable

Ask = Callable[[str], Awaitable[bool]]

_YES, _NO = ("y", "yes"), ("n", "no", "")


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within it Ctrl+C raises KeyboardInterrupt, inside a running loop too. For the main thread."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def terminal_asker() -> Callable[[str], str] | None:
    """Asks for a secret on the terminal without echo; None when there is none."""
    if not sys.stdin.isatty():
        return None

    def ask(label: str) -> str:
        with interruptible():
            return getpass.getpass(f"{label[0].upper()}{label[1:]}: ")

    return ask


def gate_asker() -> Ask | None:
    """Asks the operator about a gate while the loop goes on; None where nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    async def ask(question: str) -> bool:
        while True:
            click.echo(f"{printable(question)} [y/N]: ", nl=False, err=True)
            answer = (await _line(sys.stdin)).strip().lower()
            if answer in _YES or answer in _NO:
                return answer in _YES

    return ask


async def _line(terminal: TextIO) -> str:
    """The next line that is typed; empty at the end of the input. A terminal has one when it can be read."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(terminal, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(terminal)
    return terminal.readline()
