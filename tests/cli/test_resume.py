"""A job taken up after its engine died: it acts on what is open now, and on nothing that was settled before."""

import asyncio
import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.engine.harness import JOB, Bench, make_devices, make_spec
from tests.virtual_loop import run

from paceline.cli.faces import JsonFace, PlainFace, Printer
from paceline.cli.runner import Foreground
from paceline.model.control import Answer, Control, Stop
from paceline.model.event import JobAnswered, JobEvent, JobFinished
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.states import CommandState, JobState
from paceline.model.status import JobStatus
from paceline.session.base import CommandResult
from paceline.session.scripted import Script, ScriptedSessions

REFUSED = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
REJECTED = Script(failures={0: FailureKind.AUTH_REJECTED})
FAILING = Script(results={"show version": REFUSED}, command_s=10)


class Resumed:
    """A job whose engine ended after `killed_at` seconds, and was then resumed in the foreground."""

    def __init__(
        self,
        spec: JobSpec,
        *,
        scripts: Mapping[str, Script] | None = None,
        controls: Mapping[float, Callable[[JobStatus], Control]] | None = None,
        killed_at: float,
        is_closed: bool = False,
        ask: Callable[[str], bool] | None = None,
        is_plain: bool = False,
    ) -> None:
        self.bench = Bench(ScriptedSessions(scripts, Script(command_s=10)))
        self.out = io.StringIO()
        self.code = -1
        self.before = JobStatus()
        self.asked: list[str] = []
        face = PlainFace(Printer(self.out), is_unicode=False) if is_plain else JsonFace(Printer(self.out))

        async def asking(question: str) -> bool:
            self.asked.append(question)
            assert ask is not None
            return ask(question)

        async def main() -> None:
            loop = asyncio.get_running_loop()
            engine = self.bench.engine()
            await engine.start(spec, Secrets())
            for at, make in (controls or {}).items():
                await asyncio.sleep(at - loop.time())
                await engine.control(spec.id, make(await engine.status(spec.id)))
            await asyncio.sleep(killed_at - loop.time())
            kept = list(self.bench.journal.events[spec.id])
            await engine.close()
            if not is_closed:
                # A killed process writes nothing more.
                self.bench.journal.events[spec.id] = kept
            second = self.bench.engine()
            self.before = await second.status(spec.id)
            await second.recover(spec.id, Secrets())
            foreground = Foreground(second, spec.id, face, asking if ask else None, self.before_copy(spec))
            self.code = await foreground.run()

        run(main())

    def before_copy(self, spec: JobSpec) -> JobStatus:
        """What a reader of the journal folded before the job was taken up."""
        status = JobStatus()
        for event in self.bench.journal.events[spec.id][: self.before.seq]:
            status.apply(event)
        return status

    @property
    def after(self) -> list[JobEvent]:
        """The events since the job was taken up."""
        return self.bench.journal.events[JOB][self.before.seq :]

    def types(self) -> list[str]:
        """Their types."""
        return [event.type for event in self.after]


def go_on(status: JobStatus) -> Control:
    assert status.question is not None
    return Answer(question=status.question.id, answer="go_on", by="op")


def failing(count: int) -> dict[str, Script]:
    return {f"d{number}": FAILING for number in range(1, count + 1)}


@pytest.mark.parametrize(
    ("gates", "scripts", "answered_at", "killed_at"),
    [
        ({"canary": 2}, {}, 30, 35),
        ({"max_failures": 1}, failing(2), 50, 55),
        ({"rejected_logins": 2}, {"d1": REJECTED, "d2": REJECTED}, 30, 35),
        ({"max_unreachable": 2}, dict.fromkeys(("d1", "d2"), Script(failures={0: FailureKind.DNS})), 30, 35),
    ],
)
def test_an_answered_gate_is_not_asked_anew(
    gates: dict[str, Any], scripts: dict[str, Script], answered_at: float, killed_at: float
) -> None:
    spec = make_spec(make_devices(5), pace={"batch_size": 1}, gates=gates, retries={"sweep": False})
    job = Resumed(spec, scripts=scripts, controls={answered_at: go_on}, killed_at=killed_at)
    assert job.before.answered.keys() == set(gates)
    assert "job_held" not in job.types()
    assert "job_answered" not in job.types()
    assert job.code != 3
    assert job.after[-1].type == "job_finished"


