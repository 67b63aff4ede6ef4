"""What no schedule may ever do, whatever the fleet, the pace and the operator come up with."""

import asyncio
import contextlib
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import JOB, Outcome, make_devices, make_spec, run_job

from paceline.engine.local import LocalEngine
from paceline.model.control import Answer, ControlError
from paceline.model.event import JobHeld, decode, encode
from paceline.model.failure import FailureKind
from paceline.model.states import FINAL_DEVICE_STATES, CommandState, DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.session.base import CommandResult
from paceline.session.scripted import Script

COUNTRIES = ("DE", "FR", "BR", "ES")
KINDS = st.sampled_from(
    [
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.CLOSED_EARLY,
        FailureKind.DNS,
        FailureKind.ALGORITHMS,
        FailureKind.REFUSED,
        FailureKind.AUTH_REJECTED,
        FailureKind.AUTH_TIMEOUT,
        FailureKind.CREDENTIAL_GONE,
    ]
)
RESULTS = st.sampled_from(
    [
        CommandResult(CommandState.SUCCEEDED),
        CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid"),
        CommandResult(CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT, "no prompt after 5 s"),
        CommandResult(CommandState.LOST, FailureKind.LOST, "connection lost", is_in_step=False),
    ]
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    failures = draw(st.dictionaries(st.integers(0, 2), KINDS, max_size=2))
    results = {"show version": draw(RESULTS), "show clock": draw(RESULTS)}
    return Script(
        connect_s=draw(st.floats(0, 5)),
        login_s=draw(st.floats(0, 3)),
        command_s=draw(st.floats(0.01, 60)),
        failures=failures,
        results=results,
    )


@st.composite
def actions(draw: st.DrawFn, count: int) -> list[dict[str, Any]]:
    """Controls in order of time; every pause is resumed, so that the job ends."""
    found: list[dict[str, Any]] = []
    at = 0.0
    for kind in draw(st.lists(st.sampled_from(["pause", "pause_country", "retune", "skip", "stop"]), max_size=4)):
        at += draw(st.floats(0.5, 40))
        if kind == "pause":
            found.append({"at": at, "do": "pause"})
            at += draw(st.floats(0.5, 40))
            found.append({"at": at, "do": "resume"})
        elif kind == "pause_country":
            found.append({"at": at, "do": "pause_country", "country": "DE"})
            at += draw(st.floats(0.5, 40))
            found.append({"at": at, "do": "resume_country", "country": "DE"})
        elif kind == "skip":
            found.append({"at": at, "do": "skip", "device": f"d{draw(st.integers(1, count))}"})
        elif kind == "stop":
            found.append({"at": at, "do": "stop", "stop": draw(st.sampled_from(["batch", "running", "now"]))})
            break
        else:
            size = draw(st.none() | st.integers(1, 8))
            found.append({"at": at, "do": "retune", "batch_size": size, "devices_per_hour": draw(RATES)})
    return found


RATES = st.sampled_from([0, 30, 100, 3600, 7200.5])


@st.composite
def jobs(draw: st.DrawFn, *, with_actions: bool = True) -> Outcome:
    count = draw(st.integers(1, 14))
    countries = draw(st.lists(st.sampled_from(COUNTRIES), min_size=count, max_size=count))
    sites = draw(st.lists(st.sampled_from(["", "a1", "b2"]), min_size=count, max_size=count))
    domains = draw(st.lists(st.sampled_from(["t1", "t2"]), min_size=count, max_size=count))
    pace = {
        "batch_size": draw(st.integers(0, 6)),
        "mode": draw(st.sampled_from(["batches", "rolling"])),
        "devices_per_hour": draw(RATES),
        "order": draw(st.sampled_from(["inventory", "country", "spread"])),
        "per_country": draw(st.integers(0, 3)),
        "per_site": draw(st.integers(0, 2)),
    }
    retries = {"attempts": draw(st.integers(1, 3)), "backoff_s": draw(st.floats(0, 50)), "sweep": draw(st.booleans())}
    spec = make_spec(
        make_devices(count, country=countries, site=sites, aaa=domains),
        commands=("show version", "show clock"),
        pace=pace,
        gates={"max_unreachable": 0},
        retries=retries,
    )
    behaviours = {f"d{index + 1}": draw(scripts()) for index in range(count)}
    wanted = draw(actions(count)) if with_actions else []
    answers = draw(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=4))

    async def answer_gates(engine: LocalEngine) -> None:
        """What gates ask is answered as drawn, then with a stop: a credential may be gone for ever."""
        left = iter(answers)
        async for event in engine.follow(JOB):
            if isinstance(event, JobHeld):
                wait_s, goes_on = next(left, (0.0, False))
                await asyncio.sleep(wait_s)
                with contextlib.suppress(ControlError):
                    await engine.control(JOB, Answer(question=event.question, answer="go_on" if goes_on else "stop"))

    return run_job(spec, behaviours, actions=wanted, during=answer_gates, is_lenient=True)


