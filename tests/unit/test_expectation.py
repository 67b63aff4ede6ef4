"""Expected durations: sums, maxima, and whether one in two and nine in ten runs keep the ends that are promised."""

import math
from typing import Any

import pytest

from paceline.model.job import Pace
from paceline.model.time import seeded
from paceline.plan.expectation import Expectation, Moments, blended, total
from paceline.plan.forecast import estimate
from paceline.plan.roster import MOST_RANKS, Roster

MEDIANS = (4.0, 4.5, 9.0, 20.0) * 10
RUNS = 300
PACES: tuple[dict[str, Any], ...] = (
    {"batch_size": 0},
    {"batch_size": 1},
    {"batch_size": 5},
    {"batch_size": 20},
    {"batch_size": 5, "devices_per_hour": 300},
    {"batch_size": 5, "devices_per_hour": 720},
    {"batch_size": 5, "devices_per_hour": 1_200},
    {"batch_size": 5, "mode": "rolling"},
    {"batch_size": 0, "mode": "rolling"},
    {"batch_size": 5, "mode": "rolling", "devices_per_hour": 600},
)


@pytest.mark.parametrize("sigma", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("pace", PACES, ids=str)
def test_the_ends_that_are_promised_are_kept_by_as_many_runs(pace: dict[str, Any], sigma: float) -> None:
    dice = seeded(7)
    fixed = ["DE"] * len(MEDIANS), [""] * len(MEDIANS)
    plan = estimate(Roster(*fixed, [Expectation(each, sigma) for each in MEDIANS]), Pace.model_validate(pace))
    ends = []
    for _ in range(RUNS):
        drawn = [Expectation(each * math.exp(dice.gauss(0, sigma)), 0.0) for each in MEDIANS]
        ends.append(estimate(Roster(*fixed, drawn), Pace.model_validate(pace)).likely_s)
    assert 0.33 < sum(end <= plan.likely_s for end in ends) / RUNS < 0.75
    assert 0.84 < sum(end <= plan.nine_in_ten_s for end in ends) / RUNS < 0.96


def test_the_longest_of_one_is_itself() -> None:
    one = Expectation(8.0, 0.5)
    moments = one.longest(1)
    assert moments.mean_s == pytest.approx(one.mean_s, rel=0.01)
    assert moments.variance == pytest.approx(one.variance, rel=0.05)
    assert moments.ends() == pytest.approx((8.0, 8.0 * math.exp(0.5 * 1.2816)), rel=0.01)


def test_what_is_certain_stays_certain() -> None:
    assert Expectation(8.0, 0.0).longest(50) == Moments(8.0)
    assert Expectation(8.0, 0.0).longest(50, at_least_s=9.0) == Moments(9.0)
    assert (Moments(8.0) + Moments(2.0)).ends() == (10.0, 10.0)


def test_quick_devices_hardly_count_beside_slow_ones() -> None:
    slow = Expectation(20.0, 0.5)
    assert slow.counts_as(slow, 10) == 1.0
    assert Expectation(19.0, 0.5).counts_as(slow, 10) == pytest.approx(0.8, abs=0.1)
    assert Expectation(4.0, 0.5).counts_as(slow, 10) < 0.001


def test_many_different_times_are_told_apart_in_steps() -> None:
    expected = [Expectation(2.0 + n / 100, 0.4) for n in range(1_000)]
    roster = Roster(["DE"] * 1_000, [""] * 1_000, expected)
    lineup = roster.lineup("inventory")
    assert len(lineup.table) == MOST_RANKS
    assert lineup.ranks == sorted(lineup.ranks)
    errors = [lineup.table[rank].median_s / own.median_s for rank, own in zip(lineup.ranks, expected, strict=True)]
    assert max(errors) < 1.1
    assert min(errors) > 0.9
    assert blended([Expectation(2.0, 0.3), Expectation(8.0, 0.3)]).median_s == pytest.approx(4.0)


def test_a_sum_has_the_mean_and_the_variance_of_its_parts() -> None:
    parts = [Expectation(2.0, 0.5), Expectation(3.0, 0.4), Expectation(10.0, 0.8)]
    found = total(parts, "history")
    assert found.mean_s == pytest.approx(sum(part.mean_s for part in parts))
    assert found.variance == pytest.approx(sum(part.variance for part in parts))
