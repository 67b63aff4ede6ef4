"""Puts the engine together for one command: lock, journal, outputs, sessions, history, log."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from paceline.config.paths import find_paths
from paceline.config.settings import load_settings
from paceline.model.duration import Run
from paceline.model.job import JobSpec
from paceline.model.redaction import redact
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.text import without_controls
from paceline.model.time import now
from paceline.plan.durations import DeviceTimes, Durations, expect
from paceline.plan.forecast import LAUNCH_RUNS
from paceline.plan.pacing import open_forecast
from paceline.store.audit import NAME as AUDIT
from paceline.store.audit import AuditLog
from paceline.store.kinds import StoreError
from paceline.store.reader import JournalReader

if TYPE_CHECKING:
    from paceline.engine.local import LocalEngine

JOBS_REMEMBERED = 8
"""Jobs whose expected times a forecaster keeps."""


class HistoryForecaster:
    """Forecasts from the durations that the journal has; reads them once per job."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._times: dict[str, DeviceTimes] = {}

    def times(self, spec: JobSpec) -> DeviceTimes:
        """What each device is expected to take."""
        if spec.id not in self._times:
            reader = JournalReader(self._journal)
            try:
                self._times[spec.id] = expect(spec, reader.durations)
            finally:
                reader.close()
            for old in list(self._times)[:-JOBS_REMEMBERED]:
                del self._times[old]
        return self._times[spec.id]

    def durations(self) -> Durations:
        """What is known now, for a job that is still being put together: each question opens the journal anew."""

        def history(platform: str, command: str) -> Sequence[Run]:
            reader = JournalReader(self._journal)
            try:
                return reader.durations(platform, command)
            finally:
                reader.close()

        return Durations(history)

    def __call__(self, status: JobStatus, at: datetime) -> Forecast | None:
        """The forecast of a running job."""
        return open_forecast(status, at, self.times(status.spec), LAUNCH_RUNS) if status.spec else None


def journal_path(state: Path) -> Path:
    """The journal in a state folder."""
    return state / "journal.sqlite"


def prepare_state(state: Path) -> None:
    """Make the state folder, for this user alone. Raises StoreError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        from paceline.store.writer import sentence

        raise sentence(error, f"make the state folder {state}") from error
    if not os.access(state, os.W_OK | os.X_OK):
        is_read_only = os.statvfs(state).f_flag & os.ST_RDONLY
        why = "its file system is read-only" if is_read_only else "no permission"
        raise StoreError(f"cannot write to the state folder {state}: {why}; set XDG_STATE_HOME to use another one")


class _QuietHandler(logging.StreamHandler[TextIO]):
    """Says nothing when the log itself cannot be written (a full disk): standard error is the operator's."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """The job's own error tells of the disk."""


class _RedactingFormatter(logging.Formatter):
    """Masks secrets in the whole record, its traceback included, and takes out what steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a text."""
        return without_controls(redact(super().format(record)))


def log_to(state: Path) -> None:
    """Send logging and warnings to `paceline.log`: standard error belongs to the operator."""
    descriptor = os.open(state / "paceline.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    handler = _QuietHandler(os.fdopen(descriptor, "a", encoding="utf-8"))
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)


def unfinished_jobs(state: Path) -> dict[str, int]:
    """Jobs that have not ended, with the number of their last event."""
    reader = JournalReader(journal_path(state))
    try:
        return reader.unfinished()
    finally:
        reader.close()


@asynccontextmanager
async def engine_room(state: Path, known_hosts: Sequence[Path], serves_at: str = "") -> AsyncIterator["LocalEngine"]:
    """The engine of this state folder, alone in it. Raises StoreError with a sentence.

    `serves_at` is the socket of the service that it belongs to.
    """
    # The screens open without an engine; what it takes is loaded when a job starts.
    from paceline.engine.local import LocalEngine
    from paceline.service.notify import Notifier
    from paceline.session.factory import SshSessionFactory
    from paceline.store.journal import Journal
    from paceline.store.outputs import Outputs
    from paceline.store.state_lock import StateLock
    from paceline.store.writer import Writer

    prepare_state(state)
    lock = StateLock(state, serves_at)
    lock.acquire()
    try:
        log_to(state)
        writer = Writer()
        try:
            journal = Journal(journal_path(state), writer, AuditLog(state / AUDIT))
            left = unfinished_jobs(state)
            lock.record(left)

            def note_broken(job: str, seq: int) -> None:
                """Others see it as interrupted from now on: it stands here as a job that nobody has taken up."""
                left[job] = seq
                with contextlib.suppress(StoreError):
                    lock.record(left)

            outputs = Outputs(state / "jobs", writer, now)
            sessions = SshSessionFactory(known_hosts, state / "known_hosts")
            forecaster = HistoryForecaster(journal_path(state))
            engine = LocalEngine(
                sessions, journal, outputs, now, forecaster=forecaster, look=sessions.look, on_broken=note_broken
            )
            notifier = Notifier(engine, lambda: load_settings(find_paths()).notify)
            engine.on_launch = notifier.watch
            try:
                yield engine
            finally:
                await engine.close()
                await notifier.close()
        finally:
            await writer.close()
        journal.close()
    finally:
        lock.release()
