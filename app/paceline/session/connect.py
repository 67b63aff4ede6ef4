"""From an address to a logged-in SSH connection: our socket, our phases, our timeouts, one failure kind each."""

import asyncio
import copy
import logging
import socket
from dataclasses import dataclass

import asyncssh

from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.session.algorithms import offers, words_in_use
from paceline.session.base import Jump, JumpRequest, LoginRequest, SessionError, SessionPorts, SessionRequest
from paceline.session.corked import CorkedConnection
from paceline.session.dial import Dial, first_bytes, has_hung_up, peer_of
from paceline.session.dialogue import Dialogue
from paceline.session.failures import Attempted, at_login, before_login, jump_lost, one_line, other
from paceline.session.hostkeys import HostKeys, Recorded
from paceline.session.knownhosts import RecordedKey
from paceline.session.login import KeyFiles, LoginClient, Proof, gather_proof
from paceline.session.options import KEEPALIVE_S as KEEPALIVE_S
from paceline.session.options import client_options
from paceline.session.ownhosts import HostKeyFileError, entry_for

_logger = logging.getLogger(__name__)

_CLOSE_S = 2.0

_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Probe:
    """How a connection that closed before its greeting is looked into: one plain TCP connect."""

    pause_s: float = 2.0
    """Some devices admit one connection a second."""
    read_s: float = 2.0


OptionsKey = tuple[Credential, tuple[str, ...], tuple[tuple[str, str], ...], str]
"""A credential, `legacy` words, an ssh_config's lists, a platform's `login_suffix`."""


