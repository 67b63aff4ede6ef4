"""The figures of a running job's pace."""

from datetime import timedelta

from tests.engine.harness import make_devices, make_spec, run_job
from tests.virtual_loop import EPOCH

from paceline.model import event as ev
from paceline.model.status import JobStatus
from paceline.plan.durations import expect
from paceline.plan.pacing import achieved_per_hour, allowance, open_forecast
from paceline.session.scripted import Script


def test_quick_devices_achieve_the_rate_and_never_more() -> None:
    spec = make_spec(make_devices(100), pace={"batch_size": 10, "devices_per_hour": 60})
    status = run_job(spec, default=Script(command_s=1)).status
    achieved = achieved_per_hour(status)
    assert achieved is not None
    assert 0.995 * 60 <= achieved <= 60


def _status(*events: ev.JobEvent) -> JobStatus:
    spec = make_spec(make_devices(6, country=("DE", "FR") * 3), pace={"batch_size": 2, "devices_per_hour": 60})
    status = JobStatus()
    status.apply(ev.JobCreated(seq=1, at=EPOCH, job=spec.id, spec=spec))
    for seq, event in enumerate(events, 2):
        status.apply(event.model_copy(update={"seq": seq}))
    return status


def test_a_paused_country_is_left_out_of_what_may_start_and_of_the_end() -> None:
    pause = ev.CountryPaused(seq=2, at=EPOCH, job="j", country="DE")
    free, paused = _status(), _status(pause)
    spec = free.spec
    assert spec is not None
    assert (allowance(free, EPOCH).ready, achieved_per_hour(free)) == (2, None)
    times = expect(spec)
    ends = [open_forecast(status, EPOCH, times) for status in (free, paused)]
    assert ends[0] is not None
    assert ends[1] is not None
    # Three batches of two against two of them: two minutes apart each.
    assert timedelta(seconds=90) < ends[0].likely - ends[1].likely < timedelta(seconds=150)
    assert paused.devices["d1"].state == "pending", "the status itself stays as it is"
