"""Forecasts and advice: where the schedule is certain they are exact, elsewhere they are in order."""

import math
from datetime import timedelta

import pytest
from tests.engine.harness import make_devices, make_spec, run_job

from paceline.model.duration import Run
from paceline.model.job import Pace
from paceline.plan.advice import tips_for, warnings_for
from paceline.plan.batches import arrange, batch_sizes, started_in_first_hour
from paceline.plan.durations import COMMAND_S, ENOUGH, LOGIN_S, MOST_ASKED, Durations, expect
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import estimate, live_forecast, plan_forecast
from paceline.plan.roster import Roster


def _work(count: int, seconds: float, sigma: float = 0.0) -> Roster:
    return Roster.of(("DE", "ber1", Expectation(seconds, sigma)) for _ in range(count))


def _runs(seconds: float, count: int) -> list[Run]:
    return [Run(f"x{number}", seconds) for number in range(count)]


@pytest.mark.parametrize(
    ("devices", "size", "expected"),
    [(20, 10, (2, 10)), (21, 10, (3, 1)), (5, 0, (1, 5)), (3, 10, (1, 3)), (0, 5, (0, 0))],
)
def test_batches_and_the_last_one(devices: int, size: int, expected: tuple[int, int]) -> None:
    assert batch_sizes(devices, size) == expected


def test_a_rate_bound_job_ends_one_batch_after_its_last_grant() -> None:
    result = estimate(_work(20, 10), Pace(batch_size=10, devices_per_hour=20))
    assert result.likely_s == pytest.approx(1810)
    assert (result.batches, result.last_batch, result.held_by) == (2, 10, "the rate limit")


def test_a_barrier_bound_job_takes_its_batches_one_after_the_other() -> None:
    result = estimate(_work(25, 10), Pace(batch_size=10))
    assert result.likely_s == pytest.approx(30)
    assert result.held_by == "the batch barrier"


def test_one_batch_is_held_by_its_slowest_device() -> None:
    result = estimate(
        Roster.of(("DE", "", Expectation(seconds, 0)) for seconds in (10, 10, 10, 40)), Pace(batch_size=0)
    )
    assert result.likely_s == pytest.approx(40)
    assert result.held_by == "the slowest device"


def test_a_country_cap_is_what_holds() -> None:
    result = estimate(_work(10, 10), Pace(batch_size=10, per_country=1))
    assert result.likely_s == pytest.approx(100)
    assert result.held_by == "a cap"


def test_rolling_fills_its_places() -> None:
    result = estimate(_work(100, 10), Pace(batch_size=10, mode="rolling"))
    assert result.likely_s == pytest.approx(100)
    assert result.held_by == "the places at once"


def test_spread_makes_nine_in_ten_later_and_a_rate_hides_it() -> None:
    loose = estimate(_work(50, 10, 0.8), Pace(batch_size=10))
    assert loose.nine_in_ten_s > loose.likely_s > 50
    paced = estimate(_work(50, 10, 0.3), Pace(batch_size=10, devices_per_hour=60))
    assert paced.nine_in_ten_s - paced.likely_s < 60


def test_history_counts_from_enough_runs_on() -> None:
    spec = make_spec(make_devices(2), commands=("show version", "show clock"))
    runs = {"show version": _runs(8.0, ENOUGH), "show clock": _runs(1.0, 1)}
    times = expect(spec, lambda platform, command: runs.get(command, []))
    assert times.basis == "history and defaults"
    assert times.by_device["d1"].median_s == pytest.approx(8 + LOGIN_S + COMMAND_S, rel=0.2)
    assert expect(spec).basis == "defaults"
    known = expect(spec, lambda platform, command: _runs(5.0, 10))
    assert known.basis == "history"


def test_the_live_forecast_counts_what_is_left() -> None:
    spec = make_spec(make_devices(4), pace={"batch_size": 2, "devices_per_hour": 60})
    outcome = run_job(spec)
    events = outcome.events
    status = type(outcome.status)()
    second = next(index for index, event in enumerate(events) if event.type == "batch_started" and event.number == 2)
    for event in events[:second]:
        status.apply(event)
    moment = events[second - 1].at
    forecast = live_forecast(status, moment, expect(spec))
    assert forecast is not None
    assert timedelta(seconds=118) < forecast.likely - moment < timedelta(seconds=135)
    assert forecast.held_by == "the rate limit"
    assert live_forecast(outcome.status, moment, expect(spec)) is None


