"""The journal: jobs and their events in SQLite, committed in groups by the writer thread."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from paceline.model import event as ev
from paceline.model.duration import FAILED, LOGIN, UNREACHABLE
from paceline.model.job import JobSpec
from paceline.store.audit import AuditLog
from paceline.store.durations import JobDurations
from paceline.store.kinds import JobSummary, StoreError
from paceline.store.reader import JournalReader
from paceline.store.schema import connect
from paceline.store.writer import Writer

GROUP_S = 0.02
"""How long the first event of a quiet while waits for others."""
GROUP_BUSY_S = 0.05
"""The same where groups follow each other: half the commits, each of which costs as much as ten events, and no face
shows events more often."""
BUSY_S = 0.1
"""From one group to the next event, where groups follow each other."""
GROUP_EVENTS = 200
KEPT_DURATIONS = 1_000
"""Durations kept per platform and command; forecasts look at fewer."""
FEW_SETS = 1_000

Committed = Callable[[Sequence[ev.JobEvent]], None]


class Journal:
    """The writing side of the journal. One per state folder; see engine.lock."""

    def __init__(self, path: Path, writer: Writer, audit: AuditLog | None = None) -> None:
        self._path, self._writer, self._audit = path, writer, audit
        self._connection = connect(path, is_writer=True)
        self._reader = JournalReader(path)
        self._synchronous = ""
        self._durations: dict[str, JobDurations] = {}

    def open(self, spec: JobSpec, committed: Committed, failed: Callable[[StoreError], None]) -> "JobJournal":
        """Begin or continue the journal of a job; both callbacks come on the loop."""
        self._writer.mend(spec.id)
        return JobJournal(self, spec, committed, failed)

    async def read(self, job: str, after: int = 0, limit: int = 1_000) -> list[ev.JobEvent | ev.UnknownEvent]:
        """Committed events of a job, from `after` on."""
        return await self._writer.submit(lambda: self._reader.events(job, after, limit))

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first."""
        return await self._writer.submit(self._reader.jobs)

    def close(self) -> None:
        """Close both connections; call it when the writer has ended."""
        self._reader.close()
        self._connection.close()

    def submit(self, work: Callable[[], None]) -> "asyncio.Future[None]":
        """Have `work` done on the writer thread, after all that was handed over before."""
        return self._writer.submit(work)

    def commit(self, spec: JobSpec, events: Sequence[ev.JobEvent]) -> None:
        """Commit a group of one job's events; on the writer thread. Raises StoreError.

        One transaction; none behind an output of the job that could not be written.

        The level of `synchronous` is the job's. FULL for jobs that may change devices: each commit waits for the disk,
        because a power cut must not lose what was sent. NORMAL for those that only read: kill -9 loses nothing, the
        file system has it; a power cut may lose the last commits, whole and in order, and what they told of runs again.
        An output is not waited for: the files of the last seconds may be missing or cut, the hash in the journal tells.
        """
        if self._audit is not None:
            # First: it may tell of a login that the journal lost, never the other way round.
            self._audit.note(spec, events)
        execute = self._connection.execute
        # An output that could not be written: no event may say that it was.
        self._writer.raise_broken(spec.id)
        try:
            self._set_synchronous("NORMAL" if spec.read_only else "FULL")
            execute("BEGIN IMMEDIATE")
            try:
                self._insert(spec, events)
                execute("COMMIT")
            except BaseException:
                # A COMMIT that finds the disk full may leave the transaction open.
                self._connection.rollback()
                raise
        except sqlite3.Error as error:
            raise StoreError(f"cannot write the journal {self._path}: {error}") from error

    def _set_synchronous(self, level: str) -> None:
        if level != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous={level}")
            self._synchronous = level

    def _insert(self, spec: JobSpec, events: Sequence[ev.JobEvent]) -> None:
        execute = self._connection.execute
        rows: list[tuple[str, int, str, str, str | None, str]] = []
        for event in events:
            if isinstance(event, ev.JobCreated):
                _insert_job(execute, event)
            rows.append(_row(event))
        durations = self._durations.setdefault(spec.id, JobDurations(spec)).rows(events)
        self._connection.executemany("INSERT INTO duration VALUES (?,?,?,?,?)", durations)
        if events and isinstance(events[-1], ev.JobFinished):
            # Nothing follows it.
            _trim_durations(execute, spec)
            del self._durations[spec.id]
        self._connection.executemany("INSERT INTO event VALUES (?,?,?,?,?,?)", rows)
        _update_job(execute, spec.id, events)


