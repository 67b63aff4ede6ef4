"""The life of a job as its operator sees it: outcomes, gates, control, locks."""

import asyncio
from typing import Any

import pytest
from tests.engine.harness import JOB, Bench, make_devices, make_spec, run_job
from tests.virtual_loop import run

from paceline.engine.contract import UnknownJobError
from paceline.engine.local import LocalEngine
from paceline.model.control import Answer, ControlError, Pause, Resume, Retune, Skip, Stop
from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.secret import Secrets
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.session.base import CommandResult
from paceline.session.scripted import Script, ScriptedSessions

REFUSED = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
LOST = CommandResult(CommandState.LOST, FailureKind.LOST, "connection lost", is_in_step=False)
OTHER_JOB = "20260105-2201-other-0002"


def test_a_read_only_job_goes_on_after_a_refused_command() -> None:
    script = Script(results={"a": REFUSED})
    outcome = run_job(make_spec(make_devices(1), commands=("a", "b")), {"d1": script})
    device = outcome.status.devices["d1"]
    assert device.state is DeviceState.PARTIAL
    assert device.failure is FailureKind.COMMAND_REJECTED
    assert device.message == "% Invalid input"
    assert device.commands is not None
    assert [command.state.value for command in device.commands] == ["rejected", "succeeded"]


def test_stop_device_ends_the_device_at_the_first_command_that_does_not_succeed() -> None:
    script = Script(results={"a": REFUSED})
    spec = make_spec(make_devices(1), commands=("a", "b"), on_command_failure="stop_device")
    outcome = run_job(spec, {"d1": script})
    assert [what for _, _, what in outcome.sessions.log] == ["connect", "login", "a", "close"]
    assert outcome.status.devices["d1"].state is DeviceState.FAILED
    assert outcome.status.commands_ended == 2


def test_in_a_job_that_changes_devices_a_lost_command_leaves_the_device_unknown() -> None:
    spec = make_spec(make_devices(2), commands=("a", "b"), read_only=False, gates={"max_failures": 5})
    outcome = run_job(spec, {"d1": Script(results={"a": LOST})})
    assert outcome.status.devices["d1"].state is DeviceState.UNKNOWN
    assert outcome.status.devices["d2"].state is DeviceState.SUCCEEDED
    assert outcome.starts()["d1"] == [0]
    assert ("d1", "b") not in {(device, what) for _, device, what in outcome.sessions.log}


def test_another_name_in_the_prompt_is_shown_and_stops_only_jobs_that_change_devices() -> None:
    scripts = {"d1": Script(name="d9")}
    readable = run_job(make_spec(make_devices(1)), scripts)
    assert readable.status.devices["d1"].state is DeviceState.SUCCEEDED
    assert readable.status.devices["d1"].failure is FailureKind.WRONG_DEVICE
    assert readable.status.devices["d1"].message == "the inventory says d1, the device calls itself d9"
    changing = run_job(make_spec(make_devices(1), read_only=False), scripts)
    assert changing.status.devices["d1"].state is DeviceState.FAILED
    assert [what for _, _, what in changing.sessions.log] == ["connect", "login", "close"]


def test_two_rejected_logins_hold_the_job_and_stop_leaves_the_rest_alone() -> None:
    scripts = {f"d{n}": Script(failures={0: FailureKind.AUTH_REJECTED}) for n in range(1, 9)}
    spec = make_spec(make_devices(8), pace={"batch_size": 1})
    outcome = run_job(spec, scripts, actions=[{"at": 60, "do": "answer", "answer": "stop"}])
    held = outcome.of_type("job_held")
    assert [event.gate for event in held] == ["rejected_logins"]
    assert "may lock the account" in held[0].message
    assert sum(what == "login" for _, _, what in outcome.sessions.log) == 2
    assert outcome.status.final_counts()["failed"] == 2
    assert outcome.status.final_counts()["skipped"] == 6
    assert outcome.status.state is JobState.STOPPED


def test_a_good_login_in_between_clears_earlier_rejections() -> None:
    bad = Script(failures={0: FailureKind.AUTH_REJECTED})
    outcome = run_job(make_spec(make_devices(4), pace={"batch_size": 1}), {"d1": bad, "d3": bad})
    assert not outcome.of_type("job_held")
    assert outcome.status.state is JobState.FINISHED


