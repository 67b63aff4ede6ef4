"""An engine for the screens' tests: it plays recorded events up to where the test says, and notes what it is told."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

from tests.ui.recording import Recording

from paceline.engine.contract import UnknownJobError
from paceline.engine.ports import AnyEvent, JobSummary
from paceline.model import event as ev
from paceline.model.control import Answer, Control, Pause, PauseCountry, Resume, ResumeCountry, Retune, Stop
from paceline.model.event import JobEvent
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.states import INTERRUPTED
from paceline.model.status import JobStatus
from paceline.report.calibration import Calibration
from paceline.store.kinds import StoreError
from paceline.store.memory import MemoryOutputs


class ScriptedEngine:
    """Implements `Engine` and `Library` over recordings. A fresh one has played nothing."""

    def __init__(self, *recordings: Recording) -> None:
        self.events: dict[str, list[JobEvent]] = {r.spec.id: list(r.events) for r in recordings}
        self.outputs: dict[str, MemoryOutputs] = {r.spec.id: r.outputs for r in recordings}
        self.played: dict[str, int] = dict.fromkeys(self.events, 0)
        self.started: list[tuple[JobSpec, Secrets]] = []
        """What `start` was given."""
        self.recovered: list[str] = []
        self.elsewhere: set[str] = set()
        """Jobs that another process runs."""
        self.controls: list[Control] = []
        """What `control` was given, in order."""
        self.supplied: list[tuple[str, Secrets]] = []
        """What `supply` was given."""
        self.chunks: asyncio.Queue[OutputChunk] = asyncio.Queue()
        """Live output that `watch` hands out."""
        self.watched: list[str] = []
        """Devices whose live output was asked for."""
        self.refusal: str = ""
        """When set, `start` and `control` raise StoreError with it."""
        self._moved = asyncio.Event()

    # -- the test's hands -----------------------------------------------------------------------------

    def play(self, job: str, until: int | None = None) -> datetime:
        """Play up to and with event number `until` (all of them when None); returns that moment."""
        events = self.events[job]
        self.played[job] = len(events) if until is None else until
        self._moved.set()
        self._moved = asyncio.Event()
        return events[self.played[job] - 1].at

    def inject(self, job: str, *events: JobEvent) -> None:
        """Put events after what was played, play them, and number the rest anew."""
        at, stream = self.played[job], self.events[job]
        stream[at:at] = events
        self.events[job] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(stream, 1)]
        self.play(job, at + len(events))

    # -- Engine ---------------------------------------------------------------------------------------

    async def start(self, spec: JobSpec, secrets: Secrets) -> str:
        """Note it. A job without a recording under its id begins with its first events."""
        self._refuse()
        self.started.append((spec, secrets))
        if spec.id not in self.events:
            self.events[spec.id] = [
                ev.JobCreated(seq=1, at=spec.created_at, job=spec.id, spec=spec),
                ev.JobStarted(seq=2, at=spec.created_at, job=spec.id),
            ]
            self.outputs[spec.id] = MemoryOutputs()
            self.play(spec.id)
        return spec.id

    async def recover(self, job: str, secrets: Secrets) -> str:
        """Note it."""
        self._refuse()
        self.recovered.append(job)
        return job

    async def status(self, job: str) -> JobStatus:
        """The fold of what was played."""
        if job not in self.events:
            raise UnknownJobError(job)
        status = JobStatus()
        for event in self.events[job][: self.played[job]]:
            status.apply(event)
        return status

    async def follow(self, job: str, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """What is played, as it is played."""
        if job not in self.events:
            raise UnknownJobError(job)
        while True:
            while after < self.played[job]:
                event = self.events[job][after]
                after += 1
                yield event
                if isinstance(event, ev.JobFinished):
                    return
            await self._moved.wait()

    async def watch(self, job: str, device: str) -> AsyncGenerator[OutputChunk, None]:
        """What the test puts into `chunks`."""
        self.watched.append(device)
        while True:
            yield await self.chunks.get()

    async def control(self, job: str, control: Control) -> None:
        """Note it, and say what an engine would say at once: paused, resumed, stopping, retuned, answered."""
        self._refuse()
        self.controls.append(control)
        said = self._said(job, control)
        if said is not None:
            self.inject(job, said)

    async def supply(self, job: str, question: str, secrets: Secrets) -> None:
        """Note it, and say what an engine would: the login waits no longer."""
        self.supplied.append((question, secrets))
        asked = (await self.status(job)).asked.get(question)
        if asked is not None:
            who = asked.model_dump(include={"seq", "at", "job", "device", "country", "attempt", "question"})
            self.inject(job, ev.LoginAnswered.model_validate({**who, "given": True}))

    async def jobs(self) -> list[JobSummary]:
        """All recordings, as far as they were played."""
        return [self._summary(job, await self.status(job)) for job in reversed(self.events) if self.played[job]]

    async def output(
        self, job: str, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """A window on a recorded output."""
        number = attempt or max(1, (await self.status(job)).devices[device].attempt)
        return await self.outputs[job].page(job, device, index, "", number, offset, limit)

    async def spec(self, job: str) -> JobSpec:
        """The recording's."""
        if job not in self.events:
            raise UnknownJobError(job)
        return self._spec(job)

    async def device_events(self, job: str, device: str) -> list[AnyEvent]:
        """What was played of one device, and the job's interruptions."""
        played = self.events[job][: self.played[job]]
        return [e for e in played if getattr(e, "device", "") == device or isinstance(e, ev.JobInterrupted)]

    async def calibration(self) -> Calibration:
        """No forecast is graded."""
        return Calibration(0, None)

    async def session_log(self, job: str, device: str, offset: int = 0, limit: int = 1_000_000) -> OutputPage:
        """All outputs of the device, one after the other."""
        sinks = [sink for (of, name, _, _), sink in self.outputs[job].sinks.items() if (of, name) == (job, device)]
        data = b"".join(bytes(sink.data) for sink in sinks)
        return OutputPage(data[offset : offset + limit], offset, len(data), True)

    # -- helpers --------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        if self.refusal:
            raise StoreError(self.refusal)

    def _summary(self, job: str, status: JobStatus) -> JobSummary:
        spec = status.spec
        assert spec is not None
        return JobSummary(
            id=job,
            name=spec.name,
            created_at=spec.created_at.isoformat(),
            state=status.state.value if status.state.is_final or job in self.elsewhere else INTERRUPTED,
            counts=status.final_counts(),
            continues=spec.continues,
            finished_at=status.finished_at.isoformat() if status.finished_at else "",
            last_seq=status.seq,
            started_at=status.started_at.isoformat() if status.started_at else "",
            devices=status.total,
            pace=spec.pace,
            read_only=spec.read_only,
            forecast=status.first_forecast,
        )

    def _said(self, job: str, control: Control) -> JobEvent | None:
        at = self.events[job][self.played[job] - 1].at
        who = {"seq": 1, "at": at, "job": job, "by": control.by, "why": control.why}
        match control:
            case Pause():
                return ev.JobPaused.model_validate(who)
            case Resume():
                return ev.JobResumed.model_validate(who)
            case PauseCountry():
                return ev.CountryPaused.model_validate({**who, "country": control.country})
            case ResumeCountry():
                return ev.CountryResumed.model_validate({**who, "country": control.country})
            case Stop():
                return ev.StopRequested.model_validate({**who, "stop": control.stop})
            case Answer():
                return ev.JobAnswered.model_validate({**who, "question": control.question, "answer": control.answer})
            case Retune():
                spec = self._spec(job)
                size = spec.pace.batch_size if control.batch_size is None else control.batch_size
                rate = spec.pace.devices_per_hour if control.devices_per_hour is None else control.devices_per_hour
                return ev.PaceChanged.model_validate({**who, "batch_size": size, "devices_per_hour": rate})
        return None

    def _spec(self, job: str) -> JobSpec:
        first = self.events[job][0]
        assert isinstance(first, ev.JobCreated)
        return first.spec