@dataclass(frozen=True, slots=True)
class Connector:
    """Opens logged-in SSH connections, everything that many logins share worked out once."""

    host_keys: HostKeys
    dial: Dial
    probe: Probe
    key_files: KeyFiles
    options: dict[OptionsKey, asyncssh.SSHClientConnectionOptions]
    """Checking asyncssh's options costs more than a key exchange."""

    async def open(self, request: LoginRequest, ports: SessionPorts) -> asyncssh.SSHClientConnection:
        """A connection that has logged in. Raises SessionError; then, as when cancelled, nothing stays open."""
        proof = await gather_proof(request.credential, ports, self.key_files)
        dial = self.dial
        try:
            if not request.device.jump:
                return await self._connect(request, ports, proof, dial)
            jump = await ports.jump()
            dial = jump.dial
            return await self._connect(request, ports, proof, dial, jump)
        except SessionError as error:
            if error.kind is FailureKind.AUTH_REJECTED and await proof.is_agent_gone():
                raise SessionError(
                    FailureKind.CREDENTIAL_GONE, "the ssh-agent went away during the login: sign in again"
                ) from error
            if error.kind in (FailureKind.CLOSED_EARLY, FailureKind.NOT_SSH):
                raise await self._looked_into(request, error, dial) from error
            raise
        finally:
            await proof.close()

    async def _connect(
        self, request: LoginRequest, ports: SessionPorts, proof: Proof, dial: Dial, jump: Jump | None = None
    ) -> asyncssh.SSHClientConnection:
        device, timeouts = request.device, request.timeouts
        sock = await dial(device.address, device.port, timeouts.connect_s)
        login: _Login | None = None
        loop = asyncio.get_running_loop()
        answered_at = loop.time()
        try:
            async with ports.permit("connect"):
                pass
            async with ports.permit("login"):
                if loop.time() - answered_at > _PATIENCE_S and has_hung_up(sock):
                    # It lost patience while the permits were awaited: that is our doing, and no failure of its own.
                    sock.close()
                    sock = await dial(device.address, device.port, timeouts.connect_s)
                names = (device.address, peer_of(sock))
                recorded = await self.host_keys.recorded(device.name, names, device.port, device.jump_place)
                if isinstance(request, JumpRequest):
                    recorded = recorded.as_jump_host()
                login = _Login(request, ports, proof, recorded, self._options(request))
                try:
                    connection = await login.run(sock)
                except SessionError as error:
                    if jump is not None and jump.is_lost:
                        # Whatever it looks like from here (a rejection, too) says nothing of the device.
                        raise jump_lost(device.jump.rpartition(",")[2]) from error
                    raise
                if login.new_key is not None:
                    await self._record(request, ports, connection, login.new_key)
                return connection
        except OSError as error:
            raise before_closed(error, device.address, device.port) from error
        finally:
            if login is None:
                sock.close()

    async def _record(
        self,
        request: LoginRequest,
        ports: SessionPorts,
        connection: asyncssh.SSHClientConnection,
        key: RecordedKey,
    ) -> None:
        """Keep a new host key that led to a login; where it can not be kept, nothing is sent."""
        device = request.device
        try:
            entry = entry_for(device.name, (device.address,), device.port, device.jump_place, key)
            await self.host_keys.record([entry])
            await ports.key_accepted(key.algorithm, key.fingerprint)
        except (HostKeyFileError, ValueError) as error:
            await end(connection)
            raise SessionError(
                FailureKind.HOST_KEY_UNKNOWN, f"{device.name}: its new host key could not be recorded: {error}"
            ) from error
        except BaseException:
            await end(connection)
            raise
        ports.warn(f"its host key {key.algorithm} {key.fingerprint} was new, and is recorded now")

    async def _looked_into(self, request: LoginRequest, error: SessionError, dial: Dial) -> SessionError:
        """`not_ssh` where a plain connection is greeted by some other text, else the failure as it was."""
        device = request.device
        await asyncio.sleep(self.probe.pause_s)
        greeting = await first_bytes(device.address, device.port, self.probe.read_s, dial)
        line = one_line(greeting.decode("utf-8", "replace"), 80)
        if not line or greeting.startswith(b"SSH-"):
            return error
        return SessionError(
            FailureKind.NOT_SSH,
            f'{device.address}:{device.port} does not greet as SSH: it says "{line}" (session limit, VTY line, ACL?)',
        )

    def _options(self, request: LoginRequest) -> asyncssh.SSHClientConnectionOptions:
        credential, device = request.credential, request.device
        suffix = request.platform.login_suffix if isinstance(request, SessionRequest) else ""
        key = (credential, device.legacy, tuple(sorted(device.algorithms.items())), suffix)
        if key not in self.options:
            methods = ["publickey"] if credential.key_file or credential.password == "agent" else []
            if credential.uses_password:
                methods += ["keyboard-interactive", "password"]
            elif methods:
                # After a key some devices ask for a code.
                methods.append("keyboard-interactive")
            self.options[key] = client_options(credential.username + suffix, methods, device.legacy, device.algorithms)
        return self.options[key]


def before_closed(error: OSError, address: str, port: int) -> SessionError:
    """The failure of a socket that died before SSH took it over."""
    if isinstance(error, ConnectionError) or error.errno is not None:
        return SessionError(
            FailureKind.CLOSED_EARLY, f"{address}:{port} closed before the login: session limit, access list?"
        )
    return other(error, f"{address}:{port}")


