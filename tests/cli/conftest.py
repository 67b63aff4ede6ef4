"""Fixtures of the command line's tests: a small fleet for all of them, a desk for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.desk import Desk, serving

from paceline.demo.fleet import Fleet


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Ten routers that answer at once and have no faults."""
    with serving(devices=10, latency=0, faults=False) as running:
        yield running


@pytest.fixture(scope="session")
def slow_fleet() -> Iterator[Fleet]:
    """Six routers, a second or more for every command."""
    with serving(devices=6, latency=4, faults=False) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, fleet, monkeypatch, capsys)


@pytest.fixture
def slow_desk(
    tmp_path: Path, slow_fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    return Desk(tmp_path, slow_fleet, monkeypatch, capsys)
