"""One country is paused while the others go on: in the engine, across a crash, and in what every face says."""

import asyncio
from typing import Any

import pytest
from tests.engine.harness import JOB, SECRETS, Bench, Outcome, make_devices, make_spec, run_job
from tests.virtual_loop import run

from paceline.engine.local import LocalEngine
from paceline.model.control import ControlError, PauseCountry, ResumeCountry, Retune
from paceline.model.failure import FailureKind
from paceline.model.states import JobState
from paceline.model.status_json import waiting_for
from paceline.session.scripted import Script, ScriptedSessions

COUNTRIES = ("DE", "FR") * 4
GERMAN = {f"d{index + 1}" for index, country in enumerate(COUNTRIES) if country == "DE"}
PAUSE = {"at": 5.0, "do": "pause_country", "country": "DE"}
RESUME = {"at": 200.0, "do": "resume_country", "country": "DE"}


def _job(pace: dict[str, Any], default: Script | None = None, **retries: Any) -> Outcome:
    gates = {"max_unreachable": 0}
    spec = make_spec(make_devices(8, country=COUNTRIES), pace=pace, gates=gates, retries=retries)
    return run_job(spec, default=default or Script(command_s=10), actions=[PAUSE, RESUME])


@pytest.mark.parametrize(
    "pace",
    [
        {"batch_size": 2},
        {"batch_size": 2, "mode": "rolling"},
        {"batch_size": 0, "per_country": 1},
        {"batch_size": 2, "devices_per_hour": 720},
    ],
    ids=["batches", "rolling", "behind a cap", "rate"],
)
def test_its_devices_wait_and_the_others_do_not(pace: dict[str, Any]) -> None:
    outcome = _job(pace)
    starts = {name: moments[0] for name, moments in outcome.starts().items()}
    late = {name for name, at in starts.items() if at > 5}
    assert late & GERMAN, "some were still to come"
    assert all(starts[name] >= 200 for name in late & GERMAN)
    assert all(at < 100 for name, at in starts.items() if name not in GERMAN)
    assert outcome.status.state is JobState.FINISHED
    assert outcome.status.final_counts()["succeeded"] == 8
    assert outcome.status.paused_countries == {}


def test_a_retry_and_the_sweep_wait_too() -> None:
    timeouts = Script(connect_s=1, failures=dict.fromkeys(range(9), FailureKind.CONNECT_TIMEOUT))
    outcome = _job({"batch_size": 2}, timeouts, attempts=2, backoff_s=20, sweep=True)
    moments = outcome.starts()
    assert all(not 5 < at < 200 for name in GERMAN for at in moments[name])
    assert {len(some) for some in moments.values()} == {3}, "two attempts and the sweep, for each of them"


def test_it_is_said_refused_twice_and_kept_across_a_crash() -> None:
    spec = make_spec(make_devices(4, country=("DE", "FR") * 2), pace={"batch_size": 2})
    bench = Bench(ScriptedSessions(default=Script(command_s=10)))

    async def main() -> None:
        engine = bench.engine()
        await engine.start(spec, SECRETS)
        await asyncio.sleep(1)
        await engine.control(JOB, PauseCountry(country="DE", by="alice", why="storm"))
        for control, sentence in (
            (PauseCountry(country="DE"), "DE is paused already"),
            (ResumeCountry(country="FR"), "FR is not paused"),
            (PauseCountry(country="XX"), "the job has no devices in 'XX': its countries are DE, FR"),
        ):
            with pytest.raises(ControlError, match=f"^{sentence}"):
                await engine.control(JOB, control)
        await engine.control(JOB, Retune(per_country=1, by="alice"))
        await engine.close()

        again: LocalEngine = bench.engine()
        await again.recover(JOB, SECRETS)
        await asyncio.sleep(100)
        status = await again.status(JOB)
        assert {device.name for device in status.devices.values() if device.state.is_final} == {"d2", "d4"}
        assert status.paused_countries == {"DE": "paused by alice: storm"}
        assert status.pace.per_country == 1
        assert waiting_for(status) == "DE, paused by alice: storm"
        await again.control(JOB, ResumeCountry(country="DE"))
        await again.wait(JOB)
        starts = [e for e in bench.journal.events[JOB] if e.type == "attempt_started" and e.device in ("d1", "d3")]
        last = [e.at for e in starts][-2:]
        assert (last[1] - last[0]).total_seconds() >= 10, "the cap of before the crash holds"

    run(main())
