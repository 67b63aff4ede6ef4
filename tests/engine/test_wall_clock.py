"""A wall clock that jumps changes what is shown, never when the next device starts."""

import asyncio
from datetime import datetime, timedelta

import pytest
from tests.engine import harness
from tests.engine.harness import make_devices, make_spec, run_job
from tests.virtual_loop import virtual_now

from paceline.model.failure import FailureKind
from paceline.model.states import JobState
from paceline.session.scripted import Script

JUMPS = [timedelta(days=-1), timedelta(days=7), timedelta(hours=-3), timedelta(0)]


def jumping_now() -> datetime:
    """Another time every 45 seconds, as on a host that cannot make up its mind."""
    return virtual_now() + JUMPS[int(asyncio.get_running_loop().time() / 45) % len(JUMPS)]


@pytest.mark.parametrize("mode", ["batches", "rolling"])
def test_a_clock_that_jumps_brings_no_device_forward_and_holds_none_up(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    spec = make_spec(
        make_devices(12), pace={"batch_size": 2, "devices_per_hour": 120, "mode": mode}, retries={"backoff_s": 50}
    )
    absent = {"d3": Script(failures=dict.fromkeys(range(9), FailureKind.CONNECT_TIMEOUT))}
    steady = run_job(spec, absent, Script(command_s=7))
    monkeypatch.setattr(harness, "virtual_now", jumping_now)
    jumped = run_job(spec, absent, Script(command_s=7))
    assert jumped.sessions.log == steady.sessions.log
    assert len([entry for entry in steady.sessions.log if entry[2] == "connect"]) > 12
    assert jumped.status.state is JobState.FINISHED
    assert jumped.status.final_counts() == steady.status.final_counts()
    # It did jump.
    assert any(later.at < earlier.at for earlier, later in zip(jumped.events, jumped.events[1:], strict=False))
