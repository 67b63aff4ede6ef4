"""What a running job shows of itself shifts what is left of it."""

from dataclasses import replace

import pytest
from tests.engine.harness import Outcome, make_devices, make_spec, run_job

from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.plan.durations import DeviceTimes
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import live_forecast
from paceline.plan.lesson import learn
from paceline.plan.risk import DEFAULT_RISK
from paceline.plan.roster import Roster
from paceline.session.scripted import Script


def _times(spec: JobSpec, seconds: float) -> DeviceTimes:
    expected = Expectation(seconds, 0.2, "history")
    roster = Roster.of((target.device.country, "", expected) for target in spec.targets)
    risk = replace(DEFAULT_RISK, unreachable=0.05)
    return DeviceTimes([target.device.name for target in spec.targets], roster, [risk] * len(spec.targets))


def _half_way(outcome: Outcome) -> JobStatus:
    status = JobStatus()
    for event in outcome.events:
        status.apply(event)
        if 2 * status.ended >= status.total:
            break
    return status


@pytest.mark.parametrize("took_s", [5.0, 10.0, 20.0])
def test_devices_so_far_slower_or_quicker_shift_the_rest(took_s: float) -> None:
    spec = make_spec(make_devices(40), pace={"batch_size": 2})
    outcome = run_job(spec, default=Script(command_s=took_s))
    status, times = _half_way(outcome), _times(spec, 10)
    assert status.last_at is not None
    forecast = live_forecast(status, status.last_at, times, 10_000)
    assert forecast is not None
    end = outcome.events[-1].at
    left_s = (end - status.last_at).total_seconds()
    assert abs((forecast.likely - end).total_seconds()) < 0.3 * left_s
    assert forecast.nine_in_ten > forecast.likely
    shift = learn(status, status.last_at, times).shift
    assert shift == pytest.approx(0, abs=0.02) if took_s == 10 else (shift > 0.3) == (took_s > 10)


def test_a_country_that_is_down_today_is_expected_to_stay_so() -> None:
    spec = make_spec(make_devices(40, country=["DE", "NL"] * 20), pace={"batch_size": 4}, gates={"max_unreachable": 0})
    down = Script(failures={0: FailureKind.CONNECT_TIMEOUT})
    outcome = run_job(spec, {f"d{number}": down for number in range(2, 41, 2)})
    status = _half_way(outcome)
    assert status.last_at is not None
    lesson = learn(status, status.last_at, _times(spec, 1))
    assert lesson.chance(0.05, "NL") > 0.3
    assert lesson.chance(0.05, "DE") < 0.05
    assert lesson.chance(0.05, "FR") == 0.05
