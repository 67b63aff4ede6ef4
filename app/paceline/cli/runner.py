"""Runs one job in the foreground: follows it, obeys signals, answers gates when nobody can be asked."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable
from typing import TypeVar

from paceline.cli.engines import RunningEngine
from paceline.cli.faces import Face
from paceline.cli.questions import Ask, AskLogin
from paceline.engine.ports import StoreError
from paceline.model import event as ev
from paceline.model.asked import answers_to
from paceline.model.control import Answer, Control, ControlError, Stop
from paceline.model.errors import PacelineError
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import Question
from paceline.model.time import now, seconds_between

T = TypeVar("T")

_WHAT_NOW = {"credential_gone": "Sign in again, then say yes: go on?"}

EXIT_OK, EXIT_SOME, EXIT_USAGE, EXIT_GATE, EXIT_UNREACHABLE, EXIT_WINDOW, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_NOT_WELL = (
    DeviceState.FAILED,
    DeviceState.PARTIAL,
    DeviceState.UNKNOWN,
    DeviceState.SKIPPED,
    DeviceState.CANCELLED,
)


class InterruptedJobError(PacelineError):
    """The job can not be kept any more; says why, what became of it, and how to go on."""


class Foreground:
    """One job on this terminal, or without one; `status` is where a job that is taken up stood."""

    def __init__(
        self,
        engine: RunningEngine,
        job: str,
        face: Face,
        ask: Ask | None = None,
        status: JobStatus | None = None,
        *,
        ask_login: AskLogin | None = None,
    ) -> None:
        self._engine, self._job, self._face, self._ask, self._ask_login = engine, job, face, ask, ask_login
        self._status = status or JobStatus()
        self._signals = 0
        self._was_told_to_end = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def status(self) -> JobStatus:
        """What its events add up to so far."""
        return self._status

    @property
    def was_stopped(self) -> bool:
        """Whether a signal ended it, or an operator did."""
        return bool(self._signals) or self._status.state is JobState.STOPPED

    async def run(self) -> int:
        """Follow the job to its end; returns the exit code. Raises InterruptedJobError."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt)
        status = self._status
        try:
            await self._follow(status)
        except StoreError as error:
            raise await self._interrupted(status, error) from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return self._exit_code(status)

    async def _follow(self, status: JobStatus) -> None:
        for question in list(status.questions.values()):
            await self._held(question, status)
        async for event in self._engine.follow(self._job, status.seq):
            status.apply(event)
            self._face.show(event, status)
            if isinstance(event, ev.JobHeld) and event.question in status.questions:
                await self._held(status.questions[event.question], status)
            elif isinstance(event, ev.LoginAsked):
                await self._login_asked(event)
        await self._engine.wait(self._job)

    async def _interrupted(self, status: JobStatus, error: StoreError) -> InterruptedJobError:
        """The job's sessions are closed when this returns."""
        with contextlib.suppress(StoreError):
            await self._engine.wait(self._job)
        ended = f"{status.ended} of {status.total} devices had ended and are kept"
        return InterruptedJobError(
            f"{error}; job {self._job} is interrupted: {ended}. "
            f"Once the cause is gone, go on with `paceline jobs resume {self._job}`"
        )

    def _exit_code(self, status: JobStatus) -> int:
        if self._signals:
            return EXIT_INTERRUPTED
        return exit_code(status)

    def _interrupt(self) -> None:
        """The first signal drains, the second cancels."""
        self._signals += 1
        self._was_told_to_end.set()
        if self._signals > 2:
            return
        if self._signals == 1:
            text = "ending after the running devices; once more cancels them"
            self._control(Stop(stop="running", why="interrupted"))
        else:
            text = "cancelling the running devices"
            self._control(Stop(stop="now", why="interrupted twice"))
        print(f"paceline: {text}", file=sys.stderr, flush=True)  # noqa: T201 - the operator's

    def _control(self, control: Control) -> None:
        task = asyncio.create_task(self._send(control))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, control: Control) -> None:
        try:
            await self._engine.control(self._job, control)
        except (ControlError, StoreError):
            # It ended, was stopping that way already, or breaks off, which `run` tells: what was asked for is so.
            return

    async def _held(self, question: Question, status: JobStatus) -> None:
        spec = status.spec
        assert spec is not None
        if self._ask is not None:
            otherwise = "" if question.is_whole else " (no leaves out the devices it holds)"
            goes_on = await self._answer(
                self._ask(f"{question.message}{otherwise}. {_WHAT_NOW.get(question.gate, 'Go on?')}")
            )
            if goes_on is None:
                return
            answer = Answer(question=question.id, answer="go_on" if goes_on else "stop")
            if question.gate == "credential_gone" and (why := await self._refused(answer)):
                print(f"paceline: {why}", file=sys.stderr, flush=True)  # noqa: T201 - the operator's
                await self._held(question, status)
            elif question.gate != "credential_gone":
                self._control(answer)
        elif spec.gates.unattended == "stop":
            why = f"{question.message}; nobody to ask"
            self._control(Answer(question=question.id, answer="stop", why=why))

    async def _refused(self, answer: Answer) -> str:
        """Tell the engine; why it does not go on, when what was gone is gone still."""
        try:
            await self._engine.control(self._job, answer)
        except ControlError as error:
            # One that another answer has settled asks no more.
            return str(error) if answer.question in (await self._engine.status(self._job)).questions else ""
        return ""

    async def _login_asked(self, asked: ev.LoginAsked) -> None:
        """Ask the operator while the login waits; where nobody can be asked it fails at once."""
        left_s = max(0.0, seconds_between(now(), asked.until))
        answers = await self._answer(self._ask_login(asked), left_s) if self._ask_login is not None else None
        if answers is None:
            why = "nobody answered" if self._ask_login is not None else "nobody to ask"
            self._control(Answer(question=asked.question, answer="stop", why=why))
            return
        try:
            await self._engine.supply(self._job, asked.question, answers_to(asked.question, answers))
        except PacelineError as error:
            print(f"paceline: {asked.device}: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the operator's

    async def _answer(self, asking: Awaitable[T], limit_s: float | None = None) -> T | None:
        """What the operator says; None when a signal came first, which ends the job anyway, or the time is over."""
        answer = asyncio.ensure_future(asking)
        signals = asyncio.ensure_future(self._was_told_to_end.wait())
        await asyncio.wait((answer, signals), return_when=asyncio.FIRST_COMPLETED, timeout=limit_s)
        for task in (answer, signals):
            task.cancel()
        return answer.result() if answer.done() and not answer.cancelled() else None


def exit_code(status: JobStatus) -> int:
    """The exit code of an ended job, but for signals: the first that applies of 3, 5, 1, 4, 0."""
    counts = status.counts
    if status.stopped_by_gate:
        return EXIT_GATE
    if status.state is JobState.WINDOW_CLOSED:
        return EXIT_WINDOW
    if any(counts.get(state, 0) for state in _NOT_WELL):
        return EXIT_SOME
    return EXIT_UNREACHABLE if counts.get(DeviceState.UNREACHABLE, 0) else EXIT_OK
