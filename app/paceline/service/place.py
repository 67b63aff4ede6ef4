"""Where the service of a state folder listens, and which one lives there."""

import os
import socket
from pathlib import Path

from paceline.store.kinds import StoreError
from paceline.store.state_lock import Holder, living_engine

LONGEST_PATH = 100
"""Bytes of a socket's path; Linux takes 107, other systems 103."""


class PlaceError(StoreError):
    """No service can be used here; a sentence."""


def socket_path(state: Path) -> Path:
    """Where the service of this host and state folder listens. Raises PlaceError when the path is too long.

    In the state folder, because the runtime folder goes away at logout; by host, because homes are shared.
    """
    path = state / "run" / socket.gethostname() / "api.sock"
    if len(os.fsencode(path)) >= LONGEST_PATH:
        raise PlaceError(
            f"the path of the service's socket, {path}, is {len(os.fsencode(path))} bytes long, and a socket's may "
            f"have {LONGEST_PATH - 1}: set XDG_STATE_HOME to a folder with a shorter path, or use --in-process"
        )
    return path


def living_service(state: Path) -> Holder | None:
    """The service that holds the state folder; None when there is none, or an engine that is no service.

    Raises StoreError: one on another host, whose socket is no use here.
    """
    holder = living_engine(state)
    if holder is None or not holder.socket:
        return None
    if not holder.is_here:
        raise PlaceError(
            f"the service of the state folder {state} is {holder.name}: use it there, "
            "or set XDG_STATE_HOME to use another folder"
        )
    return holder
