"""The service: an engine, served at a Unix socket until it is told to end or has been idle for long enough."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import uvicorn

from paceline import __version__
from paceline.engine.contract import UnknownJobError
from paceline.engine.local import LocalEngine
from paceline.launch.order import JobOrder, Ordered
from paceline.model.control import ControlError
from paceline.model.errors import PacelineError
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.service.listener import listen, put_away
from paceline.service.recall import can_resume
from paceline.service.routes import make_app
from paceline.service.viewers import Viewers
from paceline.service.wire import ServiceStatus
from paceline.store.kinds import StoreError
from paceline.store.reader import JournalReader

T = TypeVar("T")
log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often an idle service looks whether it has been idle for long enough."""
KEEP_ALIVE_S = 86_400
"""A face that has been silent keeps its connection: one that closes just as it speaks up would read as our end."""
LEAVE_S = 1
"""How long answers that are under way may take when the service ends."""


class _Server(uvicorn.Server):
    """Signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


@dataclass(frozen=True, slots=True)
class Place:
    """What a service is made of."""

    journal: Path
    socket: Path
    take_order: Callable[[JobOrder], Ordered]
    left: dict[str, int]
    """Jobs that had not ended when it came, and the number of their last event then."""
    idle_s: float
    prune: Callable[[], object]
    """Drops old jobs, when one has ended. Called on a thread. Raises StoreError."""


class Daemon:
    """Implements `Host` for the routes; `serve` is its life."""

    def __init__(self, engine: LocalEngine, place: Place) -> None:
        self.engine, self.viewers = engine, Viewers()
        self._place = place
        self._started_at = now()
        self._last_request_s = 0.0
        self._end = asyncio.Event()

    async def serve(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Take up what may be taken up, listen, serve. Raises StoreError."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        # A terminal that goes away is none of ours.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        config = uvicorn.Config(
            make_app(self), access_log=False, log_config=None, lifespan="off", ws="none", http="h11", loop="none",
            server_header=False, timeout_graceful_shutdown=LEAVE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
        )  # fmt: skip
        server = _Server(config)
        listener = listen(self._place.socket)
        try:
            await self._resume()
            self.note_request()
            on_ready()
            serving = asyncio.create_task(server.serve([listener]))
            await self._wait_for_end()
            # Who follows a job hears why it breaks off.
            await self.engine.close()
            server.should_exit = True
            await serving
        finally:
            put_away(listener, self._place.socket)

    async def _wait_for_end(self) -> None:
        loop, before = asyncio.get_running_loop(), set(self.engine.running)
        while not self._end.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_S, self._place.idle_s)):
                    await self._end.wait()
            running = set(self.engine.running)
            if before - running:
                await self._prune()
            before = running
            if running or self.viewers.count():
                self.note_request()
            elif loop.time() - self._last_request_s >= self._place.idle_s:
                return

    async def _prune(self) -> None:
        try:
            await asyncio.to_thread(self._place.prune)
        except StoreError as error:
            log.error("old jobs could not be dropped: %s", error)

    async def _resume(self) -> None:
        """Jobs that the last service left, and that may go on by themselves."""
        for job in self._place.left:
            spec = self._read(partial(JournalReader.spec, job=job))
            if spec is None or not can_resume(spec):
                continue
            try:
                await self.engine.recover(job, Secrets(agent_path=os.environ.get("SSH_AUTH_SOCK", "")))
            except (PacelineError, ValueError) as error:
                log.error("job %s could not be taken up: %s", job, error)

    def _read(self, ask: Callable[[JournalReader], T]) -> T:
        reader = JournalReader(self._place.journal)
        try:
            return ask(reader)
        finally:
            reader.close()

    # -- for the routes -----------------------------------------------------------------------------

    def take_order(self, order: JobOrder) -> Ordered:
        """See `Host`."""
        return self._place.take_order(order)

    def find_job(self, job: str) -> str:
        """See `Host`."""
        found: list[str] = self._read(lambda reader: reader.find(job))
        if not found:
            raise UnknownJobError(job)
        if len(found) > 1:
            raise ValueError(f"{job!r} is the beginning of {len(found)} jobs; write more of it")
        return found[0]

    def is_interrupted(self, job: str, seq: int) -> bool:
        """See `Host`."""
        return job not in self.engine.running

    def describe(self) -> ServiceStatus:
        """See `Host`."""
        return ServiceStatus(
            pid=os.getpid(),
            host=socket.gethostname(),
            socket=str(self._place.socket),
            version=__version__,
            started_at=self._started_at.isoformat().replace("+00:00", "Z"),
            memory_bytes=_memory_bytes(),
            open_sessions=self.engine.open_sessions,
            viewers=self.viewers.count(),
            running=list(self.engine.running),
        )

    def stop(self, *, interrupt: bool) -> None:
        """See `Host`."""
        running = list(self.engine.running)
        if running and not interrupt:
            raise ControlError(
                f"{len(running)} jobs run in it ({', '.join(running[:3])}): stop them first, or interrupt them with "
                "--interrupt; they can be resumed"
            )
        self._end.set()

    def note_request(self) -> None:
        """See `Host`."""
        self._last_request_s = asyncio.get_running_loop().time()


def _memory_bytes() -> int:
    """Resident memory of this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
