"""Folders of an operator who has nothing yet, beside what is really shipped."""

from pathlib import Path

import pytest

from paceline.config.paths import Paths, find_paths


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """XDG folders under `tmp_path`."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return find_paths()
