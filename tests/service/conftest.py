"""Fixtures of the service's tests: folders with paths short enough for a socket, and services that end with them."""

import contextlib
import io
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from tests.cli.desk import Done, Place, serving

from paceline.cli.main import main
from paceline.demo.fleet import Fleet
from paceline.model.status import JobStatus
from paceline.service.client import ServiceClient
from paceline.service.place import living_service
from paceline.store.reader import JournalReader

IDLE_S = 60
"""A service that a test forgets ends by itself."""


@dataclass(frozen=True)
class Home(Place):
    """An operator's folders with a service of their own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.settings()

    def settings(self, **parts: Any) -> None:
        """As every place has them, with a bounded service."""
        super().settings(**{"service": {"idle_s": IDLE_S}, **parts})

    @property
    def pid(self) -> int:
        """The service's process; 0 without one."""
        holder = living_service(self.state)
        return holder.pid if holder else 0

    @property
    def socket(self) -> str:
        """Where it listens."""
        holder = living_service(self.state)
        assert holder is not None
        return holder.socket

    def call(self, *arguments: str, **environment: str) -> Done:
        """`paceline ARGUMENTS` in this process, which is quicker; nothing else may run in it."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment(**environment), clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(arguments)
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, **environment: str) -> int:
        """Start the service, unless it runs; its pid."""
        done = self.call("service", "start", **environment)
        assert done.code == 0, done.err
        return self.pid

    def kill(self) -> None:
        """End it as a crash would."""
        if pid := self.pid:
            os.kill(pid, signal.SIGKILL)
            while living_service(self.state) is not None:
                os.sched_yield()

    def http(self) -> httpx.Client:
        """Calls the API."""
        transport = httpx.HTTPTransport(uds=self.socket, verify=False)
        return httpx.Client(transport=transport, base_url="http://paceline", timeout=30, trust_env=False)

    def client(self) -> ServiceClient:
        """The engine, as our faces have it."""
        return ServiceClient(self.socket)

    def journal(self, job: str = "last") -> JobStatus:
        """A job as it is kept."""
        reader = JournalReader(self.state / "journal.sqlite")
        try:
            return reader.status(reader.find(job)[0])
        finally:
            reader.close()


@contextlib.contextmanager
def living(root: Path, fleet: Fleet) -> Iterator[Home]:
    """A home whose service ends with the block."""
    home = Home(root, fleet)
    try:
        yield home
    finally:
        home.kill()


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Eight routers that answer at once and have no faults."""
    with serving(devices=8, latency=0, faults=False) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Iterator[Home]:
    """A service for all tests of a module."""
    with living(tmp_path_factory.mktemp("s"), fleet) as home:
        home.start()
        yield home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Iterator[Home]:
    """Folders of a test's own; no service yet."""
    with living(tmp_path_factory.mktemp("s"), fleet) as made:
        yield made