class _Login:
    """One handshake and login on a connected socket."""

    def __init__(
        self,
        request: LoginRequest,
        ports: SessionPorts,
        proof: Proof,
        recorded: Recorded,
        shared: asyncssh.SSHClientConnectionOptions,
    ) -> None:
        self._request = request
        self._ports = ports
        dialogue = Dialogue(request.credential.username, proof.password, ports.ask, request.timeouts.login_s)
        self._client = LoginClient(dialogue, recorded, ports.transcript, accepts_new=request.device.accept_new_key)
        self._keys = len(proof.keys)
        self._waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiter.add_done_callback(_ask_for_exception)
        # A copy instead of asyncssh.connect(options=...): that one checks every option again, in a thread,
        # for each device. Nothing of the shared options is changed by a connection.
        options = copy.copy(shared)
        options.host, options.port = request.device.address, request.device.port
        options.protocol_factory = lambda: self._client
        options.waiter = self._waiter
        options.client_keys = proof.keys
        options.server_host_key_algs = list(
            recorded.algorithms(request.device.legacy, request.device.algorithms.get("host key type", ""))
        )
        self._options = options

    @property
    def new_key(self) -> RecordedKey | None:
        """The host key that was accepted though nothing is recorded."""
        return self._client.new_key

    def _legacy_in_use(self, connection: asyncssh.SSHClientConnection) -> tuple[str, ...]:
        """Which of the old algorithms that the device is allowed it still needs: the others may go."""
        allowed = self._request.device.legacy
        if not allowed:
            return ()
        used = words_in_use(offers(connection, self._options))
        idle = [word for word in allowed if word not in used]
        said = f"it needs {', '.join(used)}" if used else "it needs none of them"
        more = f"; {', '.join(idle)} can be taken away" if used and idle else ""
        self._ports.warn(f"legacy algorithms {', '.join(allowed)} are allowed: {said}{more}")
        return tuple(used)

    async def run(self, sock: socket.socket) -> asyncssh.SSHClientConnection:
        """The logged-in connection, or SessionError and nothing left open."""
        loop = asyncio.get_running_loop()
        connection: asyncssh.SSHClientConnection | None = None
        try:
            _, connection = await loop.create_connection(
                lambda: CorkedConnection(loop, self._options, wait="auth"), sock=sock
            )
            await self._shake_hands(connection)
            await self._ports.connected(self._legacy_in_use(connection))
            await self._log_in(connection)
        except BaseException:
            if connection is None:
                sock.close()
            else:
                await end(connection)
            raise
        return connection

    async def _shake_hands(self, connection: asyncssh.SSHClientConnection) -> None:
        limit_s, attempted = self._request.timeouts.connect_s, self._attempted(connection)
        try:
            async with asyncio.timeout(limit_s):
                await self._client.begun
        except TimeoutError as error:
            what = (
                "SSH greets, but its key exchange takes longer than" if attempted.has_version else "no SSH greeting in"
            )
            raise SessionError(
                FailureKind.NO_BANNER, f"{attempted.where}: TCP is open, {what} {limit_s:g} s: overloaded?"
            ) from error
        if not self._client.has_begun:
            cause = await self._cause()
            raise before_login(cause, attempted) from cause

    async def _log_in(self, connection: asyncssh.SSHClientConnection) -> None:
        limit_s, attempted = self._request.timeouts.login_s, self._attempted(connection)
        try:
            async with asyncio.timeout(limit_s):
                cause = await self._cause()
        except TimeoutError as error:
            if self._client.dialogue.is_waiting:
                raise SessionError(
                    FailureKind.CODE_NEEDED,
                    f"{attempted.where} asks {attempted.username} for more than a password; nobody answered in "
                    f"{limit_s:g} s (timeouts.login_s)",
                ) from error
            raise SessionError(
                FailureKind.AUTH_TIMEOUT,
                f"{attempted.where}: login of {attempted.username} not finished in {limit_s:g} s: AAA server down?",
            ) from error
        if cause is not None or self._client.has_ended:
            raise at_login(cause, attempted) from cause

    async def _cause(self) -> Exception | None:
        """What ended the wait for the login; None where nothing did, or nothing is known.

        asyncio's own TimeoutError passes through; one that the connection died of is a result here.
        """
        await asyncio.wait([self._waiter])
        error = self._waiter.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        return error

    def _attempted(self, connection: asyncssh.SSHClientConnection) -> Attempted:
        device = self._request.device
        return Attempted(
            f"{device.address}:{device.port}",
            self._request.credential.username,
            connection,
            self._client,
            self._options,
            self._keys,
            device.legacy,
        )


def _ask_for_exception(waiter: asyncio.Future[None]) -> None:
    """So that asyncio does not complain of one that nobody waited for any more."""
    if not waiter.cancelled():
        waiter.exception()


async def end(connection: asyncssh.SSHClientConnection, *, politely: bool = False) -> None:
    """Close a connection, wait 2 s at most, then cut it. Never raises, but passes on a cancellation."""
    if politely:
        connection.close()
    else:
        connection.abort()
    try:
        async with asyncio.timeout(_CLOSE_S):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()
    except OSError as error:
        _logger.debug("closing a connection: %s", error)
