"""What the faces say of a job that waits for its time, or for the hours of its devices."""

import io
from datetime import timedelta

import pytest
from tests.engine.harness import make_devices, make_spec, within
from tests.virtual_loop import EPOCH

from paceline.cli.faces import PlainFace, Printer
from paceline.cli.jobs_text import job_lines
from paceline.cli.runner import exit_code
from paceline.model import event as ev
from paceline.model.job import Window
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json, waiting_for
from paceline.model.status_wire import decode_status, encode_status
from paceline.model.tally import Forecast
from paceline.ui.widgets.headline_text import Outlook, until_when, waits_for

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


class Told:
    """A job of two German devices and a French one, with what `--plain` prints of it."""

    def __init__(self, **window: object) -> None:
        self.out = io.StringIO()
        self._face = PlainFace(Printer(self.out), is_unicode=False)
        self.status = JobStatus()
        devices = make_devices(3, country=["DE", "DE", "FR"])
        spec = make_spec(devices, window=Window.model_validate(window))
        night = "01:00-05:00 UTC"
        self.tell(ev.JobCreated, spec=within(spec, [night, night, ""]))

    def tell(self, kind: type, **fields: object) -> "Told":
        event = kind(seq=self.status.seq + 1, at=EPOCH, job="j", **fields)
        self.status.apply(event)
        self._face.show(event, self.status)
        return self


def test_a_scheduled_job_says_when_it_begins() -> None:
    told = Told(not_before=EPOCH + 2 * HOUR, not_after=EPOCH + 7 * HOUR)
    assert waits_for(told.status, EPOCH) == "begins Tue 06 00:00 UTC, in 2:00:00"
    assert waiting_for(told.status) == "its time: begins Tue 06 00:00 UTC"
    assert told.out.getvalue().startswith("SCHEDULED  test  3 devices  begins Tue 06 00:00 UTC  job 2026")
    lines = job_lines(told.status, "none")
    assert "begins 2026-01-06 00:00 UTC" in lines
    assert "starts nothing after 2026-01-06 05:00 UTC" in lines
    assert to_json(told.status)["window"]["not_before"] == "2026-01-06T00:00:00Z"


def test_a_closed_window_is_named_with_when_it_opens() -> None:
    told = Told().tell(ev.JobStarted)
    told.tell(ev.WindowsChanged, closed={"01:00-05:00 UTC": EPOCH + 3 * HOUR})
    sentence = "window 01:00-05:00 of DE opens Tue 06 01:00 UTC"
    assert waits_for(told.status, EPOCH) == f"{sentence}; the next start"
    who = {"device": "d3", "country": "FR", "attempt": 1}
    told.tell(ev.BatchStarted, number=1, n=1, devices=("d3",), due=EPOCH)
    told.tell(ev.AttemptStarted, batch=1, **who)
    assert waits_for(told.status, EPOCH) == f"{sentence}; next after this batch: d3 runs 0s"
    told.tell(ev.AttemptEnded, state=DeviceState.SUCCEEDED, **who)
    assert waits_for(told.status, EPOCH) == sentence
    assert waiting_for(told.status) == sentence
    assert f"WAITING  {sentence}" in told.out.getvalue()
    assert decode_status(encode_status(told.status)).windows == told.status.windows
    told.tell(ev.WindowsChanged, closed={})
    assert waits_for(told.status, EPOCH) == "the next start"


def test_a_likely_end_after_the_closing_is_told_in_its_place() -> None:
    told = Told(not_after=EPOCH + HOUR).tell(ev.JobStarted)
    late = Outlook(Forecast(EPOCH + 2 * HOUR, EPOCH + 3 * HOUR, "the rate limit", "defaults"))
    assert until_when(told.status, late, EPOCH) == "window closes 23:00 UTC, before its likely end"
    soon = Outlook(Forecast(EPOCH + HOUR / 2, EPOCH + HOUR, "the rate limit", "defaults"))
    assert until_when(told.status, soon, EPOCH) == "ends 22:30, 9in10 23:00"


def test_a_job_whose_window_closed_has_a_state_and_an_exit_code_of_its_own() -> None:
    told = Told(not_after=EPOCH + HOUR).tell(ev.JobStarted)
    told.tell(ev.StopRequested, stop="running", window=True, why="its window closed at 2026-01-05 23:00 UTC")
    for name in ("d1", "d2", "d3"):
        country = told.status.devices[name].country
        left = {"state": DeviceState.SKIPPED, "message": "the window closed first"}
        told.tell(ev.DeviceSkipped, device=name, country=country, attempt=0, **left)
    told.tell(ev.JobFinished, state=JobState.WINDOW_CLOSED, counts=told.status.final_counts())
    assert exit_code(told.status) == 5
    assert "3 devices were not started: the window closed first" in told.out.getvalue()
    assert "WINDOW_CLOSED  3 skipped" in told.out.getvalue()
