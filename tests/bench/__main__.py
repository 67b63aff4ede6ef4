"""Measures Paceline and its peers and prints one JSON document: `python -m tests.bench [ROW ...]`.

Exit code 1 when a figure misses what it must reach at least, or a row or a peer is absent.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.bench import (
    attach,
    backtest,
    exec_work,
    forecast,
    inventory_load,
    journal,
    keystroke,
    latency,
    memory,
    pace,
    prompt_work,
    screens,
)
from tests.bench.figure import AbsentError, Figure
from tests.integration.daemons import DaemonError, public_folder

ROWS: Mapping[str, Callable[[Path], list[Figure]]] = MappingProxyType(
    {
        "exec": exec_work.measure,
        "prompt": prompt_work.measure,
        "memory": memory.measure,
        "pace": pace.measure,
        "inventory": inventory_load.measure,
        "forecast": forecast.measure,
        "backtest": backtest.measure,
        "keystroke": keystroke.measure,
        "attach": attach.measure,
        "journal": journal.measure,
        "latency": latency.measure,
        "monitor": screens.busy_monitor,
        "first_frame": screens.first_frame,
        "idle": screens.idle,
    }
)


def measure(name: str) -> list[dict[str, Any]]:
    """One row's figures as JSON, or the one that says why it is absent."""
    begin = time.perf_counter()
    try:
        with public_folder() as folder:
            figures = [figure.as_json() for figure in ROWS[name](folder)]
    except (AbsentError, DaemonError) as error:
        figures = [{"name": name, "passes": False, "absent": str(error)}]
    print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    return figures


def main(names: list[str]) -> int:
    """Measure the rows named, or all; the exit code."""
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        print(f"no row is called {', '.join(unknown)}; there are: {', '.join(ROWS)}", file=sys.stderr)
        return 2
    figures = [figure for name in names or ROWS for figure in measure(name)]
    passes = all(figure["passes"] for figure in figures)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({"passes": passes, **machine, "figures": figures}, indent=2))
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
