"""The pacing arithmetic, over every schedule that hypothesis can think of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.plan.pacer import Pacer, interval_s

RATES = st.floats(min_value=0.5, max_value=100_000, allow_nan=False)
GRANTS = st.lists(st.tuples(st.integers(1, 200), st.floats(min_value=0, max_value=10_000)), min_size=2, max_size=30)


@given(RATES, GRANTS)
def test_the_achieved_rate_never_exceeds_the_allowed_one(rate: float, grants: list[tuple[int, float]]) -> None:
    pacer, now, given_at, devices = Pacer(rate), 0.0, [], 0
    for count, late_s in grants:
        now = pacer.ready_at(now) + late_s
        pacer.grant(now, count)
        given_at.append(now)
        devices += count
    granted_before_last = devices - grants[-1][0]
    span = given_at[-1] - given_at[0]
    assert granted_before_last * 3600 <= rate * span * (1 + 1e-9) + 1e-6


@given(RATES, st.integers(1, 200), st.integers(2, 50))
def test_quick_devices_reach_the_whole_rate(rate: float, count: int, grants: int) -> None:
    pacer, now = Pacer(rate), 0.0
    for _ in range(grants):
        now = pacer.ready_at(now)
        pacer.grant(now, count)
    assert now == pytest.approx((grants - 1) * count * 3600 / rate)


@given(RATES, st.integers(1, 100), st.floats(-1e6, 1e6))
def test_a_restart_waits_no_longer_than_the_last_grant_costs(rate: float, count: int, elapsed_s: float) -> None:
    pacer = Pacer(rate)
    pacer.restore(1_000.0, elapsed_s, count)
    assert 0 <= pacer.ready_at(1_000.0) - 1_000.0 <= interval_s(count, rate) + 1e-9


def test_without_a_rate_nothing_waits() -> None:
    pacer = Pacer()
    pacer.grant(5.0, 10)
    assert pacer.ready_at(5.0) == 5.0
    assert pacer.due is None


def test_a_retune_counts_the_last_grant_at_the_new_rate() -> None:
    pacer = Pacer(60)
    pacer.grant(0.0, 2)
    pacer.retune(10.0, 120)
    assert pacer.ready_at(10.0) == 60.0
    pacer.retune(70.0, 30)
    assert pacer.ready_at(70.0) == 240.0
    pacer.retune(80.0, 3600)
    assert pacer.ready_at(80.0) == 80.0
