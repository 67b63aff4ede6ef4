"""Row: a keystroke in Configure with 10,000 devices ticked, as the screen answers it: the forecast and the tips."""

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.probe import best_seconds, probe

DEVICES, REPEATS = 10_000, 5


def measure(folder: Path) -> list[Figure]:
    """Milliseconds of the slower of two keys: another pace, another device."""
    found = probe("keystroke", folder)
    slowest = max(found["pace_ms"], found["tick_ms"])
    return [Figure("keystroke in Configure with 10,000 devices", "ms", slowest, 50, 15, details=found)]


def run(folder: Path) -> dict[str, float]:
    """Do what `ConfigureScreen` does between a key and its frame."""
    from paceline.config.paths import find_paths
    from paceline.config.settings import load_settings
    from paceline.launch.beginning import Wish, begin
    from paceline.launch.outlook import Outlook, expect_devices
    from paceline.launch.tips import Adviser
    from paceline.plan.durations import Durations

    paths = replace(find_paths(), config=folder / "config", state=folder / "state", cache=folder / "cache")
    inventory = folder / "fleet.csv"
    countries = ("DE", "FR", "NL", "PL", "SE", "IT")
    rows = (f"r{n:05d},10.{n // 65536}.{n // 256 % 256}.{n % 256},cisco_xr,{countries[n % 6]}" for n in range(DEVICES))
    inventory.write_text("name,address,platform,country\n" + "\n".join(rows) + "\n", encoding="utf-8")
    beginning = begin(Wish("ospf-collection", str(inventory), "*"), load_settings(paths), paths)
    draft, adviser, outlook = beginning.draft, Adviser(beginning.platforms), Outlook()
    outlook.learn(expect_devices(draft, Durations(lambda _platform, _command: [])))
    assert len(draft.ticks) == DEVICES

    def draw() -> None:
        estimate = outlook.estimate(draft)
        assert estimate is not None
        adviser.tips(draft, estimate, frozenset())
        draft.changes()

    def pace(size: int) -> None:
        draft.set_pace(batch_size=size)
        draw()

    def tick() -> None:
        draft.ticks.untick(["r00007"])
        outlook.forget_devices()
        draw()
        draft.ticks.tick(["r00007"])

    draw()
    return {
        "pace_ms": round(1000 * max(best_seconds(REPEATS, partial(pace, size)) for size in (1, 10, 50)), 2),
        "tick_ms": round(1000 * best_seconds(REPEATS, tick), 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
