"""Looks at the host keys of devices by the key exchange alone: no login is begun, nothing is written."""

import asyncio
import copy
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncssh

from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.host_key import KeyState, SeenKey
from paceline.session.base import Jump, SessionError
from paceline.session.connect import end
from paceline.session.dial import Dial, dial, peer_of
from paceline.session.dialogue import Dialogue
from paceline.session.failures import Attempted, before_login
from paceline.session.hostkeys import HostKeys, Recorded
from paceline.session.knownhosts import RecordedKey
from paceline.session.login import LoginClient, recorded_key
from paceline.session.options import client_options

Through = Callable[[Device], Awaitable[Jump]]
"""Gives the open connection to a device's last jump host. Raises SessionError."""

_STATES = {
    FailureKind.HOST_KEY_UNKNOWN: KeyState.NEW,
    FailureKind.HOST_KEY_CHANGED: KeyState.CHANGED,
    FailureKind.HOST_KEY_REVOKED: KeyState.REVOKED,
}


@dataclass(frozen=True, slots=True)
class ScanPace:
    """How hard a scan may knock."""

    connects_per_second: float = 50
    at_once: int = 100
    timeout_s: float = 10
    """For TCP, and again for the greeting and the key exchange."""


class KeyScanner:
    """Scans devices on the running loop."""

    def __init__(
        self, host_keys: HostKeys, pace: ScanPace | None = None, *, dial: Dial = dial, through: Through | None = None
    ) -> None:
        self._host_keys, self._pace, self._dial, self._through = host_keys, pace or ScanPace(), dial, through
        self._options: dict[tuple[object, ...], asyncssh.SSHClientConnectionOptions] = {}

    async def scan(self, devices: Sequence[Device]) -> AsyncGenerator[SeenKey, None]:
        """Each device's key as it comes in, in no order. Raises SessionError where a known_hosts can not be trusted.

        Closed early, it leaves nothing open.
        """
        seen: asyncio.Queue[SeenKey | BaseException] = asyncio.Queue()
        tasks: set[asyncio.Task[None]] = set()
        starter = asyncio.create_task(self._start_all(devices, seen, tasks))
        try:
            for _ in devices:
                found = await seen.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            for task in (starter, *tasks):
                task.cancel()
            await asyncio.gather(starter, *tasks, return_exceptions=True)

    async def _start_all(
        self,
        devices: Sequence[Device],
        seen: "asyncio.Queue[SeenKey | BaseException]",
        tasks: "set[asyncio.Task[None]]",
    ) -> None:
        room = asyncio.Semaphore(self._pace.at_once)
        clock = asyncio.get_running_loop().time
        due = clock()
        for device in devices:
            await asyncio.sleep(max(0.0, due - clock()))
            await room.acquire()
            due = max(clock(), due) + 1 / self._pace.connects_per_second
            task = asyncio.create_task(self._put(device, seen, room))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _put(
        self, device: Device, seen: "asyncio.Queue[SeenKey | BaseException]", room: asyncio.Semaphore
    ) -> None:
        try:
            seen.put_nowait(await self.look(device))
        except Exception as error:  # noqa: BLE001 - raised by `scan`, on the task that waits for it
            seen.put_nowait(error)
        finally:
            room.release()

    async def look(self, device: Device) -> SeenKey:
        """One device's key. Raises SessionError where a known_hosts can not be trusted."""
        timeout_s = self._pace.timeout_s
        try:
            dial = self._dial
            if device.jump:
                if self._through is None:
                    raise SessionError(FailureKind.JUMP_FAILED, f"it is behind {device.jump}, and nothing leads there")
                dial = (await self._through(device)).dial
            sock = await dial(device.address, device.port, timeout_s)
        except SessionError as error:
            return _none(device, error.kind, error.message)
        try:
            peer = peer_of(sock)
        except OSError:
            sock.close()
            return _none(device, FailureKind.CLOSED_EARLY, f"{device.address}:{device.port} closed at once")
        try:
            names = (device.address, peer)
            recorded = await self._host_keys.recorded(device.name, names, device.port, device.jump_place)
        except BaseException:
            sock.close()
            raise
        client = _Onlooker(recorded)
        choice = (device.legacy, *sorted(device.algorithms.items()))
        if choice not in self._options:
            self._options[choice] = client_options("paceline", (), device.legacy, device.algorithms)
        options = copy.copy(self._options[choice])
        options.host, options.port = device.address, device.port
        options.protocol_factory = lambda: client
        wanted = device.algorithms.get("host key type", "")
        options.server_host_key_algs = list(recorded.algorithms(device.legacy, wanted))
        options.waiter = waiter = asyncio.get_running_loop().create_future()
        try:
            key = await _exchanged(sock, options, client, waiter, timeout_s, device.legacy)
            return _seen(device, recorded, client, key)
        except SessionError as error:
            return _none(device, error.kind, error.message)


