"""Which devices will be refused because no file has their host key: said before the start, not after it."""

import asyncio
from collections.abc import Sequence

from paceline.config.paths import Paths, expand
from paceline.model.device import Device
from paceline.model.settings import Settings

MOST_HASHES = 2_000_000
"""Hashed lines times devices that are worth trying (about two seconds): each must be tried for each."""


def without_host_key(devices: Sequence[Device], settings: Settings, paths: Paths) -> frozenset[str]:
    """Names of devices that no known_hosts file has under their name or address. Reads files; run it on a thread.

    Nothing is resolved, and a file that cannot be trusted counts as having every key: the start will tell of it.
    """
    from paceline.session.base import SessionError
    from paceline.session.hostkeys import HostKeys

    files = [expand(path, paths.config) for path in settings.host_keys.known_hosts]
    keys = HostKeys(files, paths.state / "known_hosts")

    async def look() -> frozenset[str]:
        found = []
        for device in devices:
            recorded = await keys.recorded(device.name, [device.address], device.port)
            if not (recorded.keys or recorded.other_port or recorded.authorities):
                found.append(device.name)
        return frozenset(found)

    try:
        if keys.hashed * len(devices) > MOST_HASHES:
            return frozenset()
        return asyncio.run(look())
    except SessionError:
        return frozenset()
