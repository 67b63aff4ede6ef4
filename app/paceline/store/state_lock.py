"""One engine per state folder: a lock file that says who holds it, and which jobs others left open."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paceline.store.kinds import StoreError
from paceline.store.writer import sentence

FILE_NAME = "engine.lock"
_LOOKS = 50
_LOOK_S = 0.01
"""A look at the lock holds it for less than this."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The engine that lives in a state folder."""

    host: str = ""
    pid: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    """Jobs that had not ended when it came, and the number of their last event then."""
    socket: str = ""
    """Where it takes requests, when it is a service."""

    @property
    def is_here(self) -> bool:
        """Whether it lives on this host: state folders may be shared."""
        return self.host == socket.gethostname()

    @property
    def name(self) -> str:
        """Who it is, for a sentence."""
        return f"process {self.pid} on {self.host}" if self.pid else "another process"


def living_engine(folder: Path) -> Holder | None:
    """The engine that holds the lock of the state folder; None when there is none. Raises StoreError."""
    path = folder / FILE_NAME
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise sentence(error, f"look at {path}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path)
    except OSError:
        # A file system without locks cannot say; its engine could not have started either.
        return None
    finally:
        os.close(descriptor)
    return None


def is_interrupted(job: str, last_seq: int, holder: Holder | None) -> bool:
    """Whether a job that has not ended has no engine: its process died, and nothing was added to it since."""
    return holder is None or holder.left.get(job) == last_seq


def _read(path: Path) -> Holder:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Holder(said["host"], said["pid"], said.get("left", {}), said.get("socket", ""))
    except (OSError, ValueError, KeyError):
        return Holder()


class StateLock:
    """Holds `engine.lock` in the state folder until it is released or the process ends."""

    def __init__(self, folder: Path, serves_at: str = "") -> None:
        """`serves_at` is the socket of a service."""
        self.path = folder / FILE_NAME
        self._serves_at = serves_at
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises StoreError that names the holder."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise sentence(error, f"write to the state folder {self.path.parent}") from error
        try:
            self._lock(descriptor)
        except StoreError:
            os.close(descriptor)
            raise
        except OSError as error:
            os.close(descriptor)
            raise sentence(error, f"lock {self.path} (does its file system know locks?)") from error
        self._descriptor = descriptor
        try:
            self.record({})
        except StoreError:
            self.release()
            raise

    def record(self, left: Mapping[str, int]) -> None:
        """Say who holds the lock, and which jobs were open before: id and last event. Raises StoreError."""
        holder = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "boot": _boot_id(),
            "socket": self._serves_at,
            "left": dict(left),
        }
        assert self._descriptor is not None
        try:
            # In place, and never shorter than what stood there: who reads it meanwhile, or a disk that is full, finds
            # no lock without a holder.
            said = json.dumps(holder).encode().ljust(os.fstat(self._descriptor).st_size)
            os.pwrite(self._descriptor, said, 0)
        except OSError as error:
            raise sentence(error, f"write to the state folder {self.path.parent}") from error

    def _lock(self, descriptor: int) -> None:
        """Take it from nobody: one who only looks is waited for. Raises StoreError when an engine has it."""
        for _ in range(_LOOKS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    break
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                time.sleep(_LOOK_S)
            else:
                return
        raise StoreError(
            f"the state folder {self.path.parent} is in use by {_read(self.path).name}: one engine runs the jobs of a "
            "state folder; wait for it to end, or set XDG_STATE_HOME to use another folder"
        )

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _boot_id() -> str:
    """Tells one boot of this host from the next, so that a pid means something."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
