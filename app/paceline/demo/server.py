"""The SSH server of one device: who may log in, and what is noted of it."""

import asyncio
import hmac
from dataclasses import dataclass

import asyncssh

from paceline.demo.channel import DeviceSession
from paceline.demo.faults import Fault
from paceline.demo.interpreter import Interpreter
from paceline.demo.latency import SLOW_FACTOR, Latency
from paceline.demo.log import Kind, ServerLog
from paceline.demo.manners import fill
from paceline.demo.network import SimulatedDevice
from paceline.demo.terminal import Terminal
from paceline.model.secret import Secret
from paceline.model.time import Now

USER = "demo"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all servers of a fleet share."""

    interpreter: Interpreter
    log: ServerLog
    now: Now
    user_key: asyncssh.SSHKey
    """Whose owner may log in."""
    password: Secret | None
    """What else may log in; None: nothing else."""
    latency_scale: float


class DeviceServer(asyncssh.SSHServer):
    """One connection to one device."""

    def __init__(self, device: SimulatedDevice, shared: Surroundings) -> None:
        self._device, self._shared = device, shared
        self._number = shared.log.number()
        self._user = ""
        self._method = "none"
        pace = device.pace * (SLOW_FACTOR if device.fault is Fault.SLOW else 1)
        # A number of its own, so that two sessions on one device do not wait in step.
        dice = device.dice("latency", str(self._number))
        self._latency = Latency(dice, pace, shared.latency_scale)

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Note who comes."""
        self._conn = conn
        peer = conn.get_extra_info("peername")
        self._note("connection", f"{peer[0]}:{peer[1]}" if peer else "")

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that they left."""
        self._note("closed", "" if exc is None else type(exc).__name__)

    async def begin_auth(self, username: str) -> bool:
        """Greet, think for a while, ask for a proof."""
        self._user = username
        banner = self._shared.interpreter.manner(self._device).login_banner
        self._conn.send_auth_banner(fill(banner, self._device, username).replace("\n", "\r\n"))
        await asyncio.sleep(self._latency.login_s())
        return True

    def auth_completed(self) -> None:
        """Note the login."""
        self._note_login(is_accepted=True)

    def public_key_auth_supported(self) -> bool:
        """Always."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this is the demo's user with the demo's key."""
        self._method = "publickey"
        return self._verdict(username, key.public_data == self._shared.user_key.public_data)

    def password_auth_supported(self) -> bool:
        """When the fleet was given a password."""
        return self._shared.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        """Whether this is the demo's user with the demo's password."""
        self._method = "password"
        expected = self._shared.password
        is_right = expected is not None and hmac.compare_digest(password.encode(), expected.reveal().encode())
        return self._verdict(username, is_right)

    def session_requested(self) -> DeviceSession:
        """A session on the device."""
        shared = self._shared

        def make(line: DeviceSession) -> Terminal:
            return Terminal(
                self._device, self._user, shared.interpreter, self._latency, shared.now, line, self._note_line
            )

        return DeviceSession(make, self._conn)

    def _verdict(self, username: str, is_proven: bool) -> bool:
        is_accepted = is_proven and username == USER and self._device.fault is not Fault.LOGIN_REJECTED
        if not is_accepted:
            self._note_login(is_accepted=False)
        return is_accepted

    def _note_login(self, *, is_accepted: bool) -> None:
        self._shared.log.write(
            self._device.name, self._number, "login", self._method, user=self._user, accepted=is_accepted
        )

    def _note_line(self, line: str) -> None:
        self._shared.log.write(self._device.name, self._number, "line", line)

    def _note(self, kind: Kind, detail: str) -> None:
        self._shared.log.write(self._device.name, self._number, kind, detail)
