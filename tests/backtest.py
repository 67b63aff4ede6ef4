"""Whole jobs on simulated fleets on the virtual loop: what was foreseen of them, with and without history."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - a type; seeded() makes them
from types import MappingProxyType
from typing import Any

from tests.engine.harness import Outcome, make_devices, make_spec, run_job

from paceline.model import event as ev
from paceline.model.device import Device
from paceline.model.duration import Run
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.model.time import seeded
from paceline.plan.durations import DeviceTimes, expect
from paceline.plan.forecast import LAUNCH_RUNS, live_forecast
from paceline.report.calibration import QUARTERS, Calibration, Grade, calibrate, grade
from paceline.session.scripted import Script
from paceline.store.durations import JobDurations
from paceline.store.kinds import JobCourse, JobSummary

COUNTRIES = ("DE", "FR", "NL", "PL", "SE", "IT")
COMMANDS = ("show version",)
EARLIER_JOBS = 3
"""Jobs of the same fleet that history has."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a simulated fleet behaves, and the pace of the jobs on it."""

    sigma: float = 0.25
    """Spread of a command's logarithm from run to run."""
    between: float = 0.15
    """Spread of devices against each other."""
    slow_share: float = 0.0
    """Share of devices that take four times as long."""
    dead: str = ""
    """A country whose devices cannot be reached."""
    down: float = 0.02
    """Chance of any other device to be down for a whole job."""
    today: float = 0.05
    """Spread of whole jobs against each other: the load of a day."""
    pace: Mapping[str, Any] = field(default_factory=dict)


FLEETS: Mapping[str, Fleet] = MappingProxyType(
    {
        "steady": Fleet(sigma=0.1, between=0.1, pace={"batch_size": 5, "mode": "rolling"}),
        "heavy-tailed": Fleet(sigma=0.9, between=0.3, pace={"batch_size": 5, "mode": "rolling"}),
        "30 % slow": Fleet(slow_share=0.3, pace={"batch_size": 5, "mode": "rolling"}),
        "one dead country": Fleet(dead="NL", pace={"batch_size": 5, "mode": "rolling"}),
        "rate-bound": Fleet(pace={"batch_size": 5, "devices_per_hour": 240}),
        "barrier-bound": Fleet(sigma=0.5, pace={"batch_size": 5}),
    }
)


class World:
    """One fleet with a will of its own: its devices keep their ways from job to job."""

    def __init__(self, fleet: Fleet, devices: int, seed: int) -> None:
        self._fleet, self._random = fleet, seeded(seed)
        countries = [COUNTRIES[number % len(COUNTRIES)] for number in range(devices)]
        self.devices = make_devices(devices, country=countries)
        self._own = {device.name: self._way(self._random) for device in self.devices}
        self._rows: dict[tuple[str, str], list[Run]] = {}
        self._jobs = 0

    def _way(self, random: Random) -> float:
        slow = 4.0 if random.random() < self._fleet.slow_share else 1.0
        return slow * math.exp(random.gauss(0, self._fleet.between))

    def run(self) -> Outcome:
        """One more job."""
        self._jobs += 1
        spec = make_spec(
            self.devices,
            commands=COMMANDS,
            pace={"order": "spread"} | dict(self._fleet.pace),
            gates={"max_unreachable": 0},
            job=f"2026010{self._jobs}-2200-test-0001",
        )
        today = math.exp(self._random.gauss(0, self._fleet.today))
        return run_job(spec, {device.name: self._script(device, today) for device in self.devices})

    def _script(self, device: Device, today: float) -> Script:
        random, own = self._random, self._own[device.name] * today
        if device.country == self._fleet.dead or random.random() < self._fleet.down:
            return Script(connect_s=10.0, failures={0: FailureKind.CONNECT_TIMEOUT})
        return Script(
            connect_s=0.2,
            login_s=1.5 * own * math.exp(random.gauss(0, self._fleet.sigma)),
            command_s=30.0 * own * math.exp(random.gauss(0, self._fleet.sigma)),
        )

    def remember(self, outcome: Outcome) -> None:
        """Add a job to the history, as the journal does."""
        assert outcome.status.spec is not None
        for platform, command, device, at, seconds in JobDurations(outcome.status.spec).rows(outcome.events):
            # The newest first; jobs follow each other, though the virtual loop begins each at the same moment.
            run = Run(device, seconds, f"{self._jobs:03}{at}")
            self._rows.setdefault((platform, command), []).insert(0, run)

    def history(self, platform: str, command: str) -> list[Run]:
        """See `paceline.plan.history.History`."""
        return self._rows.get((platform, command), [])


def graded(outcome: Outcome, times: DeviceTimes) -> Grade:
    """What would have been foreseen at the start and at each quarter of a job, against how it went."""
    status, forecasts, ended = JobStatus(), list[ev.ForecastMade](), []
    left = list(QUARTERS)
    for event in outcome.events:
        status.apply(event)
        if isinstance(event, ev.AttemptEnded) and event.retry_at is None:
            ended.append(event.at)
        is_due = left and 100 * status.ended >= left[0] * status.total
        if status.started_at is not None and not status.state.is_final and is_due:
            left.pop(0)
            made = live_forecast(status, event.at, times, LAUNCH_RUNS)
            assert made is not None
            about: dict[str, Any] = {"seq": event.seq, "at": event.at, "job": event.job, "held_by": made.held_by}
            forecasts.append(ev.ForecastMade(likely=made.likely, nine_in_ten=made.nine_in_ten, **about))
    assert status.started_at is not None
    began, finished = status.started_at.isoformat(), outcome.events[-1].at.isoformat()
    job = JobSummary(
        status.id, "", began, "finished", {}, started_at=began, finished_at=finished, devices=status.total
    )  # fmt: skip
    found = grade(job, JobCourse(tuple(forecasts), tuple(ended), frozenset()))
    assert found is not None
    return found


def backtest(name: str, *, devices: int, worlds: int, jobs: int) -> dict[str, Calibration]:
    """`jobs` jobs on each of `worlds` fleets: `with history` of the jobs before them, and `without`."""
    known, unknown = list[Grade](), list[Grade]()
    for seed in range(worlds):
        world = World(FLEETS[name], devices, seed)
        for _ in range(EARLIER_JOBS):
            world.remember(world.run())
        for _ in range(jobs):
            outcome = world.run()
            spec: JobSpec | None = outcome.status.spec
            assert spec is not None
            known.append(graded(outcome, expect(spec, world.history)))
            unknown.append(graded(outcome, expect(spec)))
            world.remember(outcome)
    return {"with history": calibrate(known), "without": calibrate(unknown)}
