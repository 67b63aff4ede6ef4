"""The forecast's schedule against the executor itself, where durations are certain, and its spread over time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import Outcome, make_devices, make_spec, run_job

from paceline.model.job import Pace
from paceline.model.status import JobStatus
from paceline.plan.durations import DeviceTimes
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import Estimate, estimate, live_forecast
from paceline.plan.roster import Roster
from paceline.session.scripted import Script

COUNTRIES = ("DE", "FR", "BR")
PACES = st.fixed_dictionaries(
    {
        "batch_size": st.integers(0, 6),
        "devices_per_hour": st.sampled_from([0, 60, 400, 3600]),
        "order": st.sampled_from(["inventory", "country", "spread"]),
    }
)


Fleet = tuple[list[str], list[str], list[float]]


@st.composite
def fleets(draw: st.DrawFn, *, is_uniform: bool) -> Fleet:
    """Country, site and seconds of each device."""
    count = draw(st.integers(1, 16))
    each = st.floats(0.5, 90)
    seconds = [draw(each)] * count if is_uniform else draw(st.lists(each, min_size=count, max_size=count))
    countries = draw(st.lists(st.sampled_from(COUNTRIES), min_size=count, max_size=count))
    sites = draw(st.lists(st.sampled_from(["", "a1", "b2"]), min_size=count, max_size=count))
    return countries, sites, seconds


def _roster(fleet: Fleet) -> Roster:
    countries, sites, seconds = fleet
    return Roster(countries, sites, [Expectation(each, 0.0) for each in seconds])


def _ran(fleet: Fleet, pace: dict[str, object]) -> tuple[Estimate, Outcome]:
    """What was foreseen and what happened."""
    countries, sites, seconds = fleet
    devices = make_devices(len(countries), country=countries, site=sites)
    scripts = {
        device.name: Script(connect_s=0, login_s=0, command_s=s) for device, s in zip(devices, seconds, strict=True)
    }
    spec = make_spec(devices, pace=pace)
    return estimate(_roster(fleet), spec.pace), run_job(spec, scripts)


def _agree(foreseen: Estimate, outcome: Outcome) -> None:
    assert foreseen.likely_s == pytest.approx(outcome.seconds(outcome.events[-1]), abs=0.01)
    assert foreseen.nine_in_ten_s == foreseen.likely_s
    assert foreseen.batches == len(outcome.grants())
    begun = [start for starts in outcome.starts().values() for start in starts]
    assert foreseen.first_hour == pytest.approx(sum(start < 3600 for start in begun), abs=0)
    countries = outcome.status.countries
    assert {each.country for each in foreseen.countries()} == set(countries)
    for each in foreseen.countries(7):
        ran = countries[each.country]
        assert outcome.status.started_at is not None
        assert ran.started_at is not None
        assert each.devices == ran.total
        assert each.first_s == pytest.approx((ran.started_at - outcome.status.started_at).total_seconds(), abs=0.01)
        assert sum(each.buckets) == pytest.approx(each.devices)
        assert len(each.buckets) == 7
        assert min(each.buckets) >= 0


@settings(max_examples=60, deadline=None)
@given(fleets(is_uniform=False), PACES)
def test_batches_are_foreseen_as_they_run(fleet: Fleet, pace: dict[str, object]) -> None:
    foreseen, outcome = _ran(fleet, pace)
    _agree(foreseen, outcome)


@settings(max_examples=60, deadline=None)
@given(fleets(is_uniform=True), PACES, st.integers(1, 3))
def test_capped_batches_of_equal_devices_are_foreseen_as_they_run(
    fleet: Fleet, pace: dict[str, object], cap: int
) -> None:
    _agree(*_ran(fleet, pace | {"per_country": cap}))


@settings(max_examples=60, deadline=None)
@given(fleets(is_uniform=False), PACES, st.sampled_from([{}, {"per_country": 1}, {"per_country": 2}, {"per_site": 1}]))
def test_rolling_is_foreseen_as_it_runs(fleet: Fleet, pace: dict[str, object], caps: dict[str, object]) -> None:
    _agree(*_ran(fleet, pace | {"mode": "rolling"} | caps))


@settings(max_examples=40, deadline=None)
@given(fleets(is_uniform=False), PACES, st.sampled_from(["batches", "rolling"]))
def test_the_live_forecast_after_each_grant_is_when_the_job_ended(
    fleet: Fleet, pace: dict[str, object], mode: str
) -> None:
    outcome = _ran(fleet, pace | {"mode": mode})[1]
    spec = outcome.status.spec
    assert spec is not None
    times = DeviceTimes([target.device.name for target in spec.targets], _roster(fleet))
    status = JobStatus()
    for event in outcome.events:
        status.apply(event)
        if event.type == "batch_started":
            forecast = live_forecast(status, event.at, times)
            assert forecast is not None
            late_s = (forecast.likely - outcome.events[-1].at).total_seconds()
            # What ends at this very moment is read as needing a tenth of its time.
            assert late_s == pytest.approx(0, abs=0.01 if mode == "batches" else 0.01 + max(fleet[2]) / 10)


def test_a_rate_spreads_a_country_evenly_over_the_job() -> None:
    roster = Roster.of((country, "", Expectation(60, 0)) for country in ("DE", "DE", "FR", "BR") * 60)
    result = estimate(roster, Pace(batch_size=4, devices_per_hour=240, order="inventory"))
    german, french, brazilian = result.countries(4)
    assert (german.country, german.devices, french.devices, brazilian.devices) == ("DE", 120, 60, 60)
    assert german.buckets == pytest.approx((30, 30, 30, 30))
    assert french.buckets == pytest.approx((15, 15, 15, 15))
    assert (german.first_s, french.last_s) == (0, 3600)
    assert result.first_hour == 240


def test_one_country_after_the_other_shows_as_such() -> None:
    roster = Roster.of((country, "", Expectation(10, 0)) for country in ("FR", "DE") * 10)
    for pace in (Pace(batch_size=5, order="country"), Pace(batch_size=5, order="country", mode="rolling")):
        french, german = estimate(roster, pace).countries(4)
        assert french.buckets == pytest.approx((5, 5, 0, 0))
        assert german.buckets == pytest.approx((0, 0, 5, 5))
        assert (french.first_s, french.last_s, german.first_s, german.last_s) == (0, 20, 20, 40)


def test_the_last_country_ends_with_the_job() -> None:
    roster = Roster.of(("DE", "", Expectation(seconds, 0.5)) for seconds in (3, 9, 4, 8, 20, 5, 6))
    for mode in ("batches", "rolling"):
        for size in (0, 1, 3):
            result = estimate(roster, Pace.model_validate({"batch_size": size, "mode": mode}))
            assert result.countries()[0].last_s == pytest.approx(result.likely_s)


def test_no_devices_take_no_time() -> None:
    for mode in ("batches", "rolling"):
        result = estimate(Roster.of(iter(())), Pace.model_validate({"mode": mode, "devices_per_hour": 60}))
        assert (result.likely_s, result.batches, result.held_by, result.first_hour) == (0, 0, "nothing", 0)
        assert result.countries() == ()


def test_a_rolling_job_is_held_by_its_cap() -> None:
    roster = Roster.of(("DE", "", Expectation(10, 0)) for _ in range(20))
    result = estimate(roster, Pace(batch_size=10, mode="rolling", per_country=2))
    assert result.likely_s == pytest.approx(100)
    assert result.held_by == "a cap"
