"""Which clock a country goes by: the time zone database's own table of countries, the machine's or tzdata's."""

import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path


@cache
def zones_of_countries() -> dict[str, tuple[str, ...]]:
    """Country codes and their zones; empty on a machine that has neither table."""
    found: dict[str, list[str]] = {}
    for line in _table().splitlines():
        columns = line.split("\t")
        if not line.startswith("#") and len(columns) > 2:
            found.setdefault(columns[0], []).append(columns[2])
    return {country: tuple(zones) for country, zones in found.items()}


def zones_that_differ(country: str, now: datetime) -> list[str]:
    """A country's zones, one for each clock that its places go by in the year to come; empty for an unknown one."""
    clocks: dict[tuple[timedelta | None, ...], str] = {}
    for name in zones_of_countries().get(country, ()):
        zone = zoneinfo.ZoneInfo(name)
        # Weekly: clocks that change on other days are others.
        shown = tuple((now + timedelta(weeks=week)).astimezone(zone).utcoffset() for week in range(53))
        clocks.setdefault(shown, name)
    return list(clocks.values())


def _table() -> str:
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / "zone.tab"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    try:
        return (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return ""
