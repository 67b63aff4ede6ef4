"""ISO 3166-1 as the package pycountry ships it, read straight from its file.

Importing pycountry reads the metadata of what is installed and makes an object per country: 8 ms of every start.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class Country(NamedTuple):
    """A country's codes and names; `official_name` is empty where the standard has none."""

    alpha_2: str
    alpha_3: str
    name: str
    common_name: str
    """As people say it (Bolivia); `name` where that is so already."""
    official_name: str


@cache
def all_countries() -> Mapping[str, Country]:
    """All countries by their alpha-2 codes. Reads a file the first time."""
    package = find_spec("pycountry")
    assert package is not None and package.origin is not None, "pycountry is among the dependencies"
    database = Path(package.origin).with_name("databases") / "iso3166-1.json"
    rows = json.loads(database.read_text(encoding="utf-8"))["3166-1"]
    return MappingProxyType(
        {
            row["alpha_2"]: Country(
                row["alpha_2"],
                row["alpha_3"],
                row["name"],
                row.get("common_name", row["name"]),
                row.get("official_name", ""),
            )
            for row in rows
        }
    )
