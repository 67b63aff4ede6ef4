"""Runs whole jobs on the virtual loop, with scripted devices and the journal in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.engine.local import LocalEngine
from paceline.engine.logins import LoginLimits
from paceline.model.control import (
    Answer,
    Control,
    ControlError,
    Pause,
    PauseCountry,
    Resume,
    ResumeCountry,
    Retune,
    Skip,
    Stop,
)
from paceline.model.device import Device
from paceline.model.event import BatchStarted, JobEvent
from paceline.model.job import Command, Credential, Gates, JobSpec, Pace, Retries, Target
from paceline.model.platform import Platform
from paceline.model.secret import Secret, Secrets
from paceline.model.status import JobStatus
from paceline.model.time import seconds_between
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemoryJournal, MemoryOutputs

JOB = "20260105-2200-test-0001"
UNLIMITED = 1_000.0
SECRETS = Secrets({"env:NETOPS": Secret("opensesame")})


def make_devices(count: int, **columns: Sequence[str]) -> list[Device]:
    """Devices d1, d2 ...; each column gives one attribute, device by device."""
    devices = []
    for index in range(count):
        extra = {key: values[index] for key, values in columns.items()}
        devices.append(Device(name=f"d{index + 1}", address=f"192.0.2.{index + 1}", **extra))
    return devices


def make_spec(
    devices: Sequence[Device],
    *,
    commands: Sequence[str] = ("show version",),
    pace: Mapping[str, Any] | None = None,
    gates: Mapping[str, Any] | None = None,
    retries: Mapping[str, Any] | None = None,
    job: str = JOB,
    password: str = "env:NETOPS",
    **extra: Any,
) -> JobSpec:
    """A job for `devices`; logins and connects are not limited unless the pace says so.

    One password for all of them, unless `password` is empty (a key) or another reference. The number of devices was
    typed where that is asked for.
    """
    if not extra.get("read_only", True):
        extra.setdefault("confirmed_devices", len(devices))
    return JobSpec(
        id=job,
        name="test",
        created_at=EPOCH,
        pace=Pace.model_validate({"connects_per_second": UNLIMITED, "logins": 1_000} | dict(pace or {})),
        gates=Gates.model_validate(dict(gates or {})),
        retries=Retries.model_validate(dict(retries or {})),
        command_sets=(tuple(Command(command=text) for text in commands),),
        credentials={"default": Credential(username="netops", password=password, key_file="" if password else "key")},
        platforms={"generic": Platform(name="generic", prompt=r"(?P<host>\S+)[>#]\s*$")},
        targets=tuple(Target(device=device) for device in devices),
        **extra,
    )


def within(spec: JobSpec, hours: Sequence[str]) -> JobSpec:
    """The job with a window of the day for each device; none where `hours` is empty."""
    targets = tuple(
        target.model_copy(update={"window": text}) for target, text in zip(spec.targets, hours, strict=bool(hours))
    )
    return spec.model_copy(update={"targets": targets}) if hours else spec


@dataclass
class Outcome:
    """What a job came to."""

    events: list[JobEvent]
    status: JobStatus
    sessions: ScriptedSessions
    journal: MemoryJournal
    outputs: MemoryOutputs

    def seconds(self, event: JobEvent) -> float:
        """When it happened, since the job's start."""
        return seconds_between(EPOCH, event.at)

    def of_type(self, kind: str) -> list[Any]:
        """The events of one type."""
        return [event for event in self.events if event.type == kind]

    def starts(self) -> dict[str, list[float]]:
        """Device to the seconds its attempts began at."""
        starts: dict[str, list[float]] = {}
        for event in self.of_type("attempt_started"):
            starts.setdefault(event.device, []).append(round(self.seconds(event), 6))
        return starts

    def grants(self) -> list[BatchStarted]:
        """Every grant."""
        return [event for event in self.events if isinstance(event, BatchStarted)]


@dataclass
class Bench:
    """An engine on the virtual loop, with all that it was handed."""

    sessions: ScriptedSessions
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    outputs: MemoryOutputs = field(default_factory=MemoryOutputs)

    def engine(self) -> LocalEngine:
        """A fresh engine over the same journal and outputs."""
        limits = LoginLimits(UNLIMITED, 1_000, burst=10_000)
        return LocalEngine(self.sessions, self.journal, self.outputs, virtual_now, limits)


def control_of(action: Mapping[str, Any], question: str) -> Control:
    """The control that an action of the pace table names."""
    match action["do"]:
        case "pause":
            return Pause(by="op")
        case "resume":
            return Resume(by="op")
        case "pause_country":
            return PauseCountry(country=action["country"], by="op")
        case "resume_country":
            return ResumeCountry(country=action["country"], by="op")
        case "retune":
            return Retune(batch_size=action.get("batch_size"), devices_per_hour=action.get("devices_per_hour"))
        case "skip":
            return Skip(device=action["device"], by="op")
        case "stop":
            return Stop(stop=action["stop"], by="op")
        case "answer":
            return Answer(question=question, answer=action.get("answer", "go_on"), by="op")
    raise ValueError(f"no such action: {action['do']}")


async def act(engine: LocalEngine, job: str, actions: Sequence[Mapping[str, Any]], *, is_lenient: bool = False) -> None:
    """Carry out the actions at their times; lenient: one that does not fit any more is left out."""
    loop = asyncio.get_running_loop()
    for action in actions:
        await asyncio.sleep(action["at"] - loop.time())
        status = await engine.status(job)
        try:
            await engine.control(job, control_of(action, status.question.id if status.question else ""))
        except ControlError:
            if not is_lenient:
                raise


def run_job(
    spec: JobSpec,
    scripts: Mapping[str, Script] | None = None,
    default: Script | None = None,
    actions: Sequence[Mapping[str, Any]] = (),
    during: Callable[[LocalEngine], Awaitable[None]] | None = None,
    *,
    is_lenient: bool = False,
    sessions: ScriptedSessions | None = None,
) -> Outcome:
    """Run one job to its end in virtual time."""
    bench = Bench(sessions or ScriptedSessions(scripts, default))

    async def main() -> Outcome:
        engine = bench.engine()
        await engine.start(spec, SECRETS)
        hands = asyncio.create_task(act(engine, spec.id, actions, is_lenient=is_lenient))
        helper = asyncio.ensure_future(during(engine)) if during else None
        events = [event async for event in engine.follow(spec.id)]
        await hands
        if helper is not None:
            await helper
        status = await engine.status(spec.id)
        kept = bench.journal.events[spec.id]
        assert kept == events
        return Outcome(kept, status, bench.sessions, bench.journal, bench.outputs)

    return run(main())
