"""The forecast of a running job at another pace."""

from datetime import timedelta

from tests.engine.harness import make_devices, make_spec
from tests.virtual_loop import EPOCH

from paceline.model import event as ev
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.plan.durations import expect
from paceline.plan.retune import retuned_forecast


def test_a_faster_pace_ends_earlier_and_changes_nothing() -> None:
    spec = make_spec(make_devices(20), pace={"batch_size": 5, "devices_per_hour": 20})
    status, seq = JobStatus(), 0

    def tell(kind: type, **fields: object) -> None:
        nonlocal seq
        seq += 1
        status.apply(kind(seq=seq, at=EPOCH, job=spec.id, **fields))

    tell(ev.JobCreated, spec=spec)
    names = tuple(f"d{number}" for number in range(1, 6))
    tell(ev.BatchStarted, number=1, n=5, devices=names, due=EPOCH, next_due=EPOCH + timedelta(minutes=15))
    for name in names:
        tell(ev.AttemptStarted, device=name, country="", attempt=1, batch=1)
        tell(ev.AttemptEnded, device=name, country="", attempt=1, state=DeviceState.SUCCEEDED)
    times, now = expect(spec), EPOCH + timedelta(minutes=5)

    same = retuned_forecast(status, status.pace, now, times)
    faster = retuned_forecast(status, status.pace.model_copy(update={"devices_per_hour": 60}), now, times)
    unpaced = retuned_forecast(status, status.pace.model_copy(update={"devices_per_hour": 0}), now, times)
    assert same is not None
    assert faster is not None
    assert unpaced is not None
    # Three more batches: due 15, 30 and 45 minutes after the first; at the new rate, 5, 10 and 15.
    assert timedelta(minutes=40) < same.likely - now < timedelta(minutes=41)
    assert timedelta(minutes=10) < faster.likely - now < timedelta(minutes=11)
    assert unpaced.likely < faster.likely
    assert status.pace.devices_per_hour == 20
    assert status.next_due == EPOCH + timedelta(minutes=15)
