"""What the tests of connecting and logging in share."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest
from tests.session.fake_device import (
    HOST_KEY,
    FakePorts,
    factory,
    platform,
    request,
)

from paceline.session.base import SessionError

LINUX = platform("linux")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def refused_by(
    folder: Path, port: int, *, key: asyncssh.SSHKey = HOST_KEY, ports: FakePorts | None = None, **changes: object
) -> SessionError:
    """The failure that opening ends in."""
    with pytest.raises(SessionError) as failure:
        await factory(folder, port, key).open(request(port, LINUX, **changes), ports or FakePorts())  # type: ignore[arg-type]
    assert "\n" not in failure.value.message
    assert not open_sockets_to(port)
    return failure.value


def open_sockets_to(port: int) -> list[str]:
    """The sockets of this process that are connected to `port`."""
    found = []
    for entry in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        fields = entry.split()
        # Local address, remote address, state (01: established), inode (0: no process has it any more).
        if fields[2] == f"0100007F:{port:04X}" and fields[3] == "01" and fields[9] != "0":
            found.append(fields[9])
    ours = {link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    return [inode for inode in found if f"socket:[{inode}]" in ours]
