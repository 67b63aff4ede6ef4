"""Nothing ever starts outside a window, whatever happens; and the forecast knows when the windows are open."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import SECRETS, UNLIMITED, Bench, Outcome, make_devices, make_spec, run_job, within
from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.engine.local import LocalEngine
from paceline.engine.logins import LoginLimits
from paceline.model.control import Control, ControlError, Pause, Resume, Retune, Skip, Stop
from paceline.model.daily import daily
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec, Window
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.time import after
from paceline.plan.durations import DeviceTimes
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import estimate, live_forecast
from paceline.plan.roster import Roster
from paceline.session.scripted import Script, ScriptedSessions

HOURS = st.sampled_from(
    ["", "22:00-22:03 UTC", "22:02-22:10 UTC", "00:30-05:00 Europe/Berlin", "17:00-17:04 America/New_York"]
)
PACES = st.fixed_dictionaries(
    {
        "batch_size": st.integers(0, 4),
        "devices_per_hour": st.sampled_from([0, 60, 400]),
        "mode": st.sampled_from(["batches", "rolling"]),
    }
)
FLEETS = st.lists(st.tuples(HOURS, st.floats(0.5, 90)), min_size=1, max_size=12)


def job(hours: list[str], opens: float | None = None, closes: float | None = None, **extra: object) -> JobSpec:
    window = Window(
        not_before=None if opens is None else after(EPOCH, opens),
        not_after=None if closes is None else after(EPOCH, closes),
    )
    return within(make_spec(make_devices(len(hours)), window=window, **extra), hours)  # type: ignore[arg-type]


def assert_inside(outcome: Outcome, spec: JobSpec) -> None:
    for event in outcome.of_type("attempt_started"):
        text = spec.targets_by_name[event.device].window
        assert not text or daily(text).is_open(event.at), (event.device, event.at)
        assert spec.window.not_before is None or event.at >= spec.window.not_before
        assert spec.window.not_after is None or event.at < spec.window.not_after


@settings(max_examples=25, deadline=None)
@given(
    FLEETS,
    PACES,
    st.sampled_from([0, 1]),
    st.none() | st.floats(1, 200),
    st.none() | st.floats(201, 9_000),
    st.sets(st.integers(1, 12), max_size=4),
)
def test_nothing_starts_outside_a_window(
    fleet: list[tuple[str, float]],
    pace: dict[str, object],
    cap: int,
    opens: float | None,
    closes: float | None,
    failing: set[int],
) -> None:
    spec = job([hours for hours, _ in fleet], opens, closes, pace=pace | {"per_country": cap})
    failures = {0: FailureKind.CONNECT_TIMEOUT}
    scripts = {
        f"d{number}": Script(connect_s=3, command_s=seconds, failures=failures if number in failing else {})
        for number, (_, seconds) in enumerate(fleet, 1)
    }
    outcome = run_job(spec, scripts)
    assert_inside(outcome, spec)
    told = [frozenset(event.closed) for event in outcome.of_type("windows_changed")]
    assert all(before != later for before, later in zip([frozenset(), *told], told, strict=False))
    assert all(device.state.is_final for device in outcome.status.devices.values())
    left = [device for device in outcome.status.devices.values() if device.state is DeviceState.SKIPPED]
    assert bool(outcome.status.state is JobState.WINDOW_CLOSED) or not left
    assert {device.message for device in left} <= {"the window closed first"}


@settings(max_examples=25, deadline=None)
@given(FLEETS, PACES)
def test_a_job_with_windows_ends_when_it_was_foreseen(fleet: list[tuple[str, float]], pace: dict[str, object]) -> None:
    spec = job([hours for hours, _ in fleet], pace=pace)
    scripts = {f"d{n}": Script(connect_s=0, login_s=0, command_s=s) for n, (_, s) in enumerate(fleet, 1)}
    outcome = run_job(spec, scripts)
    count = len(fleet)
    expected = [Expectation(seconds, 0.0) for _, seconds in fleet]
    roster = Roster(["DE"] * count, [""] * count, expected, [hours for hours, _ in fleet] if spec.windows else [])
    foreseen = estimate(roster, spec.pace, EPOCH)
    assert foreseen.likely_s == pytest.approx(outcome.seconds(outcome.events[-1]), abs=0.05)
    assert foreseen.batches == len(outcome.grants())
    assert sum(sum(each.buckets) for each in foreseen.countries(7)) == pytest.approx(count)
    times = DeviceTimes([f"d{n}" for n in range(1, count + 1)], roster)
    status = JobStatus()
    for event in outcome.events:
        status.apply(event)
        if event.type == "batch_started":
            live = live_forecast(status, event.at, times)
            assert live is not None
            late_s = (live.likely - outcome.events[-1].at).total_seconds()
            assert late_s == pytest.approx(0, abs=0.05 if pace["mode"] == "batches" else 10), event.at


@pytest.mark.parametrize(
    ("killed_at", "starts"),
    [
        pytest.param(20, {"d1": [60], "d2": [160], "d3": [260]}, id="before it begins"),
        pytest.param(70, {"d1": [60, 70], "d2": [170], "d3": [270]}, id="as it runs"),
        pytest.param(285, {"d1": [60], "d2": [160], "d3": [260, 285]}, id="with all of it begun"),
        pytest.param(330, {"d1": [60], "d2": [160], "d3": [260]}, id="after the closing"),
    ],
)
def test_a_job_whose_engine_died_keeps_to_its_window(killed_at: float, starts: dict[str, list[float]]) -> None:
    spec = job(["", "", "", ""], 60, 300, pace={"batch_size": 1})
    bench = Bench(ScriptedSessions({}, Script(command_s=100)))

    async def main() -> Outcome:
        engine = bench.engine()
        await engine.start(spec, SECRETS)
        await asyncio.sleep(killed_at)
        await engine.close()
        engine = bench.engine()
        await engine.recover(spec.id, SECRETS)
        await engine.wait(spec.id)
        return Outcome(
            bench.journal.events[spec.id], await engine.status(spec.id), bench.sessions, bench.journal, bench.outputs
        )

    outcome = run(main())
    assert outcome.starts() == starts
    assert outcome.status.state is JobState.WINDOW_CLOSED
    assert outcome.status.devices["d4"].message == "the window closed first"


def test_a_clock_that_is_set_forward_closes_the_window_within_half_a_minute() -> None:
    spec = job([""] * 9, None, 3_600, pace={"batch_size": 1, "devices_per_hour": 60})
    jump = timedelta()

    def now() -> datetime:
        return virtual_now() + jump

    async def main() -> JobStatus:
        nonlocal jump
        limits = LoginLimits(UNLIMITED, 1_000, burst=10_000)
        bench = Bench(ScriptedSessions({}, Script(command_s=1)))
        engine = LocalEngine(bench.sessions, bench.journal, bench.outputs, now, limits)
        await engine.start(spec, SECRETS)
        await asyncio.sleep(61)
        jump = timedelta(hours=2)
        await engine.wait(spec.id)
        assert asyncio.get_running_loop().time() <= 61 + 30
        return await engine.status(spec.id)

    status = run(main())
    assert status.state is JobState.WINDOW_CLOSED
    assert status.counts[DeviceState.SUCCEEDED] == 2


def test_a_job_that_waits_for_its_time_takes_what_fits() -> None:
    spec = job(["", "", ""], 600, pace={"batch_size": 1})

    async def operator(engine: LocalEngine) -> None:
        assert (await engine.status(spec.id)).state is JobState.SCHEDULED
        for refused in (Pause(), Resume()):
            with pytest.raises(ControlError, match="has not begun"):
                await engine.control(spec.id, refused)
        fits: list[Control] = [Retune(batch_size=2), Skip(device="d2", by="op")]
        for control in fits:
            await engine.control(spec.id, control)

    outcome = run_job(spec, default=Script(command_s=10), during=operator)
    assert outcome.starts() == {"d1": [600], "d3": [600]}
    assert outcome.status.state is JobState.FINISHED


def test_one_that_is_stopped_before_its_time_never_begins() -> None:
    spec = job(["", ""], 600)

    async def operator(engine: LocalEngine) -> None:
        await asyncio.sleep(5)
        await engine.control(spec.id, Stop(by="op"))

    outcome = run_job(spec, during=operator)
    assert outcome.status.state is JobState.STOPPED
    assert outcome.status.started_at is None
    assert outcome.seconds(outcome.events[-1]) == 5
    assert {device.message for device in outcome.status.devices.values()} == {"the job stopped first"}
