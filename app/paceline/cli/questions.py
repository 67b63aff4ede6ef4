"""Questions at a terminal that can be left: asyncio would note a Ctrl+C and wait for the answer all the same."""

import asyncio
import contextlib
import getpass
import signal
import sys
import termios
from collections.abc import Awaitable, Callable, Iterator
from typing import TextIO

import click

from paceline.model.event import LoginAsked
from paceline.model.text import printable, without_controls

Ask = Callable[[str], Awaitable[bool]]
AskLogin = Callable[[LoginAsked], Awaitable[list[str] | None]]
"""One answer per prompt; None: there is none."""

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


def login_asker() -> AskLogin | None:
    """Asks the operator what a login asks, line by line; None where nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    async def ask(asked: LoginAsked) -> list[str] | None:
        for line in without_controls(asked.instruction).splitlines():
            click.echo(f"  {line}", err=True)
        answers = []
        for prompt in asked.prompts:
            click.echo(f"{asked.device}: {printable(prompt.text)} ", nl=False, err=True)
            with contextlib.nullcontext() if prompt.shown else _without_echo(sys.stdin):
                answer = (await _line(sys.stdin)).rstrip("\r\n")
            if not answer:
                return None
            answers.append(answer)
        return answers

    return ask


@contextlib.contextmanager
def _without_echo(terminal: TextIO) -> Iterator[None]:
    """What is typed within it is not shown."""
    before = termios.tcgetattr(terminal)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    # Not TCSAFLUSH: a pasted second line would be lost.
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        click.echo(err=True)


async def _line(terminal: TextIO) -> str:
    """The next line that is typed; empty at the end of the input. A terminal has one when it can be read."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(terminal, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(terminal)
    return terminal.readline()
