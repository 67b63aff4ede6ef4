"""Times work inside Paceline in a process of its own: one module per probe, run as a program."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.cost import cost_of
from tests.bench.fleet import ROOT
from tests.integration.workspace import APP


def best_seconds(repeats: int, work: Callable[[], object]) -> float:
    """The shortest time that `work` took."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def probe(module: str, folder: Path) -> dict[str, float]:
    """Have `tests.bench.<module>` timed by itself: a small parent keeps everyone's peaks of memory honest."""
    environment = {**os.environ, "PYTHONPATH": f"{APP}{os.pathsep}{ROOT}"}
    cost = cost_of([sys.executable, "-m", f"tests.bench.{module}", str(folder)], environment, folder)
    found: dict[str, float] = json.loads(cost.output)
    return {**found, "peak_mb": round(cost.peak_mb, 1)}
