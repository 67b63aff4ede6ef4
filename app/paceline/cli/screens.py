"""Opens the terminal UI: puts together what the screens are handed, and runs them."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

import click

from paceline.cli.engine_room import HistoryForecaster, engine_room, journal_path
from paceline.cli.engines import operator_name
from paceline.cli.library import StoreLibrary
from paceline.config.paths import Paths, expand
from paceline.config.settings import load_settings
from paceline.config.themes import load_themes
from paceline.engine.contract import Engine
from paceline.engine.threaded import ThreadedEngine
from paceline.model.settings import Settings
from paceline.model.time import now
from paceline.report.since import Since, fold_since
from paceline.service.place import living_service
from paceline.service.start import ensure_service
from paceline.service.survival import threats
from paceline.store.audit import NAME as AUDIT
from paceline.store.audit import AuditLog
from paceline.store.kinds import StoreError
from paceline.store.left import Left, note_left, read_left
from paceline.store.reader import JournalReader
from paceline.store.state_lock import Holder
from paceline.ui.ports import Opening, Surroundings

if TYPE_CHECKING:
    from paceline.service.client import ServiceClient
    from paceline.ui.app import PacelineApp
    from paceline.ui.messages import ViewersChanged


class EngineHandle:
    """The engine of this process, opened when the first job starts: on a thread and loop of its own."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        self._paths, self._settings = paths, settings
        self._engine: ThreadedEngine | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> Engine:
        """The engine. Raises StoreError when another process has it, or the state folder cannot be used."""
        async with self._opening:
            if self._engine is None:
                known_hosts = [expand(path, self._paths.config) for path in self._settings.host_keys.known_hosts]
                self._engine = await ThreadedEngine(lambda: engine_room(self._paths.state, known_hosts)).open()
            return self._engine

    async def close(self) -> None:
        """End it; jobs that have not ended stay recoverable."""
        if self._engine is not None:
            await self._engine.close()

    async def find_running(self) -> frozenset[str]:
        """None but its own, which the screens follow."""
        return frozenset()


class Screens(Protocol):
    """What a handle tells the screens out of turn."""

    def post_message(self, message: "ViewersChanged") -> bool:
        """Hand them a message."""
        ...


class ServiceHandle:
    """The engine of the service, which is started with the first job. Leaving hangs up, and ends nothing."""

    def __init__(self, paths: Paths) -> None:
        self._state = paths.state
        self._client: ServiceClient | None = None
        self._pid = 0
        self._opening = asyncio.Lock()
        self.screens: Screens | None = None

    async def open(self) -> Engine:
        """The engine; of another service when the first has ended. Raises StoreError."""
        return await self._use(await asyncio.to_thread(ensure_service, self._state))

    async def find_running(self) -> frozenset[str]:
        """Jobs that run in the service, as far as there is one here that answers."""
        try:
            holder = await asyncio.to_thread(living_service, self._state)
            return frozenset((await (await self._use(holder)).describe()).running) if holder else frozenset()
        except StoreError:
            # Whoever wants an engine is told why; a list of what is kept does without.
            return frozenset()

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.close()

    async def _use(self, holder: Holder) -> "ServiceClient":
        async with self._opening:
            if self._client is None or holder.pid != self._pid:
                # Loading it takes a while, and the screens go on meanwhile.
                module = await asyncio.to_thread(import_module, "paceline.service.client")
                client: ServiceClient = module.ServiceClient(holder.socket, self._tell)
                await client.open()
                if self._client is not None:
                    await self._client.close()
                self._client, self._pid = client, holder.pid
            return self._client

    def _tell(self, job: str, count: int) -> None:
        from paceline.ui.messages import ViewersChanged

        if self.screens is not None:
            self.screens.post_message(ViewersChanged(job, count))


def open_screens(paths: Paths, opening: Opening | None = None, *, in_process: bool = False) -> int:
    """Run the terminal UI to its end; returns the exit code. Raises PacelineError, click.UsageError."""
    require_terminal()
    # Start-up makes many objects and hardly any garbage: the collector waits for the first frame.
    gc.disable()
    return asyncio.run(run_screens(paths, opening or Opening(), in_process=in_process))