def test_a_gate_that_asks_still_stops_an_unattended_resume_with_3() -> None:
    spec = make_spec(make_devices(4), pace={"batch_size": 1}, gates={"canary": 2})
    job = Resumed(spec, killed_at=60)
    assert job.before.question is not None
    assert job.code == 3
    (answer,) = [event for event in job.after if isinstance(event, JobAnswered)]
    assert (answer.question, answer.answer) == (job.before.question.id, "stop")
    assert isinstance(job.after[-1], JobFinished)
    assert job.after[-1].counts["skipped"] == 2


def test_a_gate_that_asks_still_is_asked_once_on_a_terminal() -> None:
    spec = make_spec(make_devices(4), pace={"batch_size": 1}, gates={"canary": 2})
    job = Resumed(spec, killed_at=60, ask=lambda question: True)
    assert job.asked == ["the first 2 devices have ended; 0 of them did not succeed. Go on?"]
    assert job.code == 0


def test_questions_stay_unique_over_a_crash() -> None:
    spec = make_spec(make_devices(6), pace={"batch_size": 1}, gates={"canary": 1, "max_failures": 1})
    job = Resumed(spec, scripts=failing(4), controls={15: go_on}, killed_at=16, ask=lambda question: True)
    asked = [event.question for event in job.bench.journal.events[JOB] if event.type == "job_held"]
    assert asked[0] == "canary-1"
    assert len(set(asked)) == len(asked) > 1


def test_rejections_before_the_crash_count_after_it() -> None:
    slowly_rejected = Script(failures={0: FailureKind.AUTH_REJECTED}, connect_s=9)
    scripts = {"d1": Script(command_s=10), "d2": REJECTED, "d3": slowly_rejected, "d4": REJECTED}
    spec = make_spec(make_devices(5), pace={"batch_size": 1}, gates={"rejected_logins": 2}, retries={"sweep": False})
    job = Resumed(spec, scripts=scripts, killed_at=15)
    assert sum(event.type == "attempt_ended" for event in job.bench.journal.events[JOB][: job.before.seq]) == 2
    assert sum(what == "login" for _, _, what in job.bench.sessions.log) == 3
    assert job.code == 3


HELD_DOMAIN = {"d2": REJECTED, "d3": REJECTED, "d5": REJECTED}


def held_domain_spec(**extra: Any) -> JobSpec:
    """d2, d3, d4 and d5 log in where two are rejected; d1, d6 and d7 elsewhere."""
    devices = make_devices(7, aaa=["b", "a", "a", "a", "a", "b", "b"])
    return make_spec(devices, pace={"batch_size": 2}, retries={"sweep": False}, **extra)


def test_a_held_domain_is_held_still_after_a_crash_and_the_others_go_on() -> None:
    job = Resumed(held_domain_spec(), scripts=HELD_DOMAIN, killed_at=12)
    assert [question.domain for question in job.before.questions.values()] == ["a"]
    assert job.before.state is JobState.RUNNING
    assert job.code == 3
    assert "job_held" not in job.types()
    logins = [device for _, device, what in job.bench.sessions.log if what == "login"]
    assert logins == ["d1", "d2", "d3", "d6", "d7", "d6", "d7"], "what ran when it died runs again, and nobody else"
    (answered,) = [event for event in job.after if isinstance(event, JobAnswered)]
    assert answered.question == next(iter(job.before.questions))
    assert isinstance(job.after[-1], JobFinished)
    assert {state: count for state, count in job.after[-1].counts.items() if count} == {
        "succeeded": 3, "failed": 2, "skipped": 2,
    }  # fmt: skip


