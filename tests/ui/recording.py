"""Jobs for the screens' tests: run beforehand by the real executor on the virtual loop, then played step by step."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.harness import act
from tests.simulated import SimulatedSessions
from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.config.paths import Paths
from paceline.demo.network import Network, build_network
from paceline.engine.local import LocalEngine
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.event import JobEvent
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.plan.durations import expect
from paceline.plan.forecast import live_forecast
from paceline.store.memory import MemoryJournal, MemoryOutputs

JOB = "20260105-2200-health-check-7f3a"
DEVICES, SEED = 60, 3


@dataclass(frozen=True, slots=True)
class Recording:
    """All events of one job, and what its devices printed."""

    spec: JobSpec
    events: tuple[JobEvent, ...]
    outputs: MemoryOutputs

    def until(self, is_there: Callable[[JobEvent], bool]) -> int:
        """The `seq` of the first event for which `is_there` holds. Raises LookupError."""
        for event in self.events:
            if is_there(event):
                return event.seq
        raise LookupError("the recording has no such event")


def network(devices: int = DEVICES, seed: int = SEED) -> Network:
    """The simulated network the tests' inventory and recordings are of."""
    return build_network(devices, seed)


def make_spec(
    paths: Paths, inventory: Path, preset: str = "health-check", *, where: str = "*", job: str = JOB, **pace: Any
) -> JobSpec:
    """The frozen job that the command line would make of a preset, under a fixed id and hour."""
    launch = prepare(LaunchOptions(preset, str(inventory), where, pace), paths)
    fixed = {"id": job, "created_at": EPOCH, "created_by": "netops", "seed": SEED}
    return launch.spec.model_copy(update=fixed)


def record(spec: JobSpec, simulated: Network | None = None, actions: Sequence[Mapping[str, Any]] = ()) -> Recording:
    """Run `spec` to its end in virtual time; `actions` as in the pace table (pause, retune, answer ...)."""
    times, journal, outputs = expect(spec), MemoryJournal(), MemoryOutputs()
    sessions = SimulatedSessions(simulated or network())

    async def main() -> Recording:
        engine = LocalEngine(
            sessions, journal, outputs, virtual_now,
            forecaster=lambda status, at: live_forecast(status, at, times),
        )  # fmt: skip
        await engine.start(spec, Secrets())
        hands = asyncio.create_task(act(engine, spec.id, actions, is_lenient=True))
        async for _ in engine.follow(spec.id):
            pass
        await hands
        return Recording(spec, tuple(journal.events[spec.id]), outputs)

    # On a thread of its own: the test that asks may have a loop already.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: run(main())).result()
