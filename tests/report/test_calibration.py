"""Forecasts against what came of them."""

from datetime import timedelta

import pytest
from tests.virtual_loop import EPOCH

from paceline.model.event import ForecastMade
from paceline.report.calibration import APART, Grade, as_row, as_summary, calibrate, grade
from paceline.store.kinds import OFF_PLAN, JobCourse, JobSummary


def _made(at_s: float, likely_s: float) -> ForecastMade:
    at, likely = EPOCH + timedelta(seconds=at_s), EPOCH + timedelta(seconds=likely_s)
    late = likely + timedelta(seconds=50)
    return ForecastMade(seq=1, at=at, job="j", likely=likely, nine_in_ten=late, held_by="", basis="history")


def _grade(took_s: float, made: tuple[ForecastMade, ...], *off_plan: str) -> Grade | None:
    finished = (EPOCH + timedelta(seconds=took_s)).isoformat()
    job = JobSummary("j", "n", EPOCH.isoformat(), "finished", {}, "", finished, 9, EPOCH.isoformat(), 4)
    ended = tuple(EPOCH + timedelta(seconds=took_s * part / 4) for part in (1, 2, 3, 4))
    return grade(job, JobCourse(made, ended, frozenset(off_plan)))


def test_each_quarter_has_the_first_forecast_made_in_it() -> None:
    found = _grade(400, (_made(0, 300), _made(120, 380), _made(150, 900), _made(310, 420)))
    assert found is not None
    assert found.errors == pytest.approx({0: 0.25, 25: 0.05, 75: -0.05})
    assert not found.is_kept
    assert as_row(found)["errors"] == {"0": 0.25, "25": 0.05, "75": -0.05}


def test_a_pause_is_no_error_of_the_forecast() -> None:
    grades = [_grade(400, (_made(0, 380),)), _grade(100, (_made(0, 90),)), _grade(9_000, (_made(0, 90),), "job_paused")]
    assert grades[2] is not None
    assert grades[2].apart == ("paused",)
    found = calibrate([one for one in grades if one])
    assert (found.jobs, found.kept) == (2, 1.0)
    assert as_summary(found) == {"jobs": 2, "within_nine_in_ten": 1.0, "median_errors": {"0": 0.075}}
    assert calibrate([]).kept is None
    assert _grade(400, ()) is None


def test_every_event_off_the_plan_has_its_word() -> None:
    assert tuple(APART) == OFF_PLAN
