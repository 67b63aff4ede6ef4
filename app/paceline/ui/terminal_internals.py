"""All that touches private parts of Textual's driver and frames: tests/ui/test_terminal_internals.py watches them.

Textual 8.2 writes from a bounded queue, so that its loop stops while a terminal does not read; it spins on a terminal
that is gone; and any SIGCONT starts a second thread that reads keys.
"""

import contextlib
import logging
import os
import select
import signal
import sys
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar, cast

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.query import NoMatches
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.screen import Screen

from paceline.ui.canvas import Canvas, Piece
from paceline.ui.terminal_writer import TerminalWriter

_logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_S = 0.1
"""How often the thread that reads keys looks whether it shall end; escape sequences time out by it too."""
WRITE_OUT_S = 0.5
"""How long the last words may take to reach the terminal."""
RESTORE = "\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""Ends what Textual switches on, as `LinuxDriver.stop_application_mode` does."""


class TerminalUser(Protocol):
    """What the driver asks of the application."""

    encoding: str
    """What the terminal takes."""

    def lose_terminal(self) -> None:
        """The terminal is gone. Called from any thread, once."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, for terminals that stall, go away, or have other encodings. Draws on standard output."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._writer: TerminalWriter | None = None
        self._is_gone = threading.Event()
        self.canvas: Canvas | None = None
        """What the terminal shows; None when nobody knows."""
        # Not `signal.signal`: that would run between any two instructions, amid a frame too.
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend_process)
        # Whoever suspends waits for the continuation itself; to any other one there is nothing to do.
        signal.signal(signal.SIGCONT, signal.SIG_DFL)

    @property
    def user(self) -> TerminalUser:
        """The application, as far as the driver knows it."""
        return cast("TerminalUser", self._app)

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has not read what was drawn before."""
        return self._writer is not None and self._writer.is_behind

    def canvas_of(self, width: int, height: int) -> Canvas:
        """What the terminal shows, at this size."""
        if self.canvas is None or self.canvas.size != (width, height):
            self.canvas = Canvas(width, height)
        return self.canvas

    # -- out ----------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """As the parent does, written by a thread of our own."""
        self.canvas = None
        if self._writer is None:
            descriptor = sys.__stdout__.fileno() if sys.__stdout__ is not None else 1
            self._writer = TerminalWriter(descriptor, self.user.encoding, self._lose_terminal)
            self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Never waits."""
        if self._writer is not None:
            self._writer.hand_over(data)

    def close(self) -> None:
        """Write the rest out, while the terminal takes it."""
        if self._writer is not None:
            self._writer.end(WRITE_OUT_S)
            self._writer = None
        super().close()

    def restore_now(self) -> None:
        """Give the terminal back from any thread: the loop is stuck."""
        with contextlib.suppress(OSError, termios.error):
            # One that does not read gets nothing: writing would wait.
            if select.select([], [1], [], 0)[1]:
                os.write(1, RESTORE.encode())
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)

    # -- in -----------------------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Pass keys on until the driver stops; an end of input means that the terminal is gone."""
        parser = XTermParser(self._debug)
        # A terminal may send anything: what is no UTF-8 is no reason to end.
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], LOOK_S)[0]:
                data = _read(self.fileno)
                if not data:
                    self._lose_terminal()
                    return
                self._pass_on(parser.feed(decode(data)))
            self._pass_on(parser.tick())

    def _run_input_thread(self) -> None:
        """The same; a bug in here ends the application like any other one, without the parent's local variables."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - handed to the application
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _lose_terminal(self) -> None:
        if not self._is_gone.is_set():
            self._is_gone.set()
            self.user.lose_terminal()

    # -- suspended ----------------------------------------------------------------------------------------

    @property
    def can_suspend(self) -> bool:
        """Whether a shell is there that can continue us: one in our session, above us."""
        with contextlib.suppress(OSError):
            return os.getsid(os.getppid()) == os.getsid(0)
        return False

    def _suspend_process(self) -> None:
        """Give the terminal back, stop; when we are in the foreground again, take it and draw anew."""
        if not self.can_suspend or self._is_gone.is_set():
            return
        if not self._auto_restart:
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        self.suspend_application_mode()
        while True:
            os.kill(os.getpid(), signal.SIGSTOP)
            if self._is_foreground():
                break
        self.resume_application_mode()
        self._app.refresh(layout=True)

    def _is_foreground(self) -> bool:
        """`bg` continues us too, without the terminal. One that is gone counts: reading it finds out."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True


class PatientScreen(Screen[T]):
    """Draws no frame while the last one is still on its way to the terminal; what changed meanwhile is in the next."""

    drawn_at: float | None = None
    """When its first frame went to the terminal, on the clock of `Event.time`: a key after that was meant for it."""

    def _on_timer_update(self) -> None:
        """Not pausing the timer means: look again a sixtieth of a second later."""
        if not is_behind(self.app):
            super()._on_timer_update()


class FrameApp(App[int]):
    """Notes when a screen is first drawn, and draws only what differs from what the terminal shows."""

    def _handle_exception(self, error: Exception) -> None:
        """Once the application ends, Textual composes no more: a screen that mounts then misses its parts."""
        if self._exit and isinstance(error, NoMatches):
            _logger.debug("while ending: %s", error)
            return
        super()._handle_exception(error)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if renderable is None or self._batch_count:
            return
        if isinstance(screen, PatientScreen) and screen.drawn_at is None:
            screen.drawn_at = events.Event().time
        driver = self._driver
        is_ours = isinstance(driver, TerminalDriver) and self._running and not self._closed
        if not is_ours or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            super()._display(screen, renderable)
            return
        assert isinstance(driver, TerminalDriver)
        canvas, at = driver.canvas_of(*self.size), screen.outer_size.clamp_offset(self.cursor_position)
        data = canvas.draw(_pieces(renderable), self.console._color_system or ColorSystem.TRUECOLOR)
        if data or at != self._previous_cursor_position:
            self._previous_cursor_position = at
            self._begin_update()
            driver.write(f"{data}\x1b[{at.y + 1};{at.x + 1}H")
            self._end_update()
        self.post_display_hook()

    async def on_event(self, event: events.Event) -> None:
        """A terminal that changes its size may show anything afterwards."""
        if isinstance(event, events.Resize):
            self.forget_frame()
        await super().on_event(event)

    def forget_frame(self) -> None:
        """Draw the next frame whole."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.canvas = None

    def action_redraw(self) -> None:
        """Draw everything anew: somebody else wrote on the terminal."""
        self.forget_frame()
        self.refresh()


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[Piece]:
    """A frame's parts, as the update itself would write them."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, (segment for strip in line for segment in strip)
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                left = max(x, x1)
                is_whole = left == x and end <= x2
                yield y, left, strip if is_whole else strip.crop(left - x, min(end, x2) - x)


def is_behind(app: App[Any]) -> bool:
    """Whether the application's terminal has not read what was drawn before."""
    driver = app._driver
    return isinstance(driver, TerminalDriver) and driver.is_behind


def restore_now(app: App[Any]) -> None:
    """Give the terminal back from any thread, when the loop does not get to it."""
    driver = app._driver
    if isinstance(driver, TerminalDriver):
        driver.restore_now()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4_096)
    except OSError:
        # EIO: hung up.
        return b""
