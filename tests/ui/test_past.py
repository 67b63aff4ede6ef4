"""What History makes of a job's line in the journal."""

from typing import Any

import pytest
from tests.virtual_loop import EPOCH

from paceline.engine.ports import JobSummary
from paceline.model.tally import Forecast
from paceline.model.time import after
from paceline.ui.glyphs import ASCII, UNICODE
from paceline.ui.past import against_forecast, count_parts, elapsed, forecast_sentence, job_sign, job_token, past_job


def summary(state: str = "finished", **fields: Any) -> JobSummary:
    """A job that took 200 s and was expected to take 100, 9 in 10 within 150."""
    forecast = Forecast(after(EPOCH, 100), after(EPOCH, 150), "the slowest device")
    made: dict[str, Any] = {
        "started_at": EPOCH.isoformat(), "finished_at": after(EPOCH, 200).isoformat(), "forecast": forecast,
        "devices": 5,
    }  # fmt: skip
    return JobSummary(
        "20260105-2200-x-0001", "x", EPOCH.isoformat(), state, {"succeeded": 3, "failed": 1}, **made | fields
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("finished", "ended"),
        ("stopped", "ended"),
        ("window_closed", "ended"),
        ("running", "runs"),
        ("scheduled", "runs"),
        ("interrupted", "open"),
    ],
)
def test_the_state_that_the_library_gives_says_whether_it_runs_or_can_be_taken_up(state: str, told: str) -> None:
    job = past_job(summary(state))
    assert job.state == state
    assert (job.is_live, job.is_open) == (told == "runs", told == "open")
    assert job_token(job.state)
    assert len(job_sign(job.state, UNICODE)) == 1
    assert job_sign(job.state, ASCII).isascii()


def test_counts_begin_with_what_is_wrong_and_mute_what_is_zero() -> None:
    counts = {"succeeded": 3, "failed": 1, "skipped": 2, "unknown": 0}
    shown = count_parts(counts, UNICODE, zeros=True)
    assert [text.strip() for text, _ in shown] == ["✗1", "⊘0", "◐0", "?0", "–2", "✓3"]
    assert [token for _, token in shown] == ["error", "muted", "muted", "muted", "muted", "success"]
    assert [text.strip() for text, _ in count_parts(counts, ASCII, zeros=False)] == ["x1", "-2", "+3"]


def test_a_duration_stands_against_its_forecast() -> None:
    assert against_forecast(past_job(summary())) == ("+100 %", "warning")
    assert against_forecast(past_job(summary(finished_at=after(EPOCH, 120).isoformat()))) == ("+20 %", "muted")
    assert against_forecast(past_job(summary(finished_at=after(EPOCH, 90).isoformat()))) == ("-10 %", "muted")
    assert against_forecast(past_job(summary(forecast=None))) == ("", "muted")
    assert forecast_sentence(past_job(summary())) == "took 3m 20s; expected 1m 40s, 9 in 10 within 2m 30s"


def test_only_a_job_that_runs_grows_older() -> None:
    now = after(EPOCH, 3_600)
    assert elapsed(past_job(summary()), now) == "3m 20s"
    assert elapsed(past_job(summary("interrupted", finished_at="")), now) == ""


def test_the_filter_asks_for_all_words_anywhere() -> None:
    job = past_job(summary("interrupted", continues="20260104-0100-y-0002"))
    assert job.has(["x"])
    assert job.has(["interr", "0105"])
    assert job.has(["y-0002"])
    assert not job.has(["x", "finished"])
