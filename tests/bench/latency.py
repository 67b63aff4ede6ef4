"""Row: how long an event takes from the engine to a face that follows the job from another loop."""

import asyncio
import json
import sys
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.probe import probe

DEVICES, COMMAND_S = 400, 0.2


def measure(folder: Path) -> list[Figure]:
    """From the moment an event bears to its arrival, its commit included; connects as fast as an engine lets them."""
    found = probe("latency", folder)
    return [Figure("event from the engine to a face, p95", "ms", found["p95_ms"], 100, 100, details=found)]


async def run(folder: Path) -> dict[str, float]:
    """Follow a whole job on an engine of its own thread."""
    from tests.bench.soak import scripted_engine, scripted_spec

    from paceline.engine.logins import LoginLimits
    from paceline.engine.threaded import ThreadedEngine
    from paceline.model.secret import Secrets
    from paceline.model.time import now, seconds_between

    engine = await ThreadedEngine(lambda: scripted_engine(folder, command_s=COMMAND_S, limits=LoginLimits())).open()
    spec = scripted_spec(1, 0, DEVICES)
    await engine.start(spec, Secrets())
    waits = sorted([seconds_between(event.at, now()) async for event in engine.follow(spec.id, after=1)])
    await engine.close()
    shares = {"median_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {"events": len(waits), **{name: 1000 * waits[int(len(waits) * share)] for name, share in shares.items()}}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1])))))
