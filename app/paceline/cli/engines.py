"""Which engine a command uses: the service's when one holds the state folder, else one of its own."""

import getpass
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from paceline.cli.engine_room import engine_room, prepare_state
from paceline.config.paths import Paths, expand
from paceline.engine.contract import Engine
from paceline.model.settings import Settings
from paceline.service.place import living_service


class RunningEngine(Engine, Protocol):
    """An engine whose jobs can be waited for."""

    async def wait(self, job: str) -> None:
        """Return when the job's sessions are closed, as far as this process has any."""
        ...


@asynccontextmanager
async def engine_for(paths: Paths, settings: Settings, *, in_process: bool = False) -> AsyncIterator[RunningEngine]:
    """The service's engine, or one of this process. Raises StoreError: another process has the state folder."""
    # Before the lock is looked for: what is wrong with the folder itself is said as such.
    prepare_state(paths.state)
    holder = None if in_process else living_service(paths.state)
    if holder is not None:
        from paceline.service.client import ServiceClient

        async with ServiceClient(holder.socket) as client:
            yield client
        return
    known_hosts = [expand(path, paths.config) for path in settings.host_keys.known_hosts]
    async with engine_room(paths.state, known_hosts) as engine:
        yield engine


def operator_name() -> str:
    """Who sits where: `alice@jump01`."""
    return f"{getpass.getuser()}@{platform.node().partition('.')[0]}"