def test_the_plan_of_a_job_is_its_estimate() -> None:
    spec = make_spec(make_devices(20), pace={"batch_size": 10, "devices_per_hour": 20})
    result = plan_forecast(spec, expect(spec))
    assert 1800 < result.likely_s < 1830
    assert math.isfinite(result.nine_in_ten_s)


def test_advice_names_the_field_and_the_remedy() -> None:
    spec = make_spec(make_devices(200), pace={"batch_size": 60, "devices_per_hour": 60})
    texts = warnings_for(spec, plan_forecast(spec, expect(spec)))
    assert "batch_size: 60 devices start at once" in texts
    spec = make_spec(make_devices(200), pace={"batch_size": 50, "devices_per_hour": 60})
    burst = next(text for text in warnings_for(spec, plan_forecast(spec, expect(spec))) if "first hour" in text)
    assert burst == "batch_size 50 at 60 devices per hour starts 100 in the first hour; a batch size of 30 keeps 60"
    spec = make_spec(make_devices(5), pace={"batch_size": 10})
    assert "batch_size 10 is larger than the 5 devices selected: one batch" in warnings_for(
        spec, plan_forecast(spec, expect(spec))
    )


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (Pace(batch_size=10, devices_per_hour=60), 60),
        (Pace(batch_size=50, devices_per_hour=60), 100),
        (Pace(batch_size=7, devices_per_hour=20), 21),
        (Pace(mode="rolling", devices_per_hour=60), 60),
        (Pace(), 200),
    ],
)
def test_devices_started_in_the_first_hour(pace: Pace, expected: int) -> None:
    assert started_in_first_hour(200, pace) == expected


def test_spread_is_a_round_robin_over_countries() -> None:
    spec = make_spec(make_devices(5, country=["DE", "DE", "DE", "FR", "ES"]))
    assert [target.device.name for target in arrange(spec.targets, "spread")] == ["d1", "d4", "d5", "d2", "d3"]


def test_a_command_is_looked_up_once_and_equal_devices_share_one_expectation() -> None:
    asked: list[tuple[str, str]] = []

    def history(platform: str, command: str) -> list[Run]:
        if command:
            asked.append((platform, command))
        return _runs(3.0, ENOUGH)

    durations = Durations(history)
    first = durations.device("frr", ("show version", "show clock"))
    assert durations.device("frr", ("show version", "show clock")) is first
    assert durations.device("linux", ("show version",)) is not first
    assert asked == [("frr", "show version"), ("frr", "show clock"), ("linux", "show version")]
    assert first.basis == "history"
    assert durations.command("frr", "show clock").median_s == pytest.approx(3.0)


def test_a_command_filled_per_device_is_read_from_a_sample_of_them() -> None:
    asked: list[str] = []

    def history(platform: str, command: str) -> list[Run]:
        if command:
            asked.append(command)
        return _runs(40.0, ENOUGH) if command.startswith("show bgp") else []

    durations = Durations(history)
    found = [durations.device("frr", ("show clock", f"show bgp neighbor 192.0.2.{n}")) for n in range(1_000)]
    assert len(asked) == MOST_ASKED
    assert len({id(each) for each in found[MOST_ASKED:]}) == 1
    assert found[-1].basis == "history and defaults"
    assert found[-1].median_s == pytest.approx(40 + LOGIN_S + COMMAND_S, rel=0.1)


def test_the_largest_batch_that_keeps_the_rate_is_found_at_once_for_large_ones() -> None:
    spec = make_spec(make_devices(200), pace={"batch_size": 150, "devices_per_hour": 97})
    texts = warnings_for(spec, plan_forecast(spec, expect(spec)))
    assert texts[-2].endswith("starts 150 in the first hour; a batch size of 97 keeps 97")
    tips = tips_for(spec.pace, plan_forecast(spec, expect(spec)), unknown=3)
    assert [tip.field for tip in tips] == ["batch_size", "devices_per_hour", "devices"]
