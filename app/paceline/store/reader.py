"""The reading side of the journal: jobs, events, and the durations of earlier runs."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from paceline.model import event as ev
from paceline.model.collector import collector_paused
from paceline.model.event_lines import decode_lines
from paceline.model.job import JobSpec, Pace
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.store.kinds import JobSummary, StoreError
from paceline.store.schema import USER_VERSION, connect, format_of

RECENT = 200
"""Durations looked at per platform and command."""

_NEWEST_FIRST = "ORDER BY created_at DESC, id DESC"
_LISTING = {
    1: "SELECT id, name, created_at, state, counts, continues, finished_at, last_seq, '' AS started_at, 0 AS devices,"
    f" '{{}}' AS pace, '' AS forecast, 1 AS read_only FROM job {_NEWEST_FIRST}",
    2: "SELECT id, name, created_at, state, counts, continues, finished_at, last_seq, started_at, devices,"
    f" pace, forecast, 1 AS read_only FROM job {_NEWEST_FIRST}",
    3: "SELECT id, name, created_at, state, counts, continues, finished_at, last_seq, started_at, devices,"
    f" pace, forecast, read_only FROM job {_NEWEST_FIRST}",
}
_SPEC = {1: "SELECT spec FROM job WHERE id=?", 2: "SELECT body FROM spec WHERE job=?"}
_SPEC[3] = _SPEC[2]


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
        return [_summary(row) for row in self._query(_LISTING[self._format()])]

    def summary(self, job: str) -> JobSummary | None:
        """The line of one job, by its whole id; None when there is none. Raises StoreError."""
        rows = self._query(f"SELECT * FROM ({_LISTING[self._format()]}) WHERE id=?", job)
        return _summary(rows[0]) if rows else None

    def unfinished(self) -> dict[str, int]:
        """Jobs that have not ended, with the number of their last event. Raises StoreError."""
        return dict(self._query("SELECT id, last_seq FROM job WHERE finished_at=''"))

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
        rows = self._query("SELECT type, body FROM event WHERE job=? AND seq>? ORDER BY seq LIMIT ?", job, after, limit)
        if rows and rows[0][0] == "job_created":
            return [self._created(job, after + 1), *decode_lines(rows[1:])]
        return decode_lines(rows)

    def spec(self, job: str) -> JobSpec | None:
        """A job as it was frozen; None when there is no such job. Raises StoreError."""
        rows = self._query(_SPEC[self._format()], job)
        return JobSpec.model_validate_json(rows[0][0]) if rows else None

    def device_events(self, job: str, device: str) -> list[ev.JobEvent | ev.UnknownEvent]:
        """Committed events of one device, and those that interrupted its job. Raises StoreError."""
        rows = self._query(
            "SELECT type, body FROM event WHERE job=? AND (device=? OR type='job_interrupted') ORDER BY seq",
            job,
            device,
        )
        return decode_lines(rows)

    def status(self, job: str) -> JobStatus:
        """The fold of all events of a job; its `seq` is 0 when there is no such job. Raises StoreError."""
        status = JobStatus()
        with collector_paused():
            while batch := self.events(job, status.seq, 5_000):
                for event in batch:
                    status.apply(event)
        return status

    def hashes(self, job: str) -> dict[tuple[str, int], str]:
        """SHA-256 of a job's outputs, the latest attempt's, by device and number of the command. Raises StoreError."""
        rows = self._query("SELECT type, body FROM event WHERE job=? AND type='command_ended' ORDER BY seq", job)
        ended = (event for event in decode_lines(rows) if isinstance(event, ev.CommandEnded))
        return {(event.device, event.index): event.sha256 for event in ended if event.sha256}

    def durations(self, platform: str, command: str) -> list[float]:
        """Seconds that `command` took in the latest successful runs on `platform`, the newest first."""
        rows = self._query(
            "SELECT seconds FROM duration WHERE platform=? AND command=? ORDER BY at DESC LIMIT ?",
            platform,
            command,
            RECENT,
        )
        return [row[0] for row in rows]

    def _created(self, job: str, seq: int) -> ev.JobCreated:
        """The first event, whose frozen spec stands in the job's own row."""
        at = self._query("SELECT at FROM event WHERE job=? AND seq=?", job, seq)[0][0]
        spec = self._query(_SPEC[self._format()], job)[0][0]
        return ev.JobCreated(seq=seq, at=datetime.fromisoformat(at), job=job, spec=JobSpec.model_validate_json(spec))

    def _format(self) -> int:
        """Asked each time: an engine may bring the file up to date while it is read."""
        rows = self._query("PRAGMA user_version")
        return rows[0][0] if rows else USER_VERSION

    def _query(self, sql: str, *values: object) -> list[Any]:
        try:
            if self._connection is None:
                if not self._path.exists():
                    return []
                connection = connect(self._path, is_writer=False)
                if not format_of(connection):
                    connection.close()
                    return []
                self._connection = connection
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"cannot read the journal {self._path}: {error}") from error


def _summary(row: Sequence[Any]) -> JobSummary:
    job, name, created_at, state, counts, continues, finished_at, last_seq, *rest = row
    started_at, devices, pace, forecast, read_only = rest
    made = ev.ForecastMade.model_validate_json(forecast) if forecast else None
    return JobSummary(
        id=job,
        name=name,
        created_at=created_at,
        state=state,
        counts=json.loads(counts),
        continues=continues,
        finished_at=finished_at,
        last_seq=last_seq,
        started_at=started_at,
        devices=devices,
        pace=Pace.model_validate_json(pace),
        forecast=Forecast(made.likely, made.nine_in_ten, made.held_by, made.basis) if made else None,
        read_only=bool(read_only),
    )