@pytest.mark.parametrize(("sites", "is_held"), [(["a"] * 12, False), (["a", "b"] * 6, True), ([""] * 12, True)])
def test_unreachable_devices_in_a_row_hold_only_over_two_sites(sites: list[str], *, is_held: bool) -> None:
    dead = Script(failures={0: FailureKind.DNS})
    spec = make_spec(make_devices(12, site=sites), pace={"batch_size": 1}, retries={"sweep": False})
    answer = [{"at": 5, "do": "answer", "answer": "stop"}] if is_held else []
    outcome = run_job(spec, default=dead, actions=answer)
    assert [event.gate for event in outcome.of_type("job_held")] == (["max_unreachable"] if is_held else [])
    assert outcome.status.final_counts()["unreachable"] == (10 if is_held else 12)


def test_a_share_of_failures_holds_only_from_its_sample_on() -> None:
    scripts = {f"d{n}": Script(results={"show version": REFUSED}) for n in (1, 2, 3)}
    spec = make_spec(make_devices(8), pace={"batch_size": 1}, gates={"max_failures": "50%", "min_sample": 6})
    assert not run_job(spec, scripts).of_type("job_held")
    spec = make_spec(make_devices(8), pace={"batch_size": 1}, gates={"max_failures": "50%", "min_sample": 3})
    outcome = run_job(spec, scripts, actions=[{"at": 50, "do": "answer"}])
    assert outcome.of_type("job_held")[0].message == "3 of 3 devices did not succeed (100.0 %), the budget is 50%"
    assert outcome.status.state is JobState.FINISHED


def test_stop_now_cancels_what_runs_and_keeps_what_it_said() -> None:
    spec = make_spec(make_devices(3), commands=("a", "b"), pace={"batch_size": 2})
    outcome = run_job(spec, default=Script(hangs_on="b"), actions=[{"at": 10, "do": "stop", "stop": "now"}])
    status = outcome.status
    assert [device.state.value for device in status.devices.values()] == ["cancelled", "cancelled", "skipped"]
    assert status.devices["d1"].message == "cancelled at command 2: stopped by op"
    assert outcome.outputs.sinks[JOB, "d1", 1, 2].is_closed
    assert status.devices["d1"].commands is not None
    assert [command.state.value for command in status.devices["d1"].commands] == ["succeeded", "cancelled"]
    assert outcome.sessions.open_now == 0
    assert status.state is JobState.STOPPED


def test_a_skipped_device_that_runs_is_cancelled_and_one_that_connects_is_skipped() -> None:
    actions: list[dict[str, Any]] = [{"at": 5, "do": "skip", "device": "d1"}, {"at": 6, "do": "skip", "device": "d2"}]
    scripts = {"d1": Script(connect_s=60), "d2": Script(hangs_on="show version")}
    outcome = run_job(make_spec(make_devices(2)), scripts, actions=actions)
    assert outcome.status.devices["d1"].state is DeviceState.SKIPPED
    assert outcome.status.devices["d2"].state is DeviceState.CANCELLED


@pytest.mark.parametrize(("action", "left_out"), [("skip", ["d2"]), ("stop", ["d2", "d3"])])
def test_a_device_told_to_end_in_the_moment_it_starts_is_left_out(action: str, left_out: list[str]) -> None:
    # Granted at 1 and, in the same moment, skipped or stopped before its first step.
    spec = make_spec(make_devices(3), pace={"batch_size": 2, "mode": "rolling", "devices_per_hour": 3600})
    wanted = {"at": 1.0, "do": action, "device": "d2", "stop": "now"}
    outcome = run_job(spec, default=Script(command_s=1.0), actions=[wanted])
    skipped = [name for name, device in outcome.status.devices.items() if device.state is DeviceState.SKIPPED]
    assert skipped == left_out
    assert outcome.sessions.open_now == 0


def test_a_device_in_back_off_keeps_its_last_outcome_when_the_job_stops() -> None:
    scripts = {"d1": Script(failures={0: FailureKind.REFUSED})}
    outcome = run_job(make_spec(make_devices(1)), scripts, actions=[{"at": 5, "do": "stop", "stop": "running"}])
    assert outcome.status.devices["d1"].state is DeviceState.UNREACHABLE
    assert outcome.status.devices["d1"].failure is FailureKind.REFUSED


@pytest.mark.parametrize(
    "action", [{"at": 3, "do": "skip", "device": "d1"}, {"at": 3, "do": "stop", "stop": "running"}]
)
def test_a_device_left_out_while_it_waits_for_the_sweep_is_counted_once(action: dict[str, Any]) -> None:
    scripts = {"d1": Script(failures={0: FailureKind.DNS})}
    outcome = run_job(
        make_spec(make_devices(2), commands=("a", "b"), retries={"backoff_s": 20}), scripts, actions=[action]
    )
    assert outcome.status.devices["d1"].state is DeviceState.UNREACHABLE
    assert outcome.status.devices["d1"].attempt == 1
    assert (outcome.status.commands_ended, outcome.status.commands_total) == (4, 4)


