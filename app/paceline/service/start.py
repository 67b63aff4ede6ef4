"""Starting the service in a process of its own, out of reach of any terminal; who comes second uses the first's."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

from paceline.service.place import PlaceError, living_service, socket_path
from paceline.store.state_lock import Holder, living_engine
from paceline.store.writer import sentence

START_S = 30.0
"""How long a service may take until it listens; it takes about one second."""
READY = "ready"


def ensure_service(state: Path) -> Holder:
    """The service of the state folder; started when there is none. Blocks. Raises StoreError.

    Of two that start at once the lock lets one live; the other one's face uses it.
    """
    if (found := _living(state)) is not None:
        return found
    socket_path(state)
    said = _spawn(state)
    if (found := _living(state)) is not None:
        return found
    raise PlaceError(f"the service did not start: {said or 'it ended without a word'}; see {log_path(state)}")


def log_path(state: Path) -> Path:
    """What a service says that cannot use the log any more, or not yet."""
    return state / "service.log"


def _living(state: Path) -> Holder | None:
    """The service; one that has just taken the lock has not told its name yet. Raises PlaceError for an engine."""
    deadline = time.monotonic() + 1.0
    while (holder := living_engine(state)) is not None and not holder.pid and time.monotonic() < deadline:
        time.sleep(0.01)
    if holder is not None and not holder.socket:
        raise PlaceError(
            f"the state folder {state} is in use by {holder.name}, which runs a job of its own: one engine runs the "
            "jobs of a state folder; wait for it to end, or set XDG_STATE_HOME to use another folder"
        )
    return living_service(state)


def _spawn(state: Path) -> str:
    """Start one and wait for its word: `ready`, or why not. Raises StoreError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = os.open(log_path(state), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise sentence(error, f"write to the state folder {state}") from error
    try:
        # -P: the working directory is no place to import from.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "paceline", "service", "run", "--detached"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd="/", umask=0o077, start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(log)
    assert process.stdout is not None
    with process.stdout as words:
        said = _read(words.fileno())
    # What we started has forked the service and ended: there is nothing to wait for, and nothing left behind.
    process.wait()
    return said


def _read(descriptor: int) -> str:
    """The word, up to the end of the line or of those who could write it."""
    deadline, data = time.monotonic() + START_S, b""
    while b"\n" not in data and (left_s := deadline - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left_s)[0]:
            if not (chunk := os.read(descriptor, 4_096)):
                break
            data += chunk
    return data.decode("utf-8", "replace").partition("\n")[0]


def detach() -> None:
    """Leave the process that started us: the rest runs in a child that has no parent but init.

    Call it before there are threads or an event loop.
    """
    if os.fork():
        os._exit(0)


def tell(word: str, log: Path) -> None:
    """Say how the start went, and from now on write standard output to the log."""
    os.write(1, f"{' '.join(word.split())}\n".encode())
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.close(descriptor)
