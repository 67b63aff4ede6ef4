"""Row: the forecast of 10,000 devices, as it is made anew at each keystroke of the launch."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figure import Figure
from tests.bench.probe import best_seconds, probe

if TYPE_CHECKING:
    from paceline.model.job import JobSpec

REPEATS = 15


def measure(folder: Path) -> list[Figure]:
    """Milliseconds of the slowest mode and order, when the selection changed; the details have the other keystrokes."""
    found = probe("forecast", folder)
    slowest = max(value for key, value in found.items() if key.endswith("_selected_ms"))
    return [Figure("forecast of 10,000 devices", "ms", slowest, 50, 15, details=found)]


def keystroke(spec: "JobSpec") -> None:
    """What a change of the selection costs: the expected durations and the schedule over them."""
    from paceline.plan.durations import expect
    from paceline.plan.forecast import plan_forecast

    plan_forecast(spec, expect(spec))


def run() -> dict[str, float]:
    """Per mode and order: all of it, the schedule alone (as when the pace changed), and its spread per country."""
    from tests.bench.large_job import large_spec

    from paceline.model.job import Mode, Order, Pace
    from paceline.plan.durations import expect
    from paceline.plan.forecast import plan_forecast

    found = {}
    cases: tuple[tuple[Mode, Order], ...] = (("batches", "spread"), ("batches", "country"), ("rolling", "inventory"))
    for mode, order in cases:
        spec = large_spec(Pace(batch_size=10, mode=mode, order=order, devices_per_hour=3_600, per_country=4))
        times = expect(spec)
        estimate = plan_forecast(spec, times)
        # Partial, not a lambda: each case keeps its own spec.
        work: dict[str, Callable[[], object]] = {
            "selected": partial(keystroke, spec),
            "paced": partial(plan_forecast, spec, times),
            "countries": estimate.countries,
        }
        for what, each in work.items():
            found[f"{mode}_{order}_{what}_ms"] = round(1000 * best_seconds(REPEATS, each), 2)
    return found


if __name__ == "__main__":
    print(json.dumps(run()))
