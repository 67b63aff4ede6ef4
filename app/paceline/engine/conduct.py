"""One attempt inside its job: the ports it is given, its facts as events, and its verdict."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from paceline.engine.asking import LoginQuestions
from paceline.engine.attempt import run_attempt
from paceline.engine.facts import (
    AttemptReport,
    AttemptRequest,
    Fact,
    HasEnded,
    HasTrustedKey,
    WasConnected,
    WasLoggedIn,
)
from paceline.engine.job_jumps import JobJumps
from paceline.engine.job_logins import account_of
from paceline.engine.live import LiveOutputs, TeeSink
from paceline.engine.login_gate import LoginGate, Ticket
from paceline.engine.logins import JobLimits
from paceline.engine.ports import Outputs, Sink, StaleAttemptError
from paceline.engine.publisher import Publisher
from paceline.engine.verdict import AttemptEnd
from paceline.model.event import AttemptStarted, CommandEnded, CommandSent, Connected, HostKeyAccepted, LoggedIn
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec, Target
from paceline.model.secret import Secret, Secrets
from paceline.model.states import CommandState
from paceline.session.base import Jump, LoginQuestion, PermitKind, SessionError, SessionFactory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every attempt of a job shares."""

    spec: JobSpec
    publisher: Publisher
    sessions: SessionFactory
    outputs: Outputs
    limits: JobLimits
    gate: LoginGate
    secrets: Secrets
    live: LiveOutputs
    questions: LoginQuestions
    jumps: JobJumps


