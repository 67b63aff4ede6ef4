"""Rows: how good forecasts are on simulated fleets, with the history of three jobs and without."""

from pathlib import Path
from statistics import median
from typing import Any

from tests.backtest import FLEETS, backtest
from tests.bench.figure import Figure

from paceline.report.calibration import as_summary

DEVICES, WORLDS, JOBS = 200, 5, 4


def measure(folder: Path) -> list[Figure]:
    """How often the nine-in-ten end held over all fleets, and the worst fleet's median errors of the likely end."""
    found = {name: backtest(name, devices=DEVICES, worlds=WORLDS, jobs=JOBS) for name in FLEETS}
    details: dict[str, Any] = {
        name: {basis: as_summary(each) for basis, each in by_basis.items()} for name, by_basis in found.items()
    }
    known = {name: by_basis["with history"] for name, by_basis in found.items()}
    kept = sum((each.kept or 0.0) * each.jobs for each in known.values()) / sum(each.jobs for each in known.values())
    starts, halves = ({name: each.errors[quarter] for name, each in known.items()} for quarter in (0, 50))
    return [
        Figure("runs inside the nine-in-ten end, with history", "ratio", kept, 0.97, 0.93, 0.8, details),
        Figure("likely end at the start, median error, worst fleet", "ratio", max(starts.values()), 0.1, 0.05),
        Figure("likely end at half-way, median error, worst fleet", "ratio", max(halves.values()), 0.05, 0.025),
        Figure(
            "likely end at the start, median error, all fleets",
            "ratio",
            median(starts.values()),
            0.1,
            0.05,
            details=starts,
        ),
    ]