def test_a_held_domain_that_was_let_go_on_counts_from_there_after_a_crash() -> None:
    job = Resumed(held_domain_spec(), scripts=HELD_DOMAIN, controls={60: go_on}, killed_at=62)
    assert not job.before.questions
    assert "job_held" not in job.types()
    assert job.code == 1
    assert isinstance(job.after[-1], JobFinished)
    assert job.after[-1].counts["failed"] == 3


def test_devices_that_were_given_up_stay_so_when_the_engine_died_before_it_had_left_them_out() -> None:
    bench = Bench(ScriptedSessions(HELD_DOMAIN, Script(command_s=10)))

    async def main() -> JobStatus:
        engine = bench.engine()
        await engine.start(held_domain_spec(), Secrets())
        await asyncio.sleep(12)
        question = (await engine.status(JOB)).question
        assert question is not None
        await engine.control(JOB, Answer(question=question.id, answer="stop"))
        await engine.close()
        events = bench.journal.events[JOB]
        answered = next(event.seq for event in events if event.type == "job_answered")
        bench.journal.events[JOB] = events[:answered]
        second = bench.engine()
        await second.recover(JOB, Secrets())
        await second.wait(JOB)
        return await second.status(JOB)

    status = run(main())
    assert status.final_counts()["skipped"] == 2
    assert status.final_counts()["succeeded"] == 3
    assert status.state is JobState.STOPPED
    assert sum(what == "login" for _, device, what in bench.sessions.log if device in ("d4", "d5")) == 0


def test_a_credential_that_is_gone_is_asked_about_still_after_a_crash() -> None:
    gone = Script(failures={0: FailureKind.CREDENTIAL_GONE})
    spec = make_spec(make_devices(3), pace={"batch_size": 1}, password="agent")
    job = Resumed(spec, scripts={"d1": gone}, killed_at=12)
    assert job.before.state is JobState.HELD
    assert job.code == 3
    assert "attempt_started" not in job.types()


def test_a_stop_that_a_gate_brought_is_carried_out_and_ends_with_3() -> None:
    def stop(status: JobStatus) -> Control:
        assert status.question is not None
        return Answer(question=status.question.id, answer="stop", by="op")

    spec = make_spec(make_devices(4), pace={"batch_size": 2}, gates={"max_failures": 0})
    scripts = failing(1) | {"d2": Script(command_s=100)}
    job = Resumed(spec, scripts=scripts, controls={15: stop}, killed_at=16)
    assert (job.before.state, job.code) == (JobState.STOPPING, 3)
    assert "attempt_started" not in job.types()


def test_an_operators_stop_while_a_gate_asks_is_no_gates_stop() -> None:
    spec = make_spec(make_devices(4), pace={"batch_size": 2}, gates={"max_failures": 0})
    scripts = failing(1) | {"d2": Script(command_s=100)}
    job = Resumed(spec, scripts=scripts, controls={15: lambda _: Stop(stop="running", by="op")}, killed_at=16)
    assert job.before.question is None
    assert job.code == 1


def test_the_lines_of_what_had_ended_are_not_printed_again() -> None:
    spec = make_spec(make_devices(3), pace={"batch_size": 1})
    job = Resumed(spec, killed_at=15, is_plain=True)
    lines = job.out.getvalue().splitlines()
    assert lines[0] == "RESUMED  the engine that ran this job had ended: 1 of 3 devices had ended"
    assert not any("d1 " in line for line in lines)
    assert sum(" succeeded " in line for line in lines[1:-1]) == 2
    assert lines[-1].startswith("FINISHED  3 succeeded")


def test_an_engine_that_was_closed_leaves_its_running_devices_open() -> None:
    spec = make_spec(make_devices(3), pace={"batch_size": 2})
    job = Resumed(spec, killed_at=5, is_closed=True)
    assert [device.state.value for device in job.before.devices.values()] == ["running", "running", "pending"]
    assert job.code == 0