@settings(max_examples=40, deadline=None)
@given(jobs())
def test_every_device_ends_in_exactly_one_final_state(outcome: Outcome) -> None:
    status = outcome.status
    assert status.state in (JobState.FINISHED, JobState.STOPPED)
    assert sum(status.final_counts().values()) == status.total
    assert all(device.state in FINAL_DEVICE_STATES for device in status.devices.values())
    assert Counter(device.state for device in status.devices.values()) == +Counter(status.counts)
    assert status.commands_ended == status.commands_total
    assert outcome.events[-1].type == "job_finished"
    assert [event.seq for event in outcome.events] == list(range(1, len(outcome.events) + 1))
    for country in status.countries.values():
        assert country.ended == country.total
        assert country.finished_at is not None


@settings(max_examples=40, deadline=None)
@given(jobs())
def test_replaying_the_journal_gives_the_same_status(outcome: Outcome) -> None:
    replayed = JobStatus()
    for event in outcome.events:
        replayed.apply(decode(encode(event)))
    assert to_json(replayed) == to_json(outcome.status)


@settings(max_examples=40, deadline=None)
@given(jobs(with_actions=False))
def test_no_schedule_exceeds_the_rate(outcome: Outcome) -> None:
    rate = outcome.status.pace.devices_per_hour
    grants = [(outcome.seconds(grant), grant.n) for grant in outcome.grants()]
    for first in range(len(grants)):
        for last in range(first + 1, len(grants)):
            granted = sum(n for _, n in grants[first:last])
            span = grants[last][0] - grants[first][0]
            # One second of lateness is made up for, so a window that begins late may look that much shorter.
            assert not rate or granted * 3600 <= rate * (span + 1.0 + 1e-4)
    if rate and len(grants) > 1:
        granted = sum(n for _, n in grants[:-1])
        assert granted * 3600 <= rate * (grants[-1][0] - grants[0][0]) * (1 + 1e-6) + 1e-2


@settings(max_examples=40, deadline=None)
@given(jobs())
def test_no_schedule_exceeds_the_batch_size_or_a_cap(outcome: Outcome) -> None:
    spec = outcome.status.spec
    assert spec is not None
    running: dict[str, None] = {}
    size = spec.pace.batch_size or len(spec.targets)
    largest = size
    for event in outcome.events:
        if event.type == "pace_changed":
            size = event.batch_size or len(spec.targets)
            largest = max(largest, size)
        elif event.type == "batch_started":
            assert event.n <= size
        elif event.type == "attempt_started":
            assert event.device not in running, "one session per device"
            running[event.device] = None
        elif event.type == "attempt_ended":
            del running[event.device]
        assert len(running) <= largest
        devices = [spec.targets_by_name[name].device for name in running]
        countries = Counter(device.country for device in devices)
        sites = Counter(device.site for device in devices if device.site)
        assert not spec.pace.per_country or max(countries.values(), default=0) <= spec.pace.per_country
        assert not spec.pace.per_site or max(sites.values(), default=0) <= spec.pace.per_site


@settings(max_examples=30, deadline=None)
@given(jobs())
def test_sessions_are_closed_and_attempts_bounded(outcome: Outcome) -> None:
    spec = outcome.status.spec
    assert spec is not None
    assert outcome.sessions.open_now == 0
    held = Counter(event.device for event in outcome.of_type("attempt_ended") if event.state is DeviceState.PENDING)
    attempts = Counter(event.device for event in outcome.of_type("attempt_started")) - held
    assert all(outcome.status.devices[name].held_attempts == count for name, count in held.items())
    limit = spec.retries.attempts + (1 if spec.retries.sweep else 0)
    assert all(count <= limit for count in attempts.values())
    for device in outcome.status.devices.values():
        if device.state is DeviceState.SUCCEEDED:
            assert device.commands is not None
            assert all(command.state is CommandState.SUCCEEDED for command in device.commands)
