"""Row: reading an inventory of 50,000 rows."""

import json
import sys
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.probe import best_seconds, probe

ROWS, REPEATS = 50_000, 3
HEADER = "name,address,port,platform,country,site,groups,role,rack"


def measure(folder: Path) -> list[Figure]:
    """Seconds from the file to its devices."""
    found = probe("inventory_load", folder)
    return [Figure("50,000-row CSV inventory", "s", found["seconds"], 4, 1.5, details=found)]


def run(folder: Path) -> dict[str, float]:
    """Write the inventory and time `paceline.inventory.load`."""
    from paceline.inventory.load import load

    path = folder / "large.csv"
    countries, platforms = ("DE", "FR", "NL", "PL"), ("cisco_ios", "cisco_xr", "juniper_junos", "frr")
    rows = (
        f"r{n:05d}.example.net,10.{n // 65536}.{n // 256 % 256}.{n % 256},22,"
        f"{platforms[n % 4]},{countries[n // 4 % 4]},site{n % 200},core;pop{n % 9},pe,{n % 40}"
        for n in range(ROWS)
    )
    path.write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")
    devices = load(path).devices
    assert len(devices) == ROWS, f"{len(devices)} devices of {ROWS} rows"
    return {"seconds": best_seconds(REPEATS, lambda: load(path))}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
