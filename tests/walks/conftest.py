"""Fixtures of the walks: a small simulated fleet for all of them, an operator's folders and terminal for each."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.desk import ENTRY, Done, Place, serving
from tests.walks.terminal import Terminal

from paceline.demo.fleet import Fleet
from paceline.model.status import JobStatus
from paceline.service.place import living_service
from paceline.store.reader import JournalReader

ALL = re.compile(r"(\d+) of \1 selected")


@dataclass(frozen=True)
class Operator(Place):
    """Someone at a terminal with folders of their own."""

    stack: ExitStack

    def opens(self, *arguments: str, size: tuple[int, int] = (80, 24), **environment: str) -> Terminal:
        """`paceline ARGUMENTS` on a terminal of its own; without any, its jobs belong to it and end with it."""
        command = [sys.executable, "-c", ENTRY, *(arguments or ["--in-process"])]
        return self.runs(command, size, **environment)

    def runs(self, command: list[str], size: tuple[int, int] = (80, 24), **environment: str) -> Terminal:
        """Any program on a terminal of its own."""
        known = self.environment(**{"TERM": "xterm-256color", **environment})
        return self.stack.enter_context(Terminal(command, known, self.root, size))

    def asks(self, *arguments: str) -> Done:
        """`paceline ARGUMENTS` without a terminal, to its end."""
        return self.process(*arguments)

    def journal(self) -> JobStatus:
        """The last job as it is kept."""
        reader = JournalReader(self.state / "journal.sqlite")
        try:
            return reader.status(reader.find("last")[0])
        finally:
            reader.close()

    def launches(self, terminal: Terminal) -> Terminal:
        """From a Configure that has just opened into Monitor: all devices, run, look, start."""
        self.ticks_all(terminal).press("ctrl+r")
        terminal.shows("Start now", "Not yet")
        terminal.press("down", "enter")
        return terminal.shows_not("Start now")

    def ticks_all(self, terminal: Terminal) -> Terminal:
        """All devices, once they are read."""
        terminal.shows("of", "selected").press("a")
        return terminal.until(lambda: ALL.search(terminal.text) is not None, "all devices ticked")


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Twelve routers without faults that answer at once."""
    with serving(devices=12, latency=0, faults=False) as running:
        yield running


@pytest.fixture(scope="session")
def slow_fleet() -> Iterator[Fleet]:
    """Six routers, about a second for every command."""
    with serving(devices=6, latency=1.5, faults=False) as running:
        yield running


@pytest.fixture
def operator(tmp_path: Path, fleet: Fleet) -> Iterator[Operator]:
    with ExitStack() as stack:
        yield Operator(tmp_path, fleet, stack)


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Iterator[Operator]:
    """Someone whose jobs run in a service, which ends with the test; a socket's path must be short."""
    with ExitStack() as stack:
        operator = Operator(tmp_path_factory.mktemp("w"), fleet, stack)
        operator.settings(service={"idle_s": 60})
        stack.callback(end_service, operator)
        yield operator


def end_service(operator: Operator) -> None:
    """Kill it, if there is one."""
    if (holder := living_service(operator.state)) is not None:
        os.kill(holder.pid, signal.SIGKILL)


@pytest.fixture
def slow_operator(tmp_path: Path, slow_fleet: Fleet) -> Iterator[Operator]:
    with ExitStack() as stack:
        yield Operator(tmp_path, slow_fleet, stack)
