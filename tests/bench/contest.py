"""Runs a peer and Paceline over the same work and tells what each spent per device."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.cost import Cost, cheapest, cost_of
from tests.bench.figure import AbsentError
from tests.bench.fleet import ROOT, Fleet
from tests.integration.workspace import APP

DEVICES, AT_ONCE, REPEATS = 200, 50, 3

Run = Callable[[], Cost]


def interleaved(*runs: Run) -> list[Cost]:
    """The best of three rounds for each of `runs`: in turns, so that what else the machine does meets all of them."""
    rounds = [[run() for run in runs] for _ in range(REPEATS)]
    return [cheapest(costs) for costs in zip(*rounds, strict=True)]


def peer(module: str, task: Path, answers: int) -> Run:
    """Runs `tests.bench.peers.<module>`; raises AbsentError unless all `answers` come."""
    environment = {**os.environ, "PYTHONPATH": f"{APP}{os.pathsep}{ROOT}", "SSH_AUTH_SOCK": ""}

    def run() -> Cost:
        cost = cost_of([sys.executable, "-m", f"tests.bench.peers.{module}", str(task)], environment, task.parent)
        if cost.output.split() != [str(answers)]:
            raise AbsentError(f"{module} got {cost.output.strip()} answers instead of {answers}")
        return cost

    return run


def paceline(fleet: Fleet, root: Path, devices: int = DEVICES) -> Run:
    """A whole run of `paceline run --plain`; exit code 0 says that every device succeeded."""
    place = fleet.workspace(root, devices, batch_size=AT_ONCE, mode="rolling", connects_per_second=50)
    return lambda: cost_of(place.command("--plain"), place.environment(), root, timeout_s=180)


def summary(cost: Cost, devices: int = DEVICES) -> dict[str, float]:
    """The cost as a row's details."""
    return {
        "cpu_ms_per_device": round(1000 * cost.cpu_s / devices, 2),
        "peak_mb": round(cost.peak_mb, 1),
        "wall_s": round(cost.wall_s, 2),
    }
