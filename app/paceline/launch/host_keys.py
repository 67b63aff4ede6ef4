"""Host keys before a job: whose are recorded nowhere, what the devices show, and recording what was agreed to.

The command line and the screens share this; sessions decide by the same `HostKeys`.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.config.paths import Paths, expand
from paceline.launch.jump_scan import ScanJumps
from paceline.launch.jumps import Ways
from paceline.model.audit import key_accepted
from paceline.model.device import Device
from paceline.model.errors import PacelineError
from paceline.model.host_key import KeyState, SeenKey
from paceline.model.job import JobSpec
from paceline.model.jump import place_of
from paceline.model.secret import Secrets
from paceline.model.settings import Settings
from paceline.model.time import now

if TYPE_CHECKING:
    from paceline.session.hostkeys import HostKeys
    from paceline.session.ownhosts import Entry, OwnKnownHosts

MOST_HASHES = 2_000_000
"""Hashed lines times devices that are worth trying (about a second): each must be tried for each."""


class HostKeyError(PacelineError):
    """Host keys that cannot be looked up, accepted or removed; a sentence."""


def without_host_key(
    devices: Sequence[Device], settings: Settings, paths: Paths, most_hashes: int = MOST_HASHES
) -> frozenset[str]:
    """Names of devices that no known_hosts file has under their name or address. Reads files; run it on a thread.

    Nothing is resolved, and a file that cannot be trusted counts as having every key: the start will tell of it. The
    same holds where more than `most_hashes` would have to be tried; 0: try them all.
    """
    from paceline.session.base import SessionError

    async def look() -> frozenset[str]:
        keys = _host_keys(settings, paths)
        if most_hashes and keys.hashed * len(devices) > most_hashes:
            return frozenset()
        found = []
        for device in devices:
            recorded = await keys.recorded(device.name, [device.address], device.port, device.jump_place)
            if recorded.is_unknown:
                found.append(device.name)
        return frozenset(found)

    try:
        return asyncio.run(look())
    except SessionError:
        return frozenset()


def accept_new(spec: JobSpec, names: Collection[str]) -> JobSpec:
    """The job with the operator's word that the first host key of exactly these devices is trusted and recorded.

    Ask once, with their count, before this. Changed and revoked keys are refused all the same.
    """
    wanted = frozenset(names)
    if not wanted and not any(target.device.accept_new_key for target in spec.targets):
        return spec
    targets = tuple(
        target
        if target.device.accept_new_key == (target.device.name in wanted)
        else target.model_copy(
            update={"device": target.device.model_copy(update={"accept_new_key": target.device.name in wanted})}
        )
        for target in spec.targets
    )
    return spec.model_copy(update={"targets": targets})


async def scan(
    ways: Ways, secrets: Secrets, settings: Settings, paths: Paths, *, connects_per_second: float = 50
) -> AsyncGenerator[SeenKey, None]:
    """What host key each device shows, as the answers come: key exchanges alone, no login, nothing is written.

    `secrets` are for the jump hosts on the way, which are logged in to, once each. Raises HostKeyError where a
    known_hosts file cannot be trusted. Close it to end early (`contextlib.aclosing`).
    """
    from paceline.session.base import SessionError
    from paceline.session.factory import SshSessionFactory
    from paceline.session.keyscan import KeyScanner, ScanPace

    sessions = SshSessionFactory(_known_hosts(settings, paths), own_known_hosts(paths).path)
    jumps = ScanJumps(ways.hosts, ways.credentials, secrets, sessions)
    keys = _host_keys(settings, paths)
    try:
        # Before any device is knocked at.
        keys.look()
        async with jumps.opened():
            scanner = KeyScanner(keys, ScanPace(connects_per_second), through=jumps.to)
            async with aclosing(scanner.scan(ways.devices)) as seen:
                async for key in seen:
                    yield key
    except SessionError as error:
        raise HostKeyError(error.message) from error


def record_new(keys: Sequence[SeenKey], paths: Paths, by: str) -> int:
    """Record the new ones of `keys` in Paceline's own known_hosts, and in the audit log that `by` accepted them.

    Returns how many. All others are left alone, whatever was asked. Blocks; run it on a thread. Raises HostKeyError,
    StoreError where the audit log cannot be written.
    """
    from paceline.session.knownhosts import RecordedKey
    from paceline.session.ownhosts import entry_for
    from paceline.store.audit import NAME, AuditLog

    new = [key for key in keys if key.state is KeyState.NEW]
    try:
        entries = [
            entry_for(key.device, (key.address,), key.port, place_of(key.jump), RecordedKey(key.algorithm, key.base64))
            for key in new
        ]
    except ValueError as error:
        raise HostKeyError(str(error)) from error
    if entries:
        own_known_hosts(paths).append(entries)
        at = now()
        AuditLog(paths.state / NAME).append(
            [
                key_accepted(
                    at, key.device, (key.address, key.port, key.jump), f"{key.algorithm} {key.fingerprint}", by
                )
                for key in new
            ]
        )
    return len(entries)


class KeyScan:
    """A scan on a loop of its own, for callers whose loop has a screen to draw. `run` blocks: give it a thread."""

    def __init__(
        self, ways: Ways, secrets: Secrets, settings: Settings, paths: Paths, connects_per_second: float = 50
    ) -> None:
        self.devices = tuple(ways.devices)
        self.seen: list[SeenKey] = []
        """Grows while it runs."""
        self._ways, self._secrets = ways, secrets
        self._settings, self._paths, self._pace = settings, paths, connects_per_second
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def run(self) -> None:
        """Look at every device, or until it is cancelled. Raises HostKeyError."""
        with suppress(asyncio.CancelledError):
            asyncio.run(self._collect())

    async def _collect(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            if self._is_cancelled:
                return
            self._running = (asyncio.get_running_loop(), task)
        try:
            async with aclosing(
                scan(self._ways, self._secrets, self._settings, self._paths, connects_per_second=self._pace)
            ) as found:
                async for key in found:
                    self.seen.append(key)
        finally:
            with self._lock:
                self._running = None

    def cancel(self) -> None:
        """End it soon; from any thread, at any time."""
        with self._lock:
            self._is_cancelled = True
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)


def own_entries(paths: Paths) -> "list[Entry]":
    """What Paceline's own known_hosts records, in its order. Raises PacelineError."""
    return own_known_hosts(paths).entries()


def own_known_hosts(paths: Paths) -> "OwnKnownHosts":
    """Paceline's own file. Its methods raise PacelineError."""
    from paceline.session.ownhosts import OwnKnownHosts

    return OwnKnownHosts(paths.state / "known_hosts")


def _host_keys(settings: Settings, paths: Paths) -> "HostKeys":
    from paceline.session.hostkeys import HostKeys

    return HostKeys(_known_hosts(settings, paths), paths.state / "known_hosts")


def _known_hosts(settings: Settings, paths: Paths) -> list[Path]:
    return [expand(path, paths.config) for path in settings.host_keys.known_hosts]
