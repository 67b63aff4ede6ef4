"""One engine per state folder: a lock file that says who holds it."""

import fcntl
import json
import os
import socket
from pathlib import Path

from paceline.store.kinds import StoreError
from paceline.store.writer import sentence


class StateLock:
    """Holds `engine.lock` in the state folder until it is released or the process ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "engine.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises StoreError that names the holder."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise sentence(error, f"write to the state folder {self.path.parent}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StoreError(self._taken()) from None
        except OSError as error:
            os.close(descriptor)
            raise sentence(error, f"lock {self.path} (does its file system know locks?)") from error
        self._descriptor = descriptor
        holder = {"host": socket.gethostname(), "pid": os.getpid(), "boot": _boot_id()}
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(holder).encode())
        except OSError as error:
            self.release()
            raise sentence(error, f"write to the state folder {self.path.parent}") from error

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _taken(self) -> str:
        try:
            holder = json.loads(self.path.read_text())
            who = f"process {holder['pid']} on {holder['host']}"
        except (OSError, ValueError, KeyError):
            who = "another process"
        return (
            f"the state folder {self.path.parent} is in use by {who}: one engine runs the jobs of a state folder; "
            "wait for it to end, or set XDG_STATE_HOME to use another folder"
        )


def _boot_id() -> str:
    """Tells one boot of this host from the next, so that a pid means something."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
