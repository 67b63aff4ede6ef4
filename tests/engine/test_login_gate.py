"""The gate on rejected logins, as its operator and the servers see it: who waits, who is held, who goes on."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tests.engine.aaa import AaaSessions, Servers
from tests.engine.harness import JOB, SECRETS, Bench, Outcome, make_devices, make_spec, run_job
from tests.virtual_loop import run

from paceline.engine.local import LocalEngine
from paceline.model.control import Answer, Skip
from paceline.model.device import Device
from paceline.model.event import JobEvent
from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.model.secret import Secret, Secrets
from paceline.model.states import DeviceState, JobState
from paceline.model.status_json import to_json
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemoryJournal

DOMAINS = tuple(f"aaa{number:02d}" for number in range(1, 13))
OTHER_JOB = "20260105-2201-other-0002"
QUICK = Script(command_s=1)


def devices_of(*domains: str, each: int = 1) -> list[Device]:
    """Devices d1, d2 ... that go through the domains `each` times."""
    names = domains * each
    return make_devices(len(names), aaa=names)


def answer(at: float, what: str = "stop") -> dict[str, Any]:
    return {"at": at, "do": "answer", "answer": what}


def states_in(outcome: Outcome, domain: str) -> list[str]:
    spec = outcome.status.spec
    assert spec is not None
    return [
        outcome.status.devices[target.device.name].state.value
        for target in spec.targets
        if target.device.aaa_domain == domain
    ]


@pytest.mark.parametrize("bad", [DOMAINS[0], DOMAINS[5]])
@pytest.mark.parametrize("pace", [{"batch_size": 12}, {"batch_size": 7}, {"batch_size": 12, "mode": "rolling"}])
def test_of_twelve_domains_one_rejects_and_the_others_go_on(bad: str, pace: dict[str, Any]) -> None:
    servers = Servers(revoked_at={bad: 0})
    spec = make_spec(devices_of(*DOMAINS, each=5), pace=pace)
    outcome = run_job(spec, sessions=AaaSessions(servers, default=QUICK), actions=[answer(500)])
    assert servers.rejections == {bad: 2}
    (held,) = outcome.of_type("job_held")
    assert (held.gate, held.domain, held.credentials) == ("rejected_logins", bad, ("default",))
    assert held.message.startswith(f"logins of netops in {bad} are held: 2 rejected without a success since, the last ")
    assert held.message.endswith("going on may lock the account")
    assert states_in(outcome, bad) == ["failed"] * 2 + ["skipped"] * 3
    for domain in set(DOMAINS) - {bad}:
        assert states_in(outcome, domain) == ["succeeded"] * 5
    ended = [outcome.seconds(event) for event in outcome.of_type("attempt_ended")]
    assert max(ended) < 500, "nobody else waits for the answer"
    assert outcome.status.state is JobState.STOPPED
    assert outcome.status.stopped_by_gate
    assert outcome.status.why == held.message


def test_a_job_is_held_as_a_whole_only_once_nothing_else_is_open() -> None:
    servers = Servers(revoked_at={"a": 0})
    spec = make_spec(devices_of("b", "a", "b", "a", "a", "b"), pace={"batch_size": 3})
    seen: dict[float, tuple[JobState, int, str]] = {}

    async def look(engine: LocalEngine) -> None:
        for at in (30.0, 100.0):
            await asyncio.sleep(at - asyncio.get_running_loop().time())
            status = await engine.status(JOB)
            assert status.question is not None
            shown = to_json(status, "open")
            assert shown["questions"][0]["domain"] == "a"
            assert shown["devices"]["d5"]["held_by"] == status.question.id
            assert shown["batch"]["waiting_for"].startswith(
                "an answer" if status.state is JobState.HELD else "this batch"
            )
            seen[at] = (status.state, status.held_pending, status.devices["d5"].hold)

    default = Script(command_s=20)
    outcome = run_job(spec, sessions=AaaSessions(servers, default=default), during=look, actions=[answer(200)])
    question = "rejected_logins-1"
    assert seen == {30: (JobState.RUNNING, 1, question), 100: (JobState.HELD, 1, question)}
    assert states_in(outcome, "b") == ["succeeded"] * 3


def test_a_wrong_password_costs_two_logins_and_holds_its_credential_everywhere() -> None:
    servers = Servers(revoked_at=dict.fromkeys(DOMAINS, 0))
    spec = make_spec(devices_of(*DOMAINS, each=5), pace={"batch_size": 0})
    outcome = run_job(spec, sessions=AaaSessions(servers), actions=[answer(60)])
    assert sum(servers.rejections.values()) == 2
    (held,) = outcome.of_type("job_held")
    assert (held.gate, held.domain) == ("rejected_logins", "")
    assert "2 rejected without any success" in held.message
    assert outcome.status.final_counts() == {
        "succeeded": 0, "partial": 0, "failed": 2, "unreachable": 0, "skipped": 58, "cancelled": 0, "unknown": 0,
    }  # fmt: skip
    assert max(servers.most_in_flight.values()) == 1
    left = [event for event in outcome.of_type("attempt_ended") if event.state is DeviceState.PENDING]
    assert len(left) == 58
    assert all(event.retry_at == event.at and event.failure is None for event in left)


def test_the_first_login_goes_alone_then_the_first_of_each_domain_then_two_at_a_time() -> None:
    servers = Servers()
    outcome = run_job(
        make_spec(devices_of("a", "b", "c", each=6), pace={"batch_size": 0}), sessions=AaaSessions(servers)
    )
    logins = [at for at, _, what in outcome.sessions.log if what == "login"]
    assert [logins.count(at) for at in (0, 1, 2, 3, 4)] == [1, 4, 6, 5, 2]
    assert servers.most_in_flight == {"a": 2, "b": 2, "c": 2}


def test_where_the_first_device_is_dead_the_next_takes_its_part() -> None:
    servers = Servers()
    dead = Script(connect_s=10, failures={0: FailureKind.CONNECT_TIMEOUT})
    spec = make_spec(devices_of("a", "b", each=3), pace={"batch_size": 0}, retries={"sweep": False, "attempts": 1})
    outcome = run_job(spec, sessions=AaaSessions(servers, {"d1": dead, "d2": dead}))
    logins = {device: at for at, device, what in outcome.sessions.log if what == "login"}
    assert logins == {"d3": 0, "d4": 1, "d5": 1, "d6": 2}


def test_a_silent_server_holds_its_domain_after_three_logins_and_the_others_go_on() -> None:
    servers = Servers(silent=frozenset({"b"}))
    spec = make_spec(
        devices_of("a", "b", "c", each=8),
        pace={"batch_size": 0},
        retries={"sweep": False},
        gates={"max_unreachable": 0},
    )
    outcome = run_job(spec, sessions=AaaSessions(servers, default=QUICK), actions=[answer(300, "go_on"), answer(600)])
    held = outcome.of_type("job_held")
    assert [(event.gate, event.domain, round(outcome.seconds(event))) for event in held] == [
        ("auth_timeouts", "b", 136),
        ("auth_timeouts", "b", 435),
    ]
    assert "3 in a row were not finished in time" in held[0].message
    assert states_in(outcome, "b").count("unreachable") == 6
    assert states_in(outcome, "b").count("skipped") == 2
    assert states_in(outcome, "a") == states_in(outcome, "c") == ["succeeded"] * 8
    assert servers.most_in_flight["b"] == 1


def test_a_good_login_of_the_domain_clears_its_rejections() -> None:
    bad = {f"d{number}": Script(failures={0: FailureKind.AUTH_REJECTED}) for number in (2, 4, 6)}
    outcome = run_job(make_spec(make_devices(7), pace={"batch_size": 1}), bad)
    assert not outcome.of_type("job_held")
    assert outcome.status.final_counts()["failed"] == 3


def test_going_on_counts_anew_and_no_rejected_device_is_tried_again() -> None:
    servers = Servers(revoked_at={"a": 0})
    spec = make_spec(devices_of("b", "a", "a", "a", "a", "a"), pace={"batch_size": 2})
    outcome = run_job(spec, sessions=AaaSessions(servers), actions=[answer(100, "go_on"), answer(200)])
    assert [round(outcome.seconds(event)) for event in outcome.of_type("job_held")] == [3, 102]
    assert servers.rejections == {"a": 4}
    assert max(servers.by_device.values()) == 1
    assert states_in(outcome, "a") == ["failed"] * 4 + ["skipped"]


def test_more_rejections_can_be_allowed() -> None:
    servers = Servers(revoked_at={"a": 0})
    spec = make_spec(devices_of("b", *["a"] * 9), pace={"batch_size": 0}, gates={"rejected_logins": 4})
    run_job(spec, sessions=AaaSessions(servers), actions=[answer(100)])
    assert servers.rejections == {"a": 4}


def test_keys_alone_are_bound_by_logins_in_flight_only() -> None:
    servers = Servers(revoked_at={"a": 0})
    spec = make_spec(devices_of("a", each=30), pace={"batch_size": 0, "logins": 10}, password="")
    outcome = run_job(spec, sessions=AaaSessions(servers))
    assert servers.rejections == {"a": 30}
    assert servers.most_in_flight == {"a": 10}
    assert not outcome.of_type("job_held")


def test_one_password_under_two_names_is_one_account() -> None:
    servers = Servers(revoked_at={"a": 0})
    devices = devices_of("a", each=6)
    spec = make_spec(devices, pace={"batch_size": 0})
    credentials = {f"own{n}": Credential(username="netops", password=f"device:d{n}") for n in range(1, 7)}
    targets = [target.model_copy(update={"credential": f"own{n}"}) for n, target in enumerate(spec.targets, 1)]
    spec = spec.model_copy(update={"credentials": credentials, "targets": tuple(targets)})
    same = Secrets({f"device:d{n}": Secret("opensesame") for n in range(1, 7)})
    bench = Bench(AaaSessions(servers))

    async def main() -> None:
        engine = bench.engine()
        await engine.start(spec, same)
        await asyncio.sleep(60)
        status = await engine.status(JOB)
        assert status.state is JobState.HELD
        assert status.question is not None
        assert set(status.question.credentials) == set(credentials)
        await engine.control(JOB, Answer(question=status.question.id, answer="stop"))
        await engine.wait(JOB)

    run(main())
    assert servers.rejections == {"a": 2}


def test_a_rejected_enable_secret_counts_as_a_rejection() -> None:
    script = Script(failures={0: FailureKind.ENABLE_REJECTED})
    spec = make_spec(make_devices(6), pace={"batch_size": 1})
    enabled = {"default": Credential(username="netops", key_file="key", enable="env:NETOPS")}
    outcome = run_job(spec.model_copy(update={"credentials": enabled}), default=script, actions=[answer(50)])
    assert [event.gate for event in outcome.of_type("job_held")] == ["rejected_logins"]
    assert outcome.status.final_counts()["failed"] == 2


def test_devices_that_a_cap_kept_waiting_leave_their_batch_when_their_domain_is_held() -> None:
    servers = Servers(revoked_at={"a": 0})
    countries = ["FR", "DE", "DE", "DE", "FR"]
    devices = make_devices(5, country=countries, aaa=["b", "a", "a", "a", "b"])
    spec = make_spec(devices, pace={"batch_size": 5, "per_country": 1})
    outcome = run_job(spec, sessions=AaaSessions(servers, default=QUICK), actions=[answer(60)])
    assert outcome.starts().keys() == {"d1", "d2", "d3", "d5"}
    assert not outcome.status.granted
    assert outcome.status.devices["d4"].state is DeviceState.SKIPPED


def test_a_device_that_waits_at_the_gate_can_be_skipped() -> None:
    async def skip(engine: LocalEngine) -> None:
        await asyncio.sleep(0.2)
        await engine.control(JOB, Skip(device="d2", by="op"))

    servers = Servers()
    spec = make_spec(devices_of("a", each=3), pace={"batch_size": 0})
    outcome = run_job(spec, sessions=AaaSessions(servers), during=skip)
    assert [device.state.value for device in outcome.status.devices.values()] == ["succeeded", "skipped", "succeeded"]


def test_the_gate_is_shared_by_all_jobs_of_an_engine() -> None:
    servers = Servers(revoked_at={"a": 0})
    bench = Bench(AaaSessions(servers, default=QUICK))

    async def main() -> None:
        engine = bench.engine()
        first = await engine.start(make_spec(devices_of("b", "a", "a", "a"), pace={"batch_size": 1}), SECRETS)
        await asyncio.sleep(30)
        others = [Device(name=f"o{n}", address=f"198.51.100.{n}", aaa=aaa) for n, aaa in enumerate("aabb")]
        second = await engine.start(make_spec(others, job=OTHER_JOB, pace={"batch_size": 2}), SECRETS)
        await asyncio.sleep(30)
        status = await engine.status(second)
        assert [question.domain for question in status.questions.values()] == ["a"]
        assert status.final_counts()["succeeded"] == 2
        assert status.state is JobState.HELD
        assert servers.rejections == {"a": 2}
        # One answer is for all.
        servers.revoked_at = {}
        question = (await engine.status(first)).question
        assert question is not None
        await engine.control(first, Answer(question=question.id, answer="go_on", by="op"))
        await asyncio.gather(engine.wait(first), engine.wait(second))
        assert (await engine.status(second)).final_counts()["succeeded"] == 4
        (answered,) = [event for event in bench.journal.events[second] if event.type == "job_answered"]
        assert answered.why == "nothing holds these logins any more"

    run(main())


def test_a_password_that_proved_itself_to_an_earlier_job_goes_alone_again() -> None:
    servers = Servers()
    bench = Bench(AaaSessions(servers))

    async def main() -> None:
        engine = bench.engine()
        spec = make_spec(devices_of(*DOMAINS), pace={"batch_size": 0})
        await engine.wait(await engine.start(spec, SECRETS))
        servers.revoked_at = dict.fromkeys(DOMAINS, 0.0)
        again = await engine.start(spec.model_copy(update={"id": OTHER_JOB}), SECRETS)
        await asyncio.sleep(30)
        status = await engine.status(again)
        assert status.state is JobState.HELD
        assert sum(servers.rejections.values()) == 2

    run(main())


def test_another_password_lets_the_held_logins_go_on() -> None:
    class Picky(ScriptedSessions):
        async def open(self, request: Any, ports: Any) -> Any:
            async with ports.permit("login"):
                if ports.secret(request.credential.password) != Secret("r1ght-1"):
                    from paceline.session.base import SessionError

                    raise SessionError(FailureKind.AUTH_REJECTED, "wrong password or locked account")
            return await super().open(request, ports)

    bench = Bench(Picky())

    async def main() -> None:
        engine = bench.engine()
        await engine.start(make_spec(make_devices(6), pace={"batch_size": 3}), Secrets({"env:NETOPS": Secret("wr0ng")}))
        await asyncio.sleep(20)
        question = (await engine.status(JOB)).question
        assert question is not None
        await engine.supply(JOB, question.id, Secrets({"env:NETOPS": Secret("r1ght-1")}))
        await engine.wait(JOB)
        assert (await engine.status(JOB)).final_counts()["succeeded"] == 4

    run(main())


@pytest.mark.parametrize("what", ["go_on", "stop"])
def test_a_credential_that_is_gone_holds_its_devices_and_fails_none(what: str) -> None:
    spec = make_spec(make_devices(6), pace={"batch_size": 2}, password="agent")
    agent = {"default": spec.credentials["default"], "key": Credential(username="netops", key_file="key")}
    targets = [t.model_copy(update={"credential": "key" if n % 2 else "default"}) for n, t in enumerate(spec.targets)]
    spec = spec.model_copy(update={"credentials": agent, "targets": tuple(targets)})
    gone = Script(failures={1: FailureKind.CREDENTIAL_GONE})
    outcome = run_job(spec, {"d3": gone}, actions=[answer(100, what)])
    (held,) = outcome.of_type("job_held")
    assert (held.gate, held.credentials, held.domain) == ("credential_gone", ("default",), "")
    assert held.message == "logins of netops are held: scripted: credential_gone"
    (left,) = [event for event in outcome.of_type("attempt_ended") if event.state is DeviceState.PENDING]
    assert (left.device, left.failure) == ("d3", FailureKind.CREDENTIAL_GONE)
    states = [device.state.value for device in outcome.status.devices.values()]
    rest = "succeeded" if what == "go_on" else "skipped"
    assert states == ["succeeded", "succeeded", rest, "succeeded", rest, "succeeded"]
    assert outcome.status.stopped_by_gate is (what == "stop")


class LateJournal(MemoryJournal):
    """Commits a moment later, as the writer thread does."""

    def open(self, spec: Any, committed: Any, failed: Any) -> Any:
        waiting: list[JobEvent] = []

        def commit() -> None:
            group, waiting[:] = tuple(waiting), []
            committed(group)

        def later(events: Sequence[JobEvent]) -> None:
            if not waiting:
                asyncio.get_running_loop().call_later(0.02, commit)
            waiting.extend(events)

        return super().open(spec, later, failed)


def test_devices_that_were_left_out_are_counted_at_the_end_however_late_the_journal() -> None:
    bench = Bench(AaaSessions(Servers(revoked_at={"a": 0})), journal=LateJournal())

    async def main() -> None:
        engine = bench.engine()
        await engine.start(make_spec(devices_of("a", each=30), pace={"batch_size": 5}), SECRETS)
        async for event in engine.follow(JOB):
            if event.type == "job_held":
                await engine.control(JOB, Answer(question=event.question, answer="stop"))  # type: ignore[union-attr]
        assert event.counts["failed"] + event.counts["skipped"] == 30  # type: ignore[union-attr]

    run(main())
