"""Keeping no more than the operator wants: finished jobs beyond a number or an age go, with their folders."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from paceline.store.kinds import StoreError
from paceline.store.outputs import remove
from paceline.store.schema import connect


def prune_jobs(state: Path, jobs: int, days: float, now: datetime) -> list[str]:
    """Delete finished jobs beyond the newest `jobs` and older than `days`; 0 keeps all. Returns the ids that went.

    A job that has not finished is never deleted. The rows go before the folder: what is left over after a crash in
    between is a folder that nobody lists. Raises StoreError.
    """
    if not jobs and not days:
        return []
    path = state / "journal.sqlite"
    try:
        with closing(connect(path, is_writer=True)) as connection:
            gone = _expired(connection, jobs, days, now)
            for job in gone:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("DELETE FROM event WHERE job=?", (job,))
                connection.execute("DELETE FROM spec WHERE job=?", (job,))
                connection.execute("DELETE FROM job WHERE id=?", (job,))
                connection.execute("COMMIT")
                remove(state / "jobs", job)
    except sqlite3.Error as error:
        raise StoreError(f"cannot prune the journal {path}: {error}") from error
    return gone


def _expired(connection: sqlite3.Connection, jobs: int, days: float, now: datetime) -> list[str]:
    rows = connection.execute(
        "SELECT id, finished_at FROM job WHERE finished_at<>'' ORDER BY created_at DESC, id DESC"
    ).fetchall()
    oldest = (now - timedelta(days=days)).isoformat() if days else ""
    return [job for place, (job, finished) in enumerate(rows) if (jobs and place >= jobs) or finished < oldest]
