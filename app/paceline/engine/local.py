"""The engine in this process: any number of jobs on one event loop, one journal, one set of locks and limits."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from paceline.engine.asking import JumpQuestions, LoginQuestions
from paceline.engine.conduct import Surroundings
from paceline.engine.contract import JobId, UnknownJobError
from paceline.engine.executor import Executor, Forecaster
from paceline.engine.job_jumps import JobJumps
from paceline.engine.jumps import Jumps
from paceline.engine.live import LiveOutputs
from paceline.engine.locks import DeviceLocks
from paceline.engine.login_gate import LoginGate
from paceline.engine.logins import JobLimits, LoginLimits
from paceline.engine.ports import AnyEvent, JobSummary, Journal, Outputs, StoreError
from paceline.engine.publisher import Publisher
from paceline.model.asked import PREFIX
from paceline.model.control import Answer, Control, ControlError
from paceline.model.event import JobCreated, JobFinished
from paceline.model.job import Credential, JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus
from paceline.model.time import Now
from paceline.session.base import SessionFactory

log = logging.getLogger(__name__)

ENDED_JOBS = 2
"""Ended jobs whose status is kept: at 10,000 devices one takes 15 MB, and folding it most of a second."""


OnBroken = Callable[[JobId, int], None]
Look = Callable[[Credential, str], Awaitable[str]]
"""Looks at a credential's proof, with the agent at this path; gives why it is gone, or nothing."""


@dataclass(slots=True)
class _Running:
    executor: Executor
    publisher: Publisher
    secrets: Secrets
    task: asyncio.Task[None]


