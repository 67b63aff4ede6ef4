"""The socket that the service listens on: for this user alone, by its mode and by who really calls."""

import contextlib
import os
import socket
import struct
from pathlib import Path

from paceline.store.writer import sentence

_CREDENTIALS = struct.Struct("3i")
"""`struct ucred`: pid, uid, gid."""


class PrivateListener(socket.socket):
    """A listening Unix socket that hangs up on every other user."""

    def accept(self) -> tuple[socket.socket, object]:
        """The next caller. Raises ConnectionAbortedError, which event loops take for one that hung up itself."""
        caller, address = super().accept()
        if peer_uid(caller) != os.getuid():
            caller.close()
            raise ConnectionAbortedError("another user called")
        return caller, address


def peer_uid(caller: socket.socket) -> int:
    """Whose process is at the other end, as the kernel has it; our own where it does not say (not Linux)."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return os.getuid()
    _, uid, _ = _CREDENTIALS.unpack(caller.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    return int(uid)


def listen(path: Path) -> PrivateListener:
    """Listen at `path`, in place of what an earlier service left there. Raises StoreError.

    Only for who holds the lock of the state folder.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.parent.chmod(0o700)
        path.parent.chmod(0o700)
        path.unlink(missing_ok=True)
        listener = PrivateListener(socket.AF_UNIX, socket.SOCK_STREAM)
        umask = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(umask)
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        raise sentence(error, f"listen at {path}") from error
    return listener


def put_away(listener: socket.socket, path: Path) -> None:
    """Close it and take its path away."""
    listener.close()
    with contextlib.suppress(OSError):
        path.unlink()