class Conduct:
    """Runs one attempt on one device and keeps what is known of it, also when it is cancelled."""

    def __init__(self, shared: Surroundings, target: Target, attempt: int, batch: int) -> None:
        self._shared = shared
        self._target = target
        self._attempt = attempt
        self._batch = batch
        self._is_open = True
        self.commands: list[CommandState] = []
        self.has_logged_in = False
        self.report: AttemptReport | None = None
        self._ticket: Ticket | None = None
        self._jump: Jump | None = None

    async def run(self) -> None:
        """Run to the end; `end()` then says how it was. Raises StoreError and CancelledError."""
        spec = self._shared.spec
        self._emit(AttemptStarted, batch=self._batch)
        request = AttemptRequest(
            job=spec.id,
            device=self._target.device,
            attempt=self._attempt,
            commands=spec.commands_of(self._target),
            platform=spec.platforms[self._target.platform],
            timeouts=spec.timeouts,
            credential=spec.credentials[self._target.credential],
            read_only=spec.read_only,
            on_command_failure=spec.on_command_failure,
        )
        try:
            self.report = await run_attempt(request, self, self._shared.sessions)
        finally:
            self._is_open = False
            self._settle_login(self.report.failure if self.report else FailureKind.CANCELLED)
            if self._jump is not None:
                self._leave_jump(self._jump)
            await self._shared.outputs.attempt_closed(spec.id, self._target.device.name, self._attempt)

    def end(self, *, is_cancelled: bool, is_skipped: bool) -> AttemptEnd:
        """What is known, for the verdict. An attempt that reported before it was told to end was not cancelled."""
        failure = self.report.failure if self.report else FailureKind.CANCELLED
        total = len(self._shared.spec.commands_of(self._target))
        is_cut = is_cancelled and self.report is None
        return AttemptEnd(tuple(self.commands), total, failure, is_skipped=is_skipped and is_cut, is_cancelled=is_cut)

    def message(self, why_cancelled: str | None) -> str:
        """One line about how it ended; `why_cancelled` when it was told to end."""
        if self.report is not None:
            return self.report.message
        at_command = f" at command {len(self.commands)}" if self.commands else ""
        return f"cancelled{at_command}: {why_cancelled or 'stopped'}"

    # -- the ports of the attempt -------------------------------------------------------------------

    async def emit(self, fact: Fact) -> None:
        """A fact becomes an event; what is about to be sent in a changing job is on disk first."""
        if not self._is_open:
            raise StaleAttemptError(f"attempt {self._attempt} on {self._target.device.name} is over")
        if isinstance(fact, WasConnected):
            if self._jump is not None:
                self._shared.jumps.note(self._target.device, self._jump, None, "")
            self._emit(Connected, legacy=fact.legacy)
        elif isinstance(fact, HasTrustedKey):
            self._emit(HostKeyAccepted, algorithm=fact.algorithm, fingerprint=fact.fingerprint)
        elif isinstance(fact, WasLoggedIn):
            self.has_logged_in = True
            self._settle_login(None)
            self._emit(LoggedIn, name_seen=fact.name_seen, platform_guess=fact.platform_guess)
        elif isinstance(fact, HasEnded):
            self._command_ended(fact)
        else:
            self.commands.append(CommandState.RUNNING)
            is_urgent = not self._shared.spec.read_only
            seq = self._emit(CommandSent, urgent=is_urgent, command=self._text(fact.index), index=fact.index)
            if is_urgent:
                await self._shared.publisher.durable(seq)

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        """The engine's limits and the job's own; a login also waits for its turn at the gate on rejected ones."""
        if kind == "login":
            return self._login()
        return self._shared.limits.permit(kind, self._target.device.aaa_domain)

    @asynccontextmanager
    async def _login(self) -> AsyncIterator[None]:
        spec, domain = self._shared.spec, self._target.device.aaa_domain
        credential = spec.credentials[self._target.credential]
        account = account_of(credential, self._shared.secrets)
        # The gate first: who waits there must not sit on a place that others could use.
        self._ticket = await self._shared.gate.enter(account, domain, spec.gates.rejected_logins)
        try:
            async with self._shared.limits.permit("login", domain):
                yield
        except SessionError as error:
            self._settle_login(error.kind, error.message)
            raise
        if not credential.enable:
            # With one, a second secret is still to be sent: that settles it.
            self._settle_login(None)

    def _settle_login(self, kind: FailureKind | None, message: str = "") -> None:
        """Say how the login came out, once."""
        if self._ticket is None:
            return
        if kind is None:
            self._ticket.succeed()
        else:
            said = message or (self.report.message if self.report else "")
            self._ticket.fail(kind, f"{self._target.device.name}: {said}")
        self._ticket = None

    async def jump(self) -> Jump:
        """The shared connection to its last jump host. Raises JumpHeldError, LoginHeldError."""
        self._jump = await self._shared.jumps.enter(self._target.device)
        return self._jump

    def _leave_jump(self, link: Jump) -> None:
        device, report = self._target.device, self.report
        if report is not None and report.failure is not None:
            self._shared.jumps.note(device, link, report.failure, report.message)
        self._shared.jumps.exit(device)

    def output(self, index: int) -> Sink:
        """A fresh output file, shown live to those who watch."""
        job, device = self._shared.spec.id, self._target.device.name
        sink = self._shared.outputs.sink(job, device, self._attempt, index, self._text(index))
        return TeeSink(sink, self._shared.live, job, device, self._attempt, index)

    def secret(self, reference: str) -> Secret:
        """The value of a reference. Raises MissingSecretError."""
        return self._shared.secrets.get(reference)

    @property
    def agent_path(self) -> str:
        """The ssh-agent of whoever started the job."""
        return self._shared.secrets.agent_path

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        """What the device wants to know beyond a password: the operator's answer, or None."""

        def tell(kind: type, **fields: Any) -> None:
            # A login that ends while it waits may do so after its attempt.
            if self._is_open:
                self._emit(kind, **fields)

        return await self._shared.questions.ask(f"{self._target.device.name}-{self._attempt}", question, tell)

    def transcript(self, data: bytes) -> None:
        """Everything the device says."""
        self._shared.outputs.transcript(self._shared.spec.id, self._target.device.name, self._attempt, data)

    def warn(self, text: str) -> None:
        """To the log."""
        log.warning("%s: %s", self._target.device.name, text)

    # -- helpers ------------------------------------------------------------------------------------

    def _text(self, index: int) -> str:
        return self._shared.spec.commands_of(self._target)[index - 1].command

    def _command_ended(self, fact: HasEnded) -> None:
        self.commands[-1] = fact.state
        self._emit(
            CommandEnded,
            command=self._text(fact.index),
            index=fact.index,
            state=fact.state,
            seconds=fact.seconds,
            bytes=fact.bytes,
            sha256=fact.sha256,
            truncated=fact.truncated,
            failure=fact.failure,
            reason=fact.reason,
        )

    def _emit(self, kind: type, *, urgent: bool = False, **fields: object) -> int:
        device = self._target.device
        return self._shared.publisher.emit(
            kind, urgent=urgent, device=device.name, country=device.country, attempt=self._attempt, **fields
        )


async def end_tasks(tasks: set[asyncio.Task[None]], patience_s: float) -> None:
    """Cancel tasks and wait for them; cancel once more what did not end in time."""
    for _ in range(2):
        for task in tasks:
            task.cancel()
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=patience_s)