def _trim_durations(execute: Callable[..., Any], spec: JobSpec) -> None:
    """Keep the newest of each of the job's commands. One that is filled per device never comes to as many."""
    pairs = {(target.platform, target.commands): None for target in spec.targets}
    if len(pairs) > FEW_SETS:
        return
    kept = {(name, each.command) for name, index in pairs for each in spec.command_sets[index]}
    kept.update((name, what) for name, _ in pairs for what in (LOGIN, UNREACHABLE, FAILED))
    for platform, command in kept:
        execute(
            "DELETE FROM duration WHERE platform=?1 AND command=?2 AND at < ("
            "SELECT at FROM duration WHERE platform=?1 AND command=?2 ORDER BY at DESC LIMIT 1 OFFSET ?3)",
            (platform, command, KEPT_DURATIONS - 1),
        )


def _insert_job(execute: Callable[..., Any], event: ev.JobCreated) -> None:
    spec = event.spec
    execute("INSERT INTO spec VALUES (?,?)", (spec.id, spec.model_dump_json()))
    execute(
        "INSERT INTO job (id, name, created_at, continues, state, counts, devices, pace, last_seq, read_only)"
        " VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            spec.id,
            spec.name,
            spec.created_at.isoformat(),
            spec.continues,
            "running",
            json.dumps({"pending": len(spec.targets)}),
            len(spec.targets),
            spec.pace.model_dump_json(),
            event.seq,
            spec.read_only,
        ),
    )


def _row(event: ev.JobEvent) -> tuple[str, int, str, str, str | None, str]:
    # The frozen spec stands once, in a table of its own; see JournalReader.
    body = '{"spec":null}' if isinstance(event, ev.JobCreated) else ev.encode(event)
    return (event.job, event.seq, event.at.isoformat(), event.type, getattr(event, "device", None), body)


def _update_job(execute: Callable[..., Any], job: str, events: Sequence[ev.JobEvent]) -> None:
    state: str | None = None
    for event in events:
        state = _STATE_AFTER.get(event.type, state)
        if isinstance(event, ev.JobStarted):
            execute("UPDATE job SET started_at=? WHERE id=? AND started_at=''", (event.at.isoformat(), job))
        elif isinstance(event, ev.ForecastMade):
            execute("UPDATE job SET forecast=? WHERE id=? AND forecast=''", (ev.encode(event), job))
        elif isinstance(event, ev.JobFinished):
            execute(
                "UPDATE job SET state=?, counts=?, finished_at=?, last_seq=? WHERE id=?",
                (event.state.value, json.dumps(event.counts), event.at.isoformat(), event.seq, job),
            )
            return
    last = events[-1].seq
    if state is None:
        execute("UPDATE job SET last_seq=? WHERE id=?", (last, job))
    else:
        execute("UPDATE job SET state=?, last_seq=? WHERE id=?", (state, last, job))


_STATE_AFTER = {
    "job_started": "running",
    "job_paused": "paused",
    "job_resumed": "running",
    "job_held": "held",
    "job_answered": "running",
    "stop_requested": "stopping",
}


class JobJournal:
    """Collects the events of one job, at most 200 and 20 ms, 50 ms where there are many; then has them committed."""

    def __init__(
        self, journal: Journal, spec: JobSpec, committed: Committed, failed: Callable[[StoreError], None]
    ) -> None:
        self._journal, self._spec = journal, spec
        self._committed, self._failed = committed, failed
        self._loop = asyncio.get_running_loop()
        self._waiting: list[ev.JobEvent] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")
        # Below: the writer thread's alone.
        self._failure: Exception | None = None

    def append(self, event: ev.JobEvent, *, urgent: bool = False) -> None:
        """Queue an event; `urgent` has the group written at once."""
        self._waiting.append(event)
        if urgent or len(self._waiting) >= GROUP_EVENTS:
            self._flush()
        elif self._timer is None:
            is_busy = self._loop.time() - self._flushed_at < BUSY_S
            self._timer = self._loop.call_later(GROUP_BUSY_S if is_busy else GROUP_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        events, self._waiting = self._waiting, []
        self._flushed_at = self._loop.time()
        if events:
            done = self._journal.submit(lambda: self._commit(events))
            done.add_done_callback(lambda done: self._settle(events, done))

    def _commit(self, events: Sequence[ev.JobEvent]) -> None:
        """On the writer thread. After a group that was lost no other is written: the numbers stay dense."""
        if self._failure is not None:
            raise self._failure
        try:
            self._journal.commit(self._spec, events)
        except Exception as error:
            self._failure = error
            raise

    def _settle(self, events: Sequence[ev.JobEvent], done: "asyncio.Future[None]") -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._committed(events)
        else:
            self._failed(error if isinstance(error, StoreError) else StoreError(f"the journal broke: {error!r}"))
