"""Forecasts of whole jobs on simulated fleets, against how they went: the small form of the bench's backtest."""

import pytest
from tests.backtest import backtest


@pytest.mark.parametrize("fleet", ["30 % slow", "one dead country", "rate-bound"])
def test_with_history_the_end_is_foreseen(fleet: str) -> None:
    found = backtest(fleet, devices=120, worlds=1, jobs=4)
    known, unknown = found["with history"], found["without"]
    assert known.jobs == unknown.jobs == 4
    assert known.kept is not None
    assert known.kept >= 0.75
    assert known.errors[0] <= 0.12
    assert known.errors[50] <= 0.06
    # What a job shows of itself makes up for what nothing was known of.
    assert unknown.errors[75] <= 0.06
