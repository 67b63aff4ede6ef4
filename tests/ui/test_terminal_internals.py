"""What Paceline touches of Textual's private parts: each test fails when a release of Textual changes them."""

import asyncio
import os
import pty
import signal
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from tests.ui.test_textual_internals import digest
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from paceline.ui import terminal_internals
from paceline.ui.terminal_internals import RESTORE, PatientScreen, TerminalDriver
from paceline.ui.terminal_writer import TerminalWriter


class StillScreen(PatientScreen[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static("before", markup=False)


class DrawingApp(App[int]):
    """Counts its frames."""

    frames = 0

    def on_mount(self) -> None:
        self.push_screen(StillScreen())

    def _display(self, screen: Screen[object], renderable: object) -> None:
        self.frames += renderable is not None
        self.drawn.set()

    @cached_property
    def drawn(self) -> asyncio.Event:
        return asyncio.Event()


DIGESTS: dict[Any, str] = {
    App._display: "4b78dff6669a",
    ChopsUpdate.render_segments: "4c1cdb567e0b",
    LayoutUpdate.render_segments: "ff329c722506",
    LinuxDriver.__init__: "671887bbf938",
    LinuxDriver.run_input_thread: "d796af6d69db",
    LinuxDriver.start_application_mode: "7c41f5ba11a8",
    LinuxDriver.stop_application_mode: "9a7e99c8d4bd",
    Screen._on_timer_update: "421401660de1",
}
"""Of the sources that `terminal_internals` was written for. When one differs, read what changed there, mend
`terminal_internals`, and put the new digest here."""


@pytest.mark.parametrize("function", DIGESTS)
def test_what_is_relied_on_is_as_it_was(function: object) -> None:
    assert digest(function) == DIGESTS[function]


async def test_no_frame_is_drawn_while_the_last_one_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    app, looked = DrawingApp(), asyncio.Semaphore(0)
    is_stalled = True

    def is_behind(_: object) -> bool:
        looked.release()
        return is_stalled

    async with app.run_test() as pilot, asyncio.timeout(20):
        await pilot.pause()
        monkeypatch.setattr(terminal_internals, "is_behind", is_behind)
        drawn = app.frames
        app.screen.query_one(Static).update("after", layout=False)
        for _ in range(5):
            await looked.acquire()
        assert app.frames == drawn
        app.drawn.clear()
        is_stalled = False
        await app.drawn.wait()


def test_the_parts_of_the_driver_that_are_overridden_are_still_used_by_textual() -> None:
    used = {
        LinuxDriver.start_application_mode: ("_run_input_thread", "write", "attrs_before"),
        LinuxDriver.stop_application_mode: ("disable_input", "write", "attrs_before"),
        LinuxDriver.disable_input: ("exit_event", "_key_thread"),
        LinuxDriver.close: ("_writer_thread",),
        LinuxDriver._run_input_thread: ("run_input_thread",),
    }
    for method, names in used.items():
        missing = set(names) - set(method.__code__.co_names)
        assert not missing, f"{method.__qualname__} does not use {missing} any more"


async def test_the_last_resort_writes_what_textual_writes_when_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    driver = object.__new__(TerminalDriver)
    LinuxDriver.__init__(driver, App())
    monkeypatch.setattr(TerminalDriver, "write", lambda self, data: written.append(data))
    monkeypatch.setattr(TerminalDriver, "disable_input", lambda self: self._disable_mouse_support())
    driver.stop_application_mode()
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    assert set("".join(written).split("\x1b")) == set(RESTORE.split("\x1b"))


def test_the_parser_still_turns_bytes_into_keys() -> None:
    parser = XTermParser()
    keys = [message.key for message in parser.feed("a\x1b[A") if isinstance(message, events.Key)]
    assert keys == ["a", "up"]
    assert list(parser.tick()) == []


@dataclass
class User:
    """What the driver tells."""

    lost: int = 0
    messages: list[Message] = field(default_factory=list)

    def lose_terminal(self) -> None:
        self.lost += 1


@dataclass
class Wire:
    """A pseudo-terminal, and a driver that reads its end."""

    master: int
    slave: int
    driver: TerminalDriver
    user: User


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    user = User()
    driver = object.__new__(TerminalDriver)
    for name, value in {
        "fileno": slave, "_debug": False, "exit_event": threading.Event(), "_is_gone": threading.Event(), "_app": user,
    }.items():  # fmt: skip
        setattr(driver, name, value)
    monkeypatch.setattr(TerminalDriver, "process_message", lambda self, message: user.messages.append(message))
    yield Wire(master, slave, driver, user)
    os.close(slave)


def test_a_terminal_that_is_gone_ends_the_thread_that_reads_keys(wire: Wire) -> None:
    os.write(wire.master, b"q\xff")
    os.close(wire.master)
    reader = threading.Thread(target=wire.driver.run_input_thread)
    reader.start()
    reader.join(10)
    assert not reader.is_alive()
    assert wire.user.lost == 1


def test_bytes_that_are_no_text_are_no_reason_to_end(wire: Wire) -> None:
    os.write(wire.master, b"\xffq")
    reader = threading.Thread(target=wire.driver.run_input_thread)
    reader.start()
    while not any(isinstance(message, events.Key) and message.key == "q" for message in wire.user.messages):
        assert reader.is_alive()
    wire.driver.exit_event.set()
    reader.join(10)
    os.close(wire.master)
    assert wire.user.lost == 0


def test_handing_text_over_never_waits_for_a_terminal_that_does_not_read() -> None:
    reading, writing = os.pipe()
    gone = threading.Event()
    writer = TerminalWriter(writing, "utf-8", gone.set)
    writer.start()
    text = "x" * 100_000
    for _ in range(50):
        writer.hand_over(text)
    while not writer.is_behind:
        assert writer.is_alive()
    got = 0
    while got < 50 * len(text):
        got += len(os.read(reading, 65_536))
    writer.end(10)
    assert not writer.is_alive()
    assert not writer.is_behind
    assert not gone.is_set()
    os.close(reading)
    os.close(writing)


def test_a_terminal_that_is_gone_is_told_once_and_swallows_the_rest() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    losses: list[bool] = []
    writer = TerminalWriter(writing, "utf-8", lambda: losses.append(True))
    writer.start()
    writer.hand_over("anyone?")
    writer.join(10)
    writer.hand_over("no")
    writer.end(10)
    os.close(writing)
    assert losses == [True]