class _Onlooker(LoginClient):
    """Takes note of the key, whatever it is worth."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(Dialogue("paceline", None), recorded, lambda _: None)
        self.offered: asyncssh.SSHKey | None = None
        self.is_certified = False

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Noted; the exchange goes on to its end, so that the key is known to be the device's own."""
        self.offered = key
        return True

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """A certificate: only asked for where an authority is recorded."""
        self.is_certified = super().validate_host_ca_key(host, addr, port, key)
        return self.is_certified


async def _exchanged(
    sock: socket.socket,
    options: asyncssh.SSHClientConnectionOptions,
    client: _Onlooker,
    waiter: "asyncio.Future[None]",
    timeout_s: float,
    legacy: tuple[str, ...],
) -> asyncssh.SSHKey | None:
    """The key after a whole key exchange; None for a certificate. Raises SessionError; leaves nothing open."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: asyncssh.SSHClientConnection(loop, options, wait="kex"),
        sock=sock,
    )
    attempted = Attempted(f"{options.host}:{options.port}", "", connection, client, options, 0, legacy)
    cause: Exception | None = None
    try:
        async with asyncio.timeout(timeout_s):
            await waiter
    except TimeoutError as error:
        what = "SSH greets, but its key exchange takes longer than" if attempted.has_version else "no SSH greeting in"
        raise SessionError(
            FailureKind.NO_BANNER, f"{attempted.where}: TCP is open, {what} {timeout_s:g} s: overloaded?"
        ) from error
    except (asyncssh.Error, OSError) as error:
        cause = error
    finally:
        await end(connection, politely=True)
    if cause is not None or not (client.offered or client.is_certified):
        raise before_login(cause, attempted) from cause
    return client.offered


def _seen(device: Device, recorded: Recorded, client: _Onlooker, key: asyncssh.SSHKey | None) -> SeenKey:
    if key is None:
        return _result(device, KeyState.SAME, RecordedKey("", ""), None, "certified by a recorded authority")
    verdict = recorded.judge(key.get_algorithm(), key.public_data)
    if verdict is None:
        return _result(device, KeyState.SAME, recorded_key(key))
    state = _STATES[verdict.kind]
    if state is KeyState.NEW:
        return _result(device, state, recorded_key(key))
    return _result(device, state, recorded_key(key), verdict.kind, verdict.message)


def _none(device: Device, kind: FailureKind, message: str) -> SeenKey:
    return _result(device, KeyState.NONE, RecordedKey("", ""), kind, message)


def _result(
    device: Device, state: KeyState, key: RecordedKey, failure: FailureKind | None = None, message: str = ""
) -> SeenKey:
    return SeenKey(
        device=device.name,
        address=device.address,
        port=device.port,
        jump=device.jump,
        state=state,
        algorithm=key.algorithm,
        fingerprint=key.fingerprint if key.base64 else "",
        base64=key.base64,
        failure=failure,
        message=message,
    )
