"""The journal's tables, and how a database file is opened."""

import json
import os
import sqlite3
from pathlib import Path

from paceline.store.kinds import StoreError

USER_VERSION = 3
READABLE = (1, 2, 3)
"""Formats that a reader takes as they are; a writer brings an older one up to date first."""

_JOB = """
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  continues TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  counts TEXT NOT NULL,
  devices INTEGER NOT NULL DEFAULT 0,
  pace TEXT NOT NULL DEFAULT '{}',
  started_at TEXT NOT NULL DEFAULT '',
  finished_at TEXT NOT NULL DEFAULT '',
  forecast TEXT NOT NULL DEFAULT '',
  last_seq INTEGER NOT NULL,
  read_only INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE spec (
  job TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
"""
# The spec of a large job takes megabytes. In the job's own row each commit and each listing would carry it along.

_TABLES = """
CREATE TABLE event (
  job TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  type TEXT NOT NULL,
  device TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE duration (
  platform TEXT NOT NULL,
  command TEXT NOT NULL,
  device TEXT NOT NULL,
  at TEXT NOT NULL,
  seconds REAL NOT NULL
) STRICT;
CREATE INDEX duration_by_command ON duration (platform, command, at);
"""


def connect(path: Path, *, is_writer: bool) -> sqlite3.Connection:
    """Open the journal. A writer makes the tables of a new file; a reader never changes anything.

    Raises StoreError with a sentence. WAL where the file system can (a reader then never waits for the writer),
    a rollback journal where it cannot, as on NFS.
    """
    try:
        if is_writer:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            path.chmod(0o600)
            connection.execute("PRAGMA journal_mode=WAL")
            _prepare(connection, path)
        else:
            connection = _read_only(path, "mode=ro")
            try:
                _check_version(connection, path)
            except sqlite3.OperationalError:
                connection.close()
                if not _is_frozen(path):
                    raise
                connection = _read_only(path, "immutable=1")
                _check_version(connection, path)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot open the journal {path}: {error}") from error
    return connection


def _read_only(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{_quoted(path)}?{how}", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )


def _is_frozen(path: Path) -> bool:
    """Whether the file stands whole on a file system that is read-only: there SQLite cannot make what WAL needs."""
    log = path.with_name(f"{path.name}-wal")
    is_whole = not log.exists() or log.stat().st_size == 0
    return is_whole and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = format_of(connection)
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE;{_JOB}{_TABLES}PRAGMA user_version={USER_VERSION};COMMIT;")
        return
    _check_version(connection, path)
    if version == 1:
        _split_jobs(connection)
    elif version == 2:
        _add_read_only(connection)


def format_of(connection: sqlite3.Connection) -> int:
    """The journal's format: its `user_version`."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _split_jobs(connection: sqlite3.Connection) -> None:
    """From format 1 on, all or nothing: the spec moves to its own table; the job's row gets what lists show."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited.
        if format_of(connection) == 1:
            connection.execute("ALTER TABLE job RENAME TO job_before")
            for statement in filter(str.strip, _JOB.split(";")):
                connection.execute(statement)
            for (job,) in connection.execute("SELECT id FROM job_before").fetchall():
                _carry_over(connection, job)
            connection.execute("DROP TABLE job_before")
            connection.execute(f"PRAGMA user_version={USER_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _add_read_only(connection: sqlite3.Connection) -> None:
    """From format 2 to 3, all or nothing: a job's row says whether it only reads. Until then each did."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if format_of(connection) == 2:
            connection.execute("ALTER TABLE job ADD COLUMN read_only INTEGER NOT NULL DEFAULT 1")
            connection.execute(f"PRAGMA user_version={USER_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _carry_over(connection: sqlite3.Connection, job: str) -> None:
    execute = connection.execute
    (spec,) = execute("SELECT spec FROM job_before WHERE id=?", (job,)).fetchone()
    try:
        frozen = json.loads(spec)
        devices, pace = len(frozen["targets"]), json.dumps(frozen.get("pace", {}))
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"cannot bring the journal up to date: job {job} is kept in no readable form") from error
    # Both stand among a job's first events.
    early = "SELECT at, body FROM event WHERE job=? AND seq<=20 AND type=? ORDER BY seq LIMIT 1"
    started = execute(early, (job, "job_started")).fetchone()
    foreseen = execute(early, (job, "forecast_made")).fetchone()
    execute("INSERT INTO spec VALUES (?,?)", (job, spec))
    execute(
        "INSERT INTO job SELECT id, name, created_at, continues, state, counts, ?, ?, ?, finished_at, ?, last_seq, 1"
        " FROM job_before WHERE id=?",
        (
            devices,
            pace,
            started[0] if started else "",
            foreseen[1] if foreseen else "",
            job,
        ),
    )


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = format_of(connection)
    if version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        # Begun by a writer that had no room for the tables.
        return
    if version not in READABLE:
        raise StoreError(
            f"the journal {path} has format {version}, this Paceline reads format {USER_VERSION}: "
            "use the release that wrote it, or another state folder"
        )
