"""The estimate panel in each of its states, as text: what it says is all there is to it."""

from typing import Any

import pytest
from tests.virtual_loop import EPOCH

from paceline.model.job import Pace
from paceline.plan.expectation import Basis, Expectation
from paceline.plan.forecast import estimate
from paceline.plan.roster import Roster
from paceline.plan.what_if import what_ifs
from paceline.ui.glyphs import UNICODE
from paceline.ui.what_ifs import WhatIfs
from paceline.ui.widgets.estimate import View, full_lines, strip_lines

BOTTLENECKS: list[tuple[str, dict[str, Any], Basis, str, str]] = [
    ("no history", {"batch_size": 10}, "defaults", "the batch barrier", "durations from defaults"),
    ("history", {"batch_size": 10}, "history", "the batch barrier", "durations from history"),
    ("rate", {"batch_size": 10, "devices_per_hour": 60}, "history", "the rate limit", "rate 90"),
    ("barrier", {"batch_size": 5}, "history", "the batch barrier", "batch 10"),
    ("cap", {"batch_size": 20, "mode": "rolling", "per_country": 1}, "history", "a cap", "2 per country"),
]


def _view(pace: Pace, basis: Basis, *, is_old: bool = False) -> View:
    expected = Expectation(30.0, 0.3, basis)
    roster = Roster.of((("DE", "FR")[place % 2], f"s{place % 7}", expected) for place in range(64))
    return View(
        estimate(roster, pace), pace, EPOCH, countries=2, what_ifs=WhatIfs(what_ifs(roster, pace), is_old=is_old)
    )


@pytest.mark.parametrize(("pace", "basis", "held_by", "word"), [row[1:] for row in BOTTLENECKS], ids=[
    row[0] for row in BOTTLENECKS
])  # fmt: skip
def test_what_it_says_of_what_holds_the_plan(pace: dict[str, Any], basis: Basis, held_by: str, word: str) -> None:
    view = _view(Pace.model_validate(pace), basis)
    whole, strip = full_lines(view, 27, UNICODE).plain, strip_lines(view).plain
    assert f"held by  {held_by}" in whole
    assert f"held by {held_by}" in strip
    assert f"from     {basis}" in whole
    assert word in whole + strip
    assert len(strip.splitlines()) == 3, "three lines, whatever is added"
    assert max(map(len, strip.splitlines())) <= 76
    assert [line.split()[0] for line in whole.splitlines()[-2:]] == ["DE", "FR"]


def test_changes_of_the_plan_before_are_marked_until_the_new_ones_are_known() -> None:
    pace = Pace(batch_size=10, devices_per_hour=60)
    fresh, old = (_view(pace, "history", is_old=is_old) for is_old in (False, True))
    assert "rate 90 " in full_lines(fresh, 40, UNICODE).plain
    assert "~" not in full_lines(fresh, 40, UNICODE).plain + strip_lines(fresh).plain
    assert "rate 90 ~" in full_lines(old, 40, UNICODE).plain
    assert "rate 90: ~" in strip_lines(old).plain


def test_without_devices_it_says_what_is_missing() -> None:
    view = View(None, Pace(), EPOCH, waiting="no inventory yet: i opens one")
    assert full_lines(view, 27, UNICODE).plain.splitlines()[0] == "no inventory yet: i opens one"
    assert len(strip_lines(view).plain.split("\n")) == 3
