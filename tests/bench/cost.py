"""What a program costs: processor time of its whole process tree, its peak of memory, its wall time."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figure import AbsentError


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program took."""

    cpu_s: float
    """User and system time, its waited-for descendants included."""
    peak_mb: float
    """Largest resident set; never under this process's own, which the kernel hands down at exec."""
    wall_s: float
    output: str


def cost_of(command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout_s: float = 120) -> Cost:
    """Run `command` to its end. Raises AbsentError, with its last words, when it fails or takes too long."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        deadline = threading.Timer(timeout_s, process.kill)
        deadline.start()
        # wait4 tells of this child alone; getrusage(RUSAGE_CHILDREN) has one peak for all there ever were.
        _, status, usage = os.wait4(process.pid, 0)
        deadline.cancel()
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, complaint = out.read(), err.read()
    if process.returncode != 0:
        words = (complaint.strip() or output.strip())[-400:]
        raise AbsentError(f"{' '.join(command[:5])} ended with {process.returncode} after {wall_s:.1f} s: {words}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall_s, output)


def cheapest(costs: Sequence[Cost]) -> Cost:
    """The cheapest of several runs: what a machine with other things to do adds is never negative."""
    return min(costs, key=lambda cost: cost.cpu_s)
