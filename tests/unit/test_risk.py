"""What earlier jobs say of a device: how long it takes beside others, and how likely it is down."""

from collections.abc import Sequence

import pytest
from tests.engine.harness import make_devices, make_spec

from paceline.model.duration import LOGIN, UNREACHABLE, Run
from paceline.plan.durations import Durations, expect
from paceline.plan.history import from_history
from paceline.plan.risk import UNREACHABLE_RATE


def _at(day: int) -> str:
    return f"2026-01-{day:02}T22:00:00+00:00"


def test_a_slow_device_is_known_by_its_own_runs_and_a_new_one_by_all() -> None:
    runs = [
        Run(f"d{number}", (40.0 if number == 1 else 10.0) * (1 + 0.02 * (day % 2)), _at(day))
        for day in (3, 2, 1)
        for number in range(1, 9)
    ]

    def history(platform: str, command: str) -> Sequence[Run]:
        return runs if command == "show version" else [run._replace(seconds=run.seconds / 10) for run in runs]

    durations = Durations(history)
    slow, quick, new = (durations.device("generic", ("show version",), name) for name in ("d1", "d2", "d99"))
    assert slow.median_s == pytest.approx(44, rel=0.08)
    assert quick.median_s == pytest.approx(11, rel=0.08)
    assert new.median_s == pytest.approx(11, rel=0.2)
    assert new.sigma > slow.sigma
    assert durations.device("generic", ("show version",), "d3") is quick


def test_recent_runs_weigh_more_and_outliers_are_left_out() -> None:
    newest_first = [Run("d1", seconds) for seconds in (20, 20, 20, 5, 5, 5)]
    assert from_history(newest_first).median_s == pytest.approx(20)
    wild = [Run(f"d{n}", 9_999.0 if n == 7 else 10.0 + n % 3) for n in range(20)]
    assert from_history(wild).sigma < 0.2


def test_a_dead_country_and_a_dead_device_are_expected_to_be_so_again() -> None:
    countries = ["DE"] * 6 + ["NL"] * 6
    spec = make_spec(make_devices(13, country=[*countries, "NL"]))
    down = {"d3", *(f"d{number}" for number in range(7, 13))}
    rows: dict[str, list[Run]] = {LOGIN: [], UNREACHABLE: []}
    for day in (3, 2, 1):
        for number in range(1, 13):
            name = f"d{number}"
            rows[UNREACHABLE if name in down else LOGIN].append(Run(name, 10.0 if name in down else 2.0, _at(day)))
    times = expect(spec, lambda platform, command: rows.get(command, []))
    assert times.risks is not None
    chance = {name: risk.unreachable for name, risk in zip(times.names, times.risks, strict=True)}
    assert chance["d1"] < 0.1 < 0.7 < chance["d3"] < chance["d7"]
    # Never seen, but in a country that is down.
    assert chance["d13"] > 0.7
    assert expect(spec).risks is not None
    assert {risk.unreachable for risk in expect(spec).risks or ()} == {UNREACHABLE_RATE}
