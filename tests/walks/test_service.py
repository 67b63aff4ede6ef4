"""A job that outlives the terminal: left, attached to from two, closed under, stopped from elsewhere."""

import signal
import sys

from tests.cli.desk import ENTRY
from tests.walks.conftest import Operator, end_service
from tests.walks.test_endings import BOUND_S, PROGRAM

from paceline.model.states import JobState
from paceline.service.place import living_service


def test_a_job_is_left_attached_to_twice_survives_its_terminals_and_its_service_and_is_finished(
    served: Operator,
) -> None:
    pace = {"batch_size": 1, "devices_per_hour": 60}
    served.preset("walk", ["show version"], pace=pace, after_crash="resume")
    first = served.launches(served.runs([sys.executable, "-c", ENTRY]))
    first.shows("RUNNING", "1/12").press("q")
    first.shows("Leave Paceline?", "goes on without me").press("enter")
    assert first.ends() == 0
    assert first.is_restored
    job = served.journal().id
    assert f"job {job} goes on; come back with `paceline attach {job}`" in first.said

    # One where SIGHUP is ignored: its terminal that goes away is all it hears.
    second = served.runs(["/bin/sh", "-c", f"trap '' HUP; exec {PROGRAM} attach"]).shows("RUNNING", "1/12")
    third = served.opens("attach", "last").shows("RUNNING", "1/12")
    third.shows("followed from 1 other place")
    second.shows("followed from 1 other place")
    second.hang_up()
    assert second.ends(BOUND_S) == 129
    third.shows("followed from nowhere else").press("3")
    third.shows("running", "walk").press("2")
    third.shows("RUNNING").kill(signal.SIGHUP)
    assert third.ends(BOUND_S) == 129

    assert living_service(served.state) is not None
    last = served.opens("attach", job).shows("RUNNING", "1/12")
    end_service(served)
    last.shows("not live: u re-attaches").press("u")
    last.shows_not("not live").shows("RUNNING")
    assert served.asks("jobs", "retune", job, "--devices-per-hour", "0", "--batch-size", "0").code == 0
    last.shows("FINISHED", "12/12")
    last.press("q")
    assert last.ends() == 0
    assert served.journal().state is JobState.FINISHED
