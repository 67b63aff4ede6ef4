"""What would end a job earlier: the nearest useful change of each kind, and none that the advice warns about."""

import pytest

from paceline.model.job import Pace
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import estimate
from paceline.plan.roster import Roster
from paceline.plan.what_if import MOST_LINES, what_ifs


def _roster(count: int = 128, seconds: float = 40.0, countries: str = "DE FR") -> Roster:
    codes = countries.split()
    expected = Expectation(seconds, 0.5, "history")
    return Roster.of((codes[place % len(codes)], f"site{place % 7}", expected) for place in range(count))


@pytest.mark.parametrize(
    ("pace", "names"),
    [
        # Bound by the rate: only a higher one helps. The nearest that saves a twentieth is taken.
        ({"batch_size": 10, "devices_per_hour": 60}, ["rate 90"]),
        ({"batch_size": 10, "devices_per_hour": 20}, ["rate 30"]),
        # Bound by the barrier: larger batches, or none.
        ({"batch_size": 10}, ["rolling", "batch 20"]),
        # Bound by a cap, which a larger batch does not lift.
        ({"batch_size": 20, "mode": "rolling", "per_country": 1}, ["2 per country"]),
        # As wide as the advice allows.
        ({"batch_size": 50, "mode": "rolling"}, []),
        ({"batch_size": 0}, []),
    ],
    ids=["rate", "low rate", "barrier", "cap", "wide", "all at once"],
)
def test_the_nearest_changes_that_help(pace: dict[str, object], names: list[str]) -> None:
    assert [change.name for change in what_ifs(_roster(), Pace.model_validate(pace))] == names


def test_each_says_what_its_own_estimate_says() -> None:
    roster, pace = _roster(), Pace(batch_size=5)
    found = what_ifs(roster, pace)
    assert 0 < len(found) <= MOST_LINES
    before = estimate(roster, pace).likely_s
    for change in found:
        after = estimate(roster, pace.model_copy(update=dict(change.changes))).likely_s
        assert change.earlier_s == pytest.approx(before - after)
        assert change.earlier_s >= max(60, before / 20)
    assert [change.earlier_s for change in found] == sorted((c.earlier_s for c in found), reverse=True)


def test_nothing_that_the_advice_warns_about_is_offered() -> None:
    roster = _roster(400, 4_000)
    assert "batch 30" in [change.name for change in what_ifs(roster, Pace(batch_size=20, devices_per_hour=60))]
    # 50 at 60 an hour would start 100 in the first one.
    assert not any("batch" in c.name for c in what_ifs(roster, Pace(batch_size=30, devices_per_hour=60)))


def test_few_quick_devices_need_no_change_and_one_that_is_not_wanted_stops() -> None:
    assert what_ifs(_roster(3, 1.0), Pace(batch_size=2)) == ()
    assert what_ifs(Roster.of([]), Pace()) == ()
    assert what_ifs(_roster(), Pace(batch_size=10, devices_per_hour=60), lambda: False) == ()
