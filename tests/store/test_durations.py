"""What of a job is kept for later forecasts."""

from tests.engine.harness import make_devices, make_spec, run_job

from paceline.model.duration import FAILED, LOGIN, UNREACHABLE
from paceline.model.failure import FailureKind
from paceline.model.states import CommandState
from paceline.session.base import CommandResult
from paceline.session.scripted import Script
from paceline.store.durations import JobDurations


def test_logins_are_kept_without_their_wait_for_each_other() -> None:
    spec = make_spec(make_devices(9, country=["DE"] * 5 + ["FR"] * 4), pace={"batch_size": 0})
    outcome = run_job(spec, default=Script(connect_s=1, login_s=4, command_s=2))
    logins = [row[4] for row in JobDurations(spec).rows(outcome.events) if row[1] == LOGIN]
    assert max(event.attempt for event in outcome.of_type("logged_in")) == 1
    # The last of them logged in 12 seconds and more after it was connected.
    assert [round(seconds, 6) for seconds in logins] == [5] * 9


def test_the_first_failure_of_a_device_counts_once() -> None:
    refusal = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid")
    scripts = {
        "d1": Script(connect_s=7, failures={0: FailureKind.CONNECT_TIMEOUT}),
        "d2": Script(results={"show version": refusal}),
    }
    spec = make_spec(make_devices(3))
    outcome = run_job(spec, scripts, Script(command_s=3))
    assert len(outcome.starts()["d1"]) == 3
    rows = [(what, device, round(took, 3)) for _, what, device, _, took in JobDurations(spec).rows(outcome.events)]
    assert [row for row in rows if row[0] in (UNREACHABLE, FAILED)] == [(FAILED, "d2", 1.0), (UNREACHABLE, "d1", 7.0)]
    assert ("show version", "d3", 3.0) in rows
