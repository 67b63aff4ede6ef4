"""Logins that ask for a code: the job shows the question, an answer reaches that login alone, silence fails it."""

import asyncio

import pytest
from tests.engine.harness import JOB, SECRETS, Bench, Outcome, make_devices, make_spec, run_job
from tests.virtual_loop import run

from paceline.engine.local import LocalEngine
from paceline.model import event as ev
from paceline.model.asked import answers_to
from paceline.model.control import Answer, ControlError, Skip
from paceline.model.failure import FailureKind
from paceline.model.secret import Secret, Secrets
from paceline.model.states import DeviceState
from paceline.session.scripted import Script, ScriptedSessions

CODE = Script(asks=("Verification code:", "PIN:"))


async def asked_of(engine: LocalEngine, device: str) -> ev.LoginAsked:
    """The question of a device, once it stands."""
    while True:
        status = await engine.status(JOB)
        for asked in status.asked.values():
            if asked.device == device:
                return asked
        await asyncio.sleep(0.01)


def told(outcome: Outcome) -> list[str]:
    return [f"{device} {what}" for _, device, what in outcome.sessions.log if what.startswith("told")]


def test_an_answer_reaches_its_login_and_is_kept_nowhere() -> None:
    async def answer(engine: LocalEngine) -> None:
        asked = await asked_of(engine, "d1")
        status = await engine.status(JOB)
        assert (asked.user, asked.instruction) == ("netops", "Second factor")
        assert [prompt.text for prompt in asked.prompts] == ["Verification code:", "PIN:"]
        assert status.devices["d1"].phase == "code"
        await engine.supply(JOB, asked.question, answers_to(asked.question, ("492817", "7733")))

    outcome = run_job(make_spec(make_devices(1)), default=CODE, during=answer)
    assert outcome.status.devices["d1"].state is DeviceState.SUCCEEDED
    assert told(outcome) == ["d1 told 492817 7733"]
    assert [event.given for event in outcome.of_type("login_answered")] == [True]
    assert not outcome.status.asked
    kept = "".join(ev.encode(event) for event in outcome.events)
    assert "492817" not in kept and "7733" not in kept
    (asked,) = outcome.of_type("login_asked")
    assert not SECRETS.has(f"{asked.question}:1")


def test_without_an_answer_the_login_fails_within_its_time_and_is_not_tried_again() -> None:
    outcome = run_job(make_spec(make_devices(1)), default=CODE)
    device = outcome.status.devices["d1"]
    assert (device.state, device.failure, device.attempt) == (DeviceState.FAILED, FailureKind.CODE_NEEDED, 1)
    (end,) = outcome.of_type("attempt_ended")
    assert outcome.seconds(end) == pytest.approx(45)
    assert [event.given for event in outcome.of_type("login_answered")] == [False]


def test_an_operator_who_has_no_code_says_so() -> None:
    async def decline(engine: LocalEngine) -> None:
        asked = await asked_of(engine, "d1")
        with pytest.raises(ControlError, match="must not be kept"):
            await engine.control(JOB, Answer(question=asked.question, answer="go_on"))
        with pytest.raises(ControlError, match="asks for 2 answers"):
            await engine.supply(JOB, asked.question, answers_to(asked.question, ("1",)))
        await engine.control(JOB, Answer(question=asked.question, answer="stop", by="op"))
        with pytest.raises(ControlError, match="does not wait for an answer any more"):
            await engine.supply(JOB, asked.question, Secrets({"x": Secret("late-1")}))

    outcome = run_job(make_spec(make_devices(1)), default=CODE, during=decline)
    assert outcome.status.devices["d1"].failure is FailureKind.CODE_NEEDED
    assert [(event.given, event.by) for event in outcome.of_type("login_answered")] == [(False, "op")]
    assert outcome.seconds(outcome.events[-1]) < 1


def test_logins_that_nobody_answers_hold_the_password_before_they_lock_it() -> None:
    async def stop(engine: LocalEngine) -> None:
        async for event in engine.follow(JOB):
            if isinstance(event, ev.JobHeld):
                await engine.control(JOB, Answer(question=event.question, answer="stop"))

    outcome = run_job(make_spec(make_devices(6)), default=CODE, during=stop)
    assert outcome.status.counts[DeviceState.FAILED] == 2
    assert outcome.of_type("job_held")[0].gate == "rejected_logins"


def test_a_device_that_is_skipped_asks_no_more() -> None:
    async def skip(engine: LocalEngine) -> None:
        await asked_of(engine, "d1")
        await engine.control(JOB, Skip(device="d1", by="op"))

    outcome = run_job(make_spec(make_devices(1)), default=CODE, during=skip)
    assert outcome.status.devices["d1"].state is DeviceState.SKIPPED
    assert not outcome.status.asked


def test_an_answer_to_a_login_that_never_asked_is_refused() -> None:
    async def answer(engine: LocalEngine) -> None:
        with pytest.raises(ControlError, match="does not wait"):
            await engine.supply(JOB, "login-9", answers_to("login-9", ("1",)))

    run_job(make_spec(make_devices(1)), during=answer)


def test_a_question_of_before_a_crash_is_asked_anew() -> None:
    async def main() -> list[str]:
        bench = Bench(ScriptedSessions(default=CODE))
        first = bench.engine()
        await first.start(make_spec(make_devices(1)), SECRETS)
        before = await asked_of(first, "d1")
        await first.close()
        second = bench.engine()
        await second.recover(JOB, SECRETS)
        asked = await asked_of(second, "d1")
        assert [*(await second.status(JOB)).asked] == [asked.question]
        with pytest.raises(ControlError, match="does not wait"):
            await second.supply(JOB, before.question, answers_to(before.question, ("1", "2")))
        await second.supply(JOB, asked.question, answers_to(asked.question, ("492817", "7733")))
        await second.wait(JOB)
        assert (await second.status(JOB)).final_counts()["succeeded"] == 1
        return [before.question, asked.question]

    assert len(set(run(main()))) == 2