INSTEAD = "`paceline run PRESET --plain` or `--json`"


def require_terminal(instead: str = INSTEAD) -> None:
    """Refuse where no full screen can be drawn. Raises click.UsageError with what to do instead."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise click.UsageError(f"the screens need a terminal; without one use {instead}")
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise click.UsageError(
            f"the screens need a terminal that can move its cursor, and TERM is {os.environ.get('TERM', 'not set')!r}; "
            f"set TERM=xterm-256color if yours can, or use {instead}"
        )


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is there, open, and a terminal (`<&-` leaves None)."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


RESUME_HINT = "go on with `paceline jobs resume {job}`"


async def run_screens(
    paths: Paths, opening: Opening, resume_hint: str = RESUME_HINT, *, in_process: bool = False
) -> int:
    """The application on the running loop, in the main thread. `resume_hint` says how an interrupted job goes on.

    `in_process`: jobs belong to this process, and end with it.
    """
    from paceline.ui.app import AttachedApp, PacelineApp
    from paceline.ui.departure import obeyed_signals

    settings, themes = load_settings(paths), load_themes(paths)
    handle = EngineHandle(paths, settings) if in_process else ServiceHandle(paths)
    forecaster = HistoryForecaster(journal_path(paths.state))
    application = AttachedApp if opening.job else PacelineApp
    app = application(
        Surroundings(
            paths=paths,
            settings=settings,
            themes=themes,
            now=now,
            library=StoreLibrary(paths.state),
            open_engine=handle.open,
            find_running=handle.find_running,
            since=lambda job: asyncio.to_thread(since_left, paths.state, job),
            jobs_outlive_us=not in_process,
            expect=forecaster.times,
            note=lambda entry: AuditLog(paths.state / AUDIT).append([entry]),
            durations=forecaster.durations,
            operator=operator_name(),
            opening=opening,
            notices=(*map(str, themes.problems), *([] if in_process else threats(paths.state))),
        )
    )
    if isinstance(handle, ServiceHandle):
        handle.screens = app
    with obeyed_signals(app):
        try:
            code = await app.run_async(mouse=not settings.ui.low_bandwidth)
        finally:
            await handle.close()
    if not in_process:
        note_leaving(paths.state, app)
    _say_last_words(app, resume_hint)
    return code if code is not None else (app.return_code or 0)


def since_left(state: Path, job: str) -> Since | None:
    """What happened to a job since its screens were left; None when they never were. For a thread."""
    left = read_left(state).get(job)
    if left is None:
        return None
    reader, events, seq = JournalReader(journal_path(state)), list[object](), left.seq
    try:
        while batch := reader.events(job, seq, 5_000):
            events += batch
            seq = batch[-1].seq
    except StoreError:
        # Monitor says it, if it lasts; these are words on top.
        return None
    finally:
        reader.close()
    return fold_since(left.at, events)


def note_leaving(state: Path, app: "PacelineApp") -> None:
    """Remember how far the jobs were that go on without us, and that the end of others was seen."""
    # A full disk keeps nobody from leaving.
    with contextlib.suppress(OSError):
        note_left(state, {job.id: Left(job.status.seq, now()) for job in app.jobs.values()})


def _say_last_words(app: "PacelineApp", resume_hint: str) -> None:
    """What a bug left, and what became of jobs that had not ended; a terminal that is gone hears nothing."""
    words = [*app.last_words]
    if app.surroundings.jobs_outlive_us:
        words += [f"paceline: job {job.id} goes on; come back with `paceline attach {job.id}`" for job in app.running]
    for job in app.at_stake:
        ended = f"{job.status.ended} of {job.status.total} devices had ended and are kept"
        words.append(f"paceline: job {job.id} is interrupted: {ended}; {resume_hint.format(job=job.id)}")
    try:
        for line in words:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - the operator's
    except OSError:
        _forget_terminal()
    if app.ended_by == signal.SIGHUP:
        _forget_terminal()


def _forget_terminal() -> None:
    """What the interpreter still has for a terminal that is gone must not change the exit code."""
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
