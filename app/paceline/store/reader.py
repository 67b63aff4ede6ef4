"""The reading side of the journal: jobs, events, and the durations of earlier runs."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from paceline.model import event as ev
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.store.kinds import JobSummary, StoreError
from paceline.store.schema import connect

RECENT = 200
"""Durations looked at per platform and command."""


class JournalReader:
    """Reads the journal while another process may write it. Opens it on first use; not for several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first. Raises StoreError."""
        rows = self._query(
            "SELECT id, name, created_at, state, counts, continues, finished_at, last_seq FROM job"
            " ORDER BY created_at DESC, id DESC"
        )
        return [JobSummary(r[0], r[1], r[2], r[3], json.loads(r[4]), r[5], r[6], r[7]) for r in rows]

    def find(self, job: str) -> list[str]:
        """The ids that begin with `job`; the newest one for `last`. Raises StoreError."""
        if job == "last":
            return [row[0] for row in self._query("SELECT id FROM job ORDER BY created_at DESC, id DESC LIMIT 1")]
        rows = self._query(
            "SELECT id FROM job WHERE substr(id, 1, ?) = ? ORDER BY created_at DESC, id DESC", len(job), job
        )
        ids = [row[0] for row in rows]
        return [job] if job in ids else ids

    def events(self, job: str, after: int = 0, limit: int = 1_000) -> list[ev.JobEvent | ev.UnknownEvent]:
        """Committed events of a job, from `after` on. Raises StoreError."""
        rows = self._query(
            "SELECT seq, at, type, body FROM event WHERE job=? AND seq>? ORDER BY seq LIMIT ?", job, after, limit
        )
        return [self._event(job, *row) for row in rows]

    def spec(self, job: str) -> JobSpec | None:
        """A job as it was frozen; None when there is no such job. Raises StoreError."""
        rows = self._query("SELECT spec FROM job WHERE id=?", job)
        return JobSpec.model_validate_json(rows[0][0]) if rows else None

    def device_events(self, job: str, device: str) -> list[ev.JobEvent | ev.UnknownEvent]:
        """Committed events of one device, and those that interrupted its job. Raises StoreError."""
        rows = self._query(
            "SELECT seq, at, type, body FROM event WHERE job=? AND (device=? OR type='job_interrupted') ORDER BY seq",
            job,
            device,
        )
        return [self._event(job, *row) for row in rows]

    def status(self, job: str) -> JobStatus:
        """The fold of all events of a job; its `seq` is 0 when there is no such job. Raises StoreError."""
        status = JobStatus()
        while batch := self.events(job, status.seq, 5_000):
            for event in batch:
                status.apply(event)
        return status

    def durations(self, platform: str, command: str) -> list[float]:
        """Seconds that `command` took in the latest successful runs on `platform`, the newest first."""
        rows = self._query(
            "SELECT seconds FROM duration WHERE platform=? AND command=? ORDER BY at DESC LIMIT ?",
            platform,
            command,
            RECENT,
        )
        return [row[0] for row in rows]

    def _event(self, job: str, seq: int, at: str, kind: str, body: str) -> ev.JobEvent | ev.UnknownEvent:
        if kind == "job_created":
            spec = self._query("SELECT spec FROM job WHERE id=?", job)[0][0]
            moment = datetime.fromisoformat(at)
            return ev.JobCreated(seq=seq, at=moment, job=job, spec=JobSpec.model_validate_json(spec))
        return ev.decode_as(kind, body) or ev.decode(body)

    def _query(self, sql: str, *values: object) -> list[Any]:
        try:
            if self._connection is None:
                if not self._path.exists():
                    return []
                self._connection = connect(self._path, is_writer=False)
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"cannot read the journal {self._path}: {error}") from error