def test_controls_that_do_not_fit_are_refused_with_a_sentence() -> None:
    async def meddle(engine: LocalEngine) -> None:
        await asyncio.sleep(1)
        for control, sentence in (
            (Resume(), "the job is not paused"),
            (Answer(question="canary-1", answer="go_on"), "no gate asks 'canary-1'"),
            (Skip(device="nobody"), "nobody is not open in this job"),
            (Retune(), "name a batch size, a rate or a cap"),
            (Retune(batch_size=-1), "that pace does not fit: batch_size must be a number from 0 on"),
        ):
            with pytest.raises(ControlError, match=f"^{sentence}"):
                await engine.control(JOB, control)
        await engine.control(JOB, Pause())
        with pytest.raises(ControlError, match="paused already"):
            await engine.control(JOB, Pause())
        await engine.control(JOB, Stop(stop="now"))
        with pytest.raises(ControlError, match="stopping already"):
            await engine.control(JOB, Stop(stop="batch"))
        with pytest.raises(UnknownJobError):
            await engine.status("20260101-0000-none-0000")

    outcome = run_job(make_spec(make_devices(1)), default=Script(command_s=60), during=meddle)
    assert outcome.status.state is JobState.STOPPED


def test_two_jobs_never_meet_on_one_box() -> None:
    bench = Bench(ScriptedSessions(default=Script(command_s=30)))

    async def main() -> None:
        engine = bench.engine()
        first = await engine.start(make_spec(make_devices(2)), Secrets())
        twin = Device(name="alias", address="192.0.2.1")
        second = await engine.start(make_spec([twin], job=OTHER_JOB), Secrets())
        await asyncio.sleep(1)
        status = await engine.status(second)
        assert status.state is JobState.WAITING
        assert status.why == f"its devices are in use by job {first}"
        await asyncio.gather(engine.wait(first), engine.wait(second))
        begun = {device: at for at, device, what in bench.sessions.log if what == "connect"}
        assert begun["alias"] == 30
        assert (await engine.status(second)).state is JobState.FINISHED

    run(main())


def test_two_names_of_one_box_share_its_lock() -> None:
    devices = [Device(name="a", address="192.0.2.1"), Device(name="b", address="192.0.2.1")]
    outcome = run_job(make_spec(devices), default=Script(command_s=10))
    assert outcome.starts() == {"a": [0], "b": [10]}
    assert outcome.sessions.most_open == 1


def test_logins_in_flight_are_bounded_per_domain() -> None:
    devices = make_devices(6, country=["DE"] * 4 + ["FR"] * 2)
    outcome = run_job(make_spec(devices, pace={"logins": 2}, password=""), default=Script(login_s=10, command_s=1))
    logins = sorted((at, device) for at, device, what in outcome.sessions.log if what == "login")
    assert [round(at, 1) for at, _ in logins] == [0, 0, 0, 0, 10, 10]


def test_a_follower_that_comes_late_gets_everything_once() -> None:
    bench = Bench(ScriptedSessions(default=Script(command_s=10)))

    async def main() -> None:
        engine = bench.engine()
        job = await engine.start(make_spec(make_devices(400), pace={"batch_size": 100}), Secrets())
        await asyncio.sleep(25)
        status = await engine.status(job)
        seqs = [event.seq async for event in engine.follow(job)]
        later = [event.seq async for event in engine.follow(job, after=status.seq)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert later == []

    run(main())


def test_watching_a_device_shows_its_output_as_it_comes() -> None:
    bench = Bench(ScriptedSessions(default=Script(command_s=5, output=b"up 3 days\n")))

    async def main() -> None:
        engine = bench.engine()
        job = await engine.start(make_spec(make_devices(1), commands=("a", "b")), Secrets())
        chunks = [(chunk.index, chunk.text) async for chunk in engine.watch(job, "d1")]
        assert chunks == [(1, "up 3 days\n"), (2, "up 3 days\n")]
        page = await engine.output(job, "d1", 2, offset=3, limit=1)
        assert (page.data, page.size, page.is_complete) == (b"3", 10, True)

    run(main())


def test_the_summary_has_a_row_per_device() -> None:
    outcome = run_job(make_spec(make_devices(3)), {"d2": Script(results={"show version": REFUSED})})
    rows = outcome.outputs.summaries[JOB]
    assert [(row["device"], row["state"], row["failure"]) for row in rows] == [
        ("d1", "succeeded", ""),
        ("d2", "failed", "command_rejected"),
        ("d3", "succeeded", ""),
    ]
