"""Inventories that lie where people keep them: offered at the first start."""

from collections.abc import Iterable
from pathlib import Path

_PATTERNS = (
    "*.csv",
    "*.tsv",
    "hosts.yaml",
    "hosts.yml",
    "*/hosts.yaml",
    "inventory*",
    "fleet*",
    "devices*.txt",
    "hosts.txt",
)
MOST = 12
_LARGEST = 50_000_000
_SUFFIXES = (".csv", ".tsv", ".yaml", ".yml", ".txt")


def find_inventories(folders: Iterable[Path]) -> list[Path]:
    """Files that may be inventories, each folder's in the order of their names. What cannot be read is left out."""
    found: dict[Path, None] = {}
    for folder in folders:
        for pattern in _PATTERNS:
            for path in _matches(folder, pattern):
                found[path] = None
    return list(found)[:MOST]


def _matches(folder: Path, pattern: str) -> list[Path]:
    try:
        paths = sorted(folder.glob(pattern))
        return [
            path for path in paths
            if path.suffix.lower() in _SUFFIXES and path.is_file() and 0 < path.stat().st_size < _LARGEST
        ]  # fmt: skip
    except OSError:
        return []
