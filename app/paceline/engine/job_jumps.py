"""The ways of one job: which of its devices pass through which, how they are opened, what is known against them."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from paceline.engine.asking import JumpQuestions
from paceline.engine.job_logins import account_of
from paceline.engine.jumps import Hop, JumpHeldError, Jumps, Trouble, Way
from paceline.engine.login_gate import LoginGate
from paceline.engine.logins import JobLimits
from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec, jump_domain
from paceline.model.jump import ways_of
from paceline.model.secret import MissingSecretError, Secret, Secrets
from paceline.session.base import Jump, JumpRequest, LoginQuestion, PermitKind, SessionError, SessionFactory

log = logging.getLogger(__name__)


class JobJumps:
    """What the engine's ways mean for one job. `on_gone` is told of a jump host's credential that is gone, and why."""

    def __init__(
        self,
        spec: JobSpec,
        jumps: Jumps,
        sessions: SessionFactory,
        limits: JobLimits,
        gate: LoginGate,
        secrets: Secrets,
        asking: JumpQuestions,
    ) -> None:
        self.asking = asking
        self._spec, self._jumps, self._sessions = spec, jumps, sessions
        self._limits, self._gate, self._secrets = limits, gate, secrets
        self.on_opened: Callable[[], None] = lambda: None
        """Called when this job has opened one; `take_opened` has which."""
        self._opened: list[str] = []
        self.on_gone: Callable[[str, str], None] = lambda credential, why: None
        self._ways: dict[str, Way] = {}
        """By how devices have them in `jump`, and each beginning of these."""
        for jump in dict.fromkeys(target.device.jump for target in spec.targets):
            for text in ways_of(jump):
                self._ways[text] = tuple(self._hop(name) for name in text.split(","))
        self._told: dict[str, Trouble] = {}
        self._seen = -1

    def _hop(self, name: str) -> Hop:
        jump = self._spec.jumps[name]
        return Hop(name, jump.host, jump.port, self._spec.credentials[jump.credential])

    # -- for the whole job ---------------------------------------------------------------------------

    def join(self) -> None:
        """The job begins."""
        for way in self._ways.values():
            self._jumps.join(way, self._spec.id, self._open)

    def leave(self) -> None:
        """The job has ended."""
        for way in self._ways.values():
            self._jumps.leave(way, self._spec.id)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever something may have changed; returns what ends that."""
        return self._jumps.on_change(listener) if self._ways else lambda: None

    def news(self) -> list[tuple[str, Trouble | None]]:
        """The ways whose trouble is another one than when this was last asked."""
        if not self._ways or self._seen == self._jumps.changes:
            return []
        self._seen = self._jumps.changes
        found: list[tuple[str, Trouble | None]] = []
        for text, way in self._ways.items():
            trouble = self._jumps.trouble(way)
            if trouble is not self._told.get(text):
                found.append((text, trouble))
                self._told.pop(text, None)
                if trouble is not None:
                    self._told[text] = trouble
        return found

    def take_opened(self) -> list[str]:
        """The ways that this job has opened since this was last asked."""
        opened, self._opened = self._opened, []
        return opened

    def trouble_before(self, device: Device) -> Trouble | None:
        """What a device waits for, or is given up for; None without a jump."""
        if not device.jump:
            return None
        troubles = (self._jumps.trouble(self._ways[text]) for text in ways_of(device.jump))
        return next((trouble for trouble in troubles if trouble is not None), None)

    def behind(self, way: str, names: Iterable[str]) -> Iterator[str]:
        """Those of `names` whose devices are behind a way."""
        targets = self._spec.targets_by_name
        return (name for name in names if way in ways_of(targets[name].device.jump))

    def forgive(self, devices: Iterable[Device]) -> None:
        """Let what was given up before these devices be tried once more."""
        for text in {text for device in devices for text in ways_of(device.jump)}:
            self._jumps.forgive(self._ways[text])

    # -- for one device ------------------------------------------------------------------------------

    async def enter(self, device: Device) -> Jump:
        """The open connection to its last jump host, until `exit`. Raises JumpHeldError, LoginHeldError."""
        return await self._jumps.enter(self._ways[device.jump], self._spec.id)

    def exit(self, device: Device) -> None:
        """The device needs it no longer."""
        self._jumps.exit(self._ways[device.jump])

    def note(self, device: Device, link: Jump, failure: FailureKind | None, message: str) -> None:
        """How the device came through: `failure` is None for one that was reached."""
        way = self._ways[device.jump]
        if failure is None:
            self._jumps.note_passed(way)
        elif failure is FailureKind.JUMP_FORBIDDEN:
            self._jumps.note_forbidden(way, device.name, message)
        elif failure is FailureKind.JUMP_FAILED:
            self._jumps.note_broken(way, link)

    # -- opening one ---------------------------------------------------------------------------------

    async def _open(self, way: Way, before: Jump | None) -> Jump:
        hop, credential = way[-1], self._spec.jumps[way[-1].name].credential
        inside = ",".join(earlier.name for earlier in way[:-1])
        device = Device(name=hop.name, address=hop.host, port=hop.port, jump=inside)
        ports = _JumpPorts(self, hop, before)
        try:
            link = await self._sessions.open_jump(JumpRequest(device, hop.credential, self._spec.timeouts), ports)
        except SessionError as error:
            if error.kind is not FailureKind.CREDENTIAL_GONE:
                raise
            self.on_gone(credential, f"jump {hop.name}: {error.message}")
            raise JumpHeldError(f"jump {hop.name}: {error.message}") from error
        except MissingSecretError as error:
            self.on_gone(credential, f"jump {hop.name}: {error}")
            raise JumpHeldError(f"jump {hop.name}: {error}") from error
        self._opened.append(f"{inside},{hop.name}" if inside else hop.name)
        self.on_opened()
        return link

    @asynccontextmanager
    async def login_at(self, hop: Hop) -> AsyncIterator[None]:
        """The gate and the limits, as for any device; the jump host is an AAA domain of its own."""
        domain = jump_domain(hop.name)
        account = account_of(hop.credential, self._secrets)
        ticket = await self._gate.enter(account, domain, self._spec.gates.rejected_logins)
        try:
            async with self._limits.permit("login", domain):
                yield
        except SessionError as error:
            ticket.fail(error.kind, f"jump {hop.name}: {error.message}")
            raise
        except BaseException:
            ticket.fail(FailureKind.CANCELLED, f"jump {hop.name}")
            raise
        ticket.succeed()

    def connect_to(self, hop: Hop) -> AbstractAsyncContextManager[None]:
        """Connects per second, as for any device."""
        return self._limits.permit("connect", jump_domain(hop.name))

    def secret(self, reference: str) -> Secret:
        """The value of a reference. Raises MissingSecretError."""
        return self._secrets.get(reference)

    @property
    def agent_path(self) -> str:
        """The ssh-agent of whoever started the job."""
        return self._secrets.agent_path


class _JumpPorts:
    """What the login at one jump host may ask for."""

    def __init__(self, job: JobJumps, hop: Hop, before: Jump | None) -> None:
        self._job, self._hop, self._before = job, hop, before

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        return self._job.login_at(self._hop) if kind == "login" else self._job.connect_to(self._hop)

    async def jump(self) -> Jump:
        assert self._before is not None
        return self._before

    def secret(self, reference: str) -> Secret:
        return self._job.secret(reference)

    @property
    def agent_path(self) -> str:
        return self._job.agent_path

    def transcript(self, data: bytes) -> None:
        """What a jump host's banner says belongs to no device."""

    async def connected(self, legacy: tuple[str, ...] = ()) -> None:
        """A jump host is no device: nobody counts its phases."""

    async def key_accepted(self, algorithm: str, fingerprint: str) -> None:
        """A jump host's own key is recorded before, or refused."""

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        """A one-time code, most of the time: the operator is asked as for a device."""
        return await self._job.asking.ask(self._hop.name, question)

    def warn(self, text: str) -> None:
        log.warning("jump %s: %s", self._hop.name, text)
