"""Rows: the memory of a job of 1,000 devices, and what each further one adds."""

from pathlib import Path

from tests.bench.contest import paceline, summary
from tests.bench.figure import Figure
from tests.bench.fleet import EXEC_COMMANDS, Fleet, own_servers

SMALL, LARGE = 1_000, 2_000


def measure(folder: Path) -> list[Figure]:
    """Peak resident set with 1,000 devices; the difference to 2,000, per device."""
    with own_servers(folder / "server", LARGE) as servers:
        fleet = Fleet("asyncssh server", servers, "linux", EXEC_COMMANDS)
        small = paceline(fleet, folder / "small", SMALL)()
        large = paceline(fleet, folder / "large", LARGE)()
    growth_kb = (large.peak_mb - small.peak_mb) * 1024 / (LARGE - SMALL)
    details = {str(SMALL): summary(small, SMALL), str(LARGE): summary(large, LARGE)}
    return [
        Figure("memory, 1,000 devices", "MB", small.peak_mb, 100, 70, details=details),
        Figure("memory growth per further device", "KB", max(growth_kb, 0.0), 10, 4),
    ]
