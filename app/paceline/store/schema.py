"""The journal's tables, and how a database file is opened."""

import os
import sqlite3
from pathlib import Path

from paceline.store.kinds import StoreError

USER_VERSION = 1

_TABLES = """
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  spec TEXT NOT NULL,
  continues TEXT NOT NULL,
  state TEXT NOT NULL,
  counts TEXT NOT NULL,
  finished_at TEXT NOT NULL DEFAULT '',
  last_seq INTEGER NOT NULL
) STRICT;
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
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version={USER_VERSION};COMMIT;")
    else:
        _check_version(connection, path)


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != USER_VERSION:
        raise StoreError(
            f"the journal {path} has format {version}, this Paceline reads format {USER_VERSION}: "
            "use the release that wrote it, or another state folder"
        )