class LocalEngine:
    """Implements `Engine` on the running event loop."""

    def __init__(
        self,
        sessions: SessionFactory,
        journal: Journal,
        outputs: Outputs,
        now: Now,
        limits: LoginLimits | None = None,
        forecaster: Forecaster | None = None,
        *,
        look: Look | None = None,
        on_broken: OnBroken = lambda job, seq: None,
    ) -> None:
        """`look` says why the proof of a credential is gone, without a device; by it a hold on one that is still gone
        stays. `on_broken` hears of a job that could not be kept any more, and of the last event that was."""
        self._sessions, self._journal, self._outputs, self._now = sessions, journal, outputs, now
        self._limits = limits or LoginLimits()
        self._forecaster = forecaster
        self._look, self._on_broken = look, on_broken
        self._locks = DeviceLocks()
        self._gate = LoginGate()
        self._jumps = Jumps()
        self._live = LiveOutputs()
        self._running: dict[JobId, _Running] = {}
        self.on_launch: Callable[[JobId, int], None] = lambda job, after: None
        """Called when a job begins, or is taken up, with the number of the event that it stood at before."""
        self._ended_jobs: dict[JobId, JobStatus] = {}
        """Folds of the ended jobs that were asked for last: each page of an output asks again."""

    async def start(self, spec: JobSpec, secrets: Secrets) -> JobId:
        """Start a job; returns once it stands in the journal. Raises StoreError, ValueError."""
        if spec.id in self._running:
            raise ValueError(f"job {spec.id} runs already")
        if not spec.read_only and spec.confirmed_devices != len(spec.targets):
            raise ValueError(_unconfirmed(spec))
        try:
            await self._outputs.begin(spec)
            executor, publisher = self._prepare(spec, JobStatus(), secrets)
            await publisher.durable(publisher.emit(JobCreated, urgent=True, spec=spec))
        except StoreError:
            await self._outputs.discard(spec.id)
            raise
        self._launch(spec.id, executor, publisher, secrets, 0)
        return spec.id

    async def recover(self, job: JobId, secrets: Secrets) -> JobId:
        """Take up a job whose engine died. Raises UnknownJobError, ControlError when it has ended.

        What had a command in flight is unknown in a job that may change devices, and is not run again.
        """
        if job in self._running:
            raise ControlError(f"job {job} runs already")
        status = await self._read_status(job)
        if status.state.is_final or status.spec is None:
            raise ControlError(f"job {job} has ended")
        stood_at = status.seq
        executor, publisher = self._prepare(status.spec, status, secrets)
        await executor.recover()
        self._launch(job, executor, publisher, secrets, stood_at)
        return job

    async def status(self, job: JobId) -> JobStatus:
        """The live status of a running job, or the fold of an ended one's journal. Do not change it: it is shared."""
        running = self._running.get(job)
        return running.publisher.status if running else await self._read_status(job)

    async def follow(self, job: JobId, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """Events from there on; ends with the job, or with what the journal has of one that does not run."""
        running = self._running.get(job)
        if running is not None:
            async with contextlib.aclosing(running.publisher.follow(after)) as events:
                async for event in events:
                    yield event
            return
        if not after and not await self._journal.read(job, 0, 1):
            raise UnknownJobError(job)
        while batch := await self._journal.read(job, after):
            for event in batch:
                after = event.seq
                yield event
            if isinstance(batch[-1], JobFinished):
                return

    async def watch(self, job: JobId, device: str) -> AsyncGenerator[OutputChunk, None]:
        """Live output of one device of a running job; pieces may be missing."""
        if job not in self._running:
            return
        async with contextlib.aclosing(self._live.watch(job, device)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def control(self, job: JobId, control: Control) -> None:
        """Obey; returns once the event that says so is durable. Raises ControlError, UnknownJobError."""
        running = self._running.get(job)
        if running is None:
            status = await self._read_status(job)
            raise ControlError(f"job {job} does not run here; it is {status.state.value}")
        if isinstance(control, Answer) and control.answer == "go_on" and self._look is not None:
            await self._look_again(running, control.question, self._look)
        await running.publisher.durable(running.executor.control(control))

    async def supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        """Hand secrets to a running job: the answer to a login's question, or what its references stand for.

        Raises ControlError when that login does not wait for an answer any more; an answer is kept nowhere.
        """
        running = self._running.get(job)
        if running is None:
            raise UnknownJobError(job)
        if question.startswith(PREFIX):
            running.executor.tell(question, secrets)
            return
        running.secrets.update(secrets)
        running.executor.note_secrets()

    async def jobs(self) -> list[JobSummary]:
        """All jobs, the newest first."""
        return await self._journal.jobs()

    async def output(
        self, job: JobId, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on one stored output; the latest attempt when `attempt` is None."""
        status = await self.status(job)
        if status.spec is None or device not in status.devices:
            raise UnknownJobError(f"{job} with device {device}")
        commands = status.spec.commands_of(status.spec.targets_by_name[device])
        if not 1 <= index <= len(commands):
            raise ValueError(f"{device} has commands 1 to {len(commands)}, not {index}")
        number = attempt or max(1, status.devices[device].attempt)
        return await self._outputs.page(job, device, index, commands[index - 1].command, number, offset, limit)

    async def wait(self, job: JobId) -> None:
        """Return when the job has ended. Raises StoreError when it could not be kept any more."""
        running = self._running.get(job)
        if running is not None:
            await asyncio.shield(running.task)

    @property
    def running(self) -> tuple[JobId, ...]:
        """The jobs that have not ended."""
        return tuple(self._running)

    @property
    def open_sessions(self) -> int:
        """Devices that are connecting or running, over all jobs."""
        return sum(len(running.publisher.status.in_flight) for running in self._running.values())

    async def close(self) -> None:
        """End everything at once; jobs that have not ended stay recoverable."""
        tasks = {running.task for running in self._running.values()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._jumps.close()

    # -- helpers ------------------------------------------------------------------------------------

    async def _look_again(self, running: _Running, question: str, look: Look) -> None:
        """Go on with logins whose proof is back. Raises ControlError: a batch of devices need not find out."""
        for credential in running.executor.lost_credentials(question):
            if why := await look(credential, running.secrets.agent_path):
                raise ControlError(f"logins of {credential.username} stay held: {why}")

    def _prepare(self, spec: JobSpec, status: JobStatus, secrets: Secrets) -> tuple[Executor, Publisher]:
        publisher = Publisher(spec, self._journal, self._now, status)
        limits = JobLimits(self._limits, spec.pace.connects_per_second, spec.pace.logins)
        questions = LoginQuestions(self._now)
        asking = JumpQuestions(questions, publisher.emit)
        jumps = JobJumps(spec, self._jumps, self._sessions, limits, self._gate, secrets, asking)
        shared = Surroundings(
            spec, publisher, self._sessions, self._outputs, limits, self._gate, secrets, self._live, questions, jumps
        )
        return Executor(shared, self._locks, self._now, self._forecaster), publisher

    def _launch(self, job: JobId, executor: Executor, publisher: Publisher, secrets: Secrets, after: int) -> None:
        task = asyncio.create_task(executor.run(), name=f"job {job}")
        self._running[job] = _Running(executor, publisher, secrets, task)
        task.add_done_callback(lambda done: self._ended(job, done))
        self.on_launch(job, after)

    def _ended(self, job: JobId, task: asyncio.Task[None]) -> None:
        running = self._running.pop(job)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._on_broken(job, running.publisher.status.seq)
        if isinstance(error, StoreError):
            log.error("job %s is interrupted: %s", job, error)
            running.publisher.fail(error)
        elif task.cancelled():
            running.publisher.fail(StoreError(f"the engine was closed before job {job} had ended"))
        elif error is not None:
            log.error("job %s broke", job, exc_info=error)
            running.publisher.fail(StoreError(f"job {job} broke: {error!r}; see paceline.log in the state folder"))

    async def _read_status(self, job: JobId) -> JobStatus:
        if job in self._ended_jobs:
            return self._ended_jobs[job]
        status = JobStatus()
        while batch := await self._journal.read(job, status.seq):
            for event in batch:
                status.apply(event)
        if not status.seq:
            raise UnknownJobError(job)
        if status.state.is_final:
            self._ended_jobs[job] = status
            for old in list(self._ended_jobs)[:-ENDED_JOBS]:
                del self._ended_jobs[old]
        return status


def _unconfirmed(spec: JobSpec) -> str:
    count, typed = len(spec.targets), spec.confirmed_devices
    said = "the number was not given" if typed is None else f"the number given was {typed}"
    return f"job {spec.name} may change {count} {'device' if count == 1 else 'devices'}, and {said}"
