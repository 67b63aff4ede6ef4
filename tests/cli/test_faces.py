"""The lines of a job without screens: what they say is true when they say it."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import pytest
from tests.engine.harness import Bench, make_devices, make_spec, run_job
from tests.engine.jumping import behind, jumping
from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.cli.faces import PlainFace, Printer, clock
from paceline.cli.jobs_text import job_lines
from paceline.engine.local import LocalEngine
from paceline.engine.logins import LoginLimits
from paceline.model.control import Stop
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.model.time import after
from paceline.plan.durations import expect
from paceline.plan.forecast import live_forecast
from paceline.session.base import CommandResult
from paceline.session.scripted import Script, ScriptedSessions

Line = tuple[datetime, str]
Forecasting = Callable[[JobStatus, datetime], Forecast | None]


def plain_lines(
    spec: JobSpec,
    *,
    scripts: Mapping[str, Script] | None = None,
    default: Script | None = None,
    forecaster: Forecasting | None = None,
    during: Callable[[LocalEngine], Awaitable[None]] | None = None,
) -> list[Line]:
    """The lines of a whole job, each with the time of its event."""
    bench, out = Bench(ScriptedSessions(scripts, default or Script(command_s=60))), io.StringIO()
    face, lines = PlainFace(Printer(out), is_unicode=True), list[Line]()

    async def main() -> None:
        engine = LocalEngine(
            bench.sessions,
            bench.journal,
            bench.outputs,
            virtual_now,
            LoginLimits(1_000, 1_000, burst=10_000),
            forecaster,
        )
        await engine.start(spec, Secrets())
        if during is not None:
            await asyncio.sleep(5)
            await during(engine)
        status = JobStatus()
        async for event in engine.follow(spec.id):
            status.apply(event)
            before = out.tell()
            face.show(event, status)
            lines.extend((event.at, line) for line in out.getvalue()[before:].splitlines())

    run(main())
    return lines


def from_defaults(spec: JobSpec) -> Forecasting:
    times = expect(spec, lambda platform, command: [])
    return lambda status, at: live_forecast(status, at, times)


@pytest.mark.parametrize("mode", ["batches", "rolling"])
def test_no_progress_line_foresees_what_is_past(mode: str) -> None:
    spec = make_spec(make_devices(30), pace={"batch_size": 3, "mode": mode})
    lines = plain_lines(
        spec, forecaster=lambda _, at: Forecast(after(at, 5), after(at, 9), "the rate limit", "defaults")
    )
    batches = [(at, line) for at, line in lines if line.startswith("-- ")]
    assert len(batches) == 10
    for at, line in batches:
        found = re.search(r"ends (\d\d:\d\d:\d\d)", line)
        if found:
            assert found[1] == f"{clock(after(at, 5)).split()[0]}"
        else:
            assert "takes longer than foreseen" in line


def test_a_batch_line_has_the_forecast_that_was_made_for_it() -> None:
    made: list[datetime] = []

    def forecast(status: JobStatus, at: datetime) -> Forecast:
        made.append(at)
        return Forecast(after(at, 1_000), after(at, 2_000), "the rate limit", "defaults")

    lines = plain_lines(make_spec(make_devices(4), pace={"batch_size": 1}), forecaster=forecast)
    told = [line for _, line in lines if line.startswith("-- ")]
    assert made == [after(EPOCH, start) for start in (0, 60, 120, 180)]
    assert all(f"ends {clock(after(at, 1_000))}," in line for at, line in zip(made, told, strict=True))


def test_a_sweep_says_what_it_is_and_foresees_nothing() -> None:
    spec = make_spec(make_devices(5), pace={"batch_size": 1}, retries={"backoff_s": 5})
    dead = Script(failures={0: FailureKind.DNS})
    lines = [line for _, line in plain_lines(spec, scripts={"d2": dead, "d4": dead}, forecaster=from_defaults(spec))]
    assert lines.count("-- sweep: one more attempt on what is unreachable") == 1
    assert not any("held by nothing" in line for line in lines)


def test_after_a_stop_one_line_tells_of_all_that_was_left_out() -> None:
    spec = make_spec(make_devices(40), pace={"batch_size": 2}, gates={"rejected_logins": 2})
    rejected = Script(failures={0: FailureKind.AUTH_REJECTED})

    async def stop(engine: LocalEngine) -> None:
        await engine.control(spec.id, Stop(stop="running", by="op", why="the change window was called off"))

    told = plain_lines(spec, scripts={"d1": rejected, "d2": rejected}, during=stop)
    lines = [line for _, line in told]
    assert lines[-2] == "–  38 devices were not started: the job stopped first"
    assert lines[-1].startswith("STOPPED  2 failed, 38 skipped")
    assert sum("the change window was called off" in line for line in lines) == 1
    assert len(lines) < 10


def test_show_counts_the_commands_that_were_sent() -> None:
    refused = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
    outcome = run_job(
        make_spec(make_devices(6), commands=("a", "b"), pace={"batch_size": 1}),
        default=Script(command_s=10, results={"b": refused}),
        actions=[{"at": 25, "do": "stop", "stop": "now"}],
    )
    lines = job_lines(outcome.status, "all")
    assert "3 of 12 commands sent, 1 succeeded" in lines
    left_out = [line for line in lines if " skipped " in line and line.startswith("d")]
    assert len(left_out) == 4
    assert all(line.endswith("the job stopped first") for line in left_out)


def test_a_failing_jump_host_is_named_once_whatever_is_behind_it() -> None:
    """Why, how many devices wait and for how long; then that it is there again, or that it was given up."""
    spec = jumping([*behind(30), *make_devices(2)], retries={"sweep": False})
    scripts = {"bastion": Script(failures={0: FailureKind.REFUSED})}
    lines = [text for _, text in plain_lines(spec, scripts=scripts)]
    why = "jump bastion: refused: scripted: refused"
    assert [line for line in lines if why in line] == [
        f"WAITING  {why}; 30 devices behind it, next try in 10s",
        f"WAITING  {why}; 30 devices behind it, next try in 30s",
        f"GIVEN UP {why}; given up after 3 tries, 30 devices behind it",
    ]
    assert sum("unreachable" in line and line.startswith("\u2298") for line in lines) == 30
    back = plain_lines(spec, scripts={"bastion": Script(failures={1: FailureKind.REFUSED})})
    assert [text for _, text in back if "bastion" in text][1:] == ["GOES ON  jump bastion is there again"]


def test_jobs_show_says_what_devices_wait_for() -> None:
    """While it waits, and afterwards why they were unreachable."""
    shown: list[list[str]] = []

    async def look(engine: LocalEngine) -> None:
        shown.append(job_lines(await engine.status(spec.id), "none"))

    spec = jumping(behind(30), retries={"sweep": False})
    outcome = run_job(
        spec, {"bastion": Script(failures={0: FailureKind.REFUSED})}, during=lambda engine: later(engine, look)
    )
    why = "jump bastion: refused: scripted: refused"
    assert f"waits  {why}; 30 devices behind it, next try at {clock(after(EPOCH, 10))}" in shown[0]
    assert f"given up  {why}" in job_lines(outcome.status, "none")


async def later(engine: LocalEngine, look: Callable[[LocalEngine], Awaitable[None]]) -> None:
    await asyncio.sleep(5)
    await look(engine)


def test_a_device_that_succeeded_with_a_mark_shows_it_whatever_is_listed() -> None:
    spec = make_spec(make_devices(3))
    scripts = {"d2": Script(name="d9")}
    said = "the inventory says d2, the device calls itself d9"
    told = [line for _, line in plain_lines(spec, scripts=scripts) if "d2" in line]
    assert len(told) == 1
    assert told[0].startswith("✓  d2") and told[0].endswith(said)
    status = run_job(spec, scripts).status
    assert "marked wrong_device: 1 device: d2" in job_lines(status, "none")
    assert any(line.startswith("d2") and line.endswith(f"wrong_device: {said}") for line in job_lines(status, "all"))


def test_a_wrong_device_that_fails_besides_says_both() -> None:
    refused = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
    script = Script(name="d9", results={"show version": refused})
    device = run_job(make_spec(make_devices(1)), default=script).status.devices["d1"]
    assert device.failure is FailureKind.COMMAND_REJECTED
    assert device.message == "% Invalid input; the inventory says d1, the device calls itself d9"


def test_jobs_show_says_what_devices_without_a_platform_look_like() -> None:
    scripts = {"d2": Script(platform_guess="cisco_xr"), "d3": Script(platform_guess="cisco_xr")}
    lines = job_lines(run_job(make_spec(make_devices(3)), scripts).status, "none")
    assert "no platform in the inventory, looks like cisco_xr (a guess): 2 devices: d2, d3" in lines
