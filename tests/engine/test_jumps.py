"""Jump hosts in whole jobs: opened once, tried again while their devices wait, given up, never a second bad login."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from tests.engine.harness import JOB, SECRETS, Bench, Outcome, make_devices, run_job
from tests.engine.jumping import behind, jumping
from tests.virtual_loop import EPOCH, run

from paceline.engine.jumps import BACKOFF_S, FORBIDDEN_TARGETS, IDLE_S, STEADY_S
from paceline.engine.local import LocalEngine
from paceline.model.audit import audited
from paceline.model.control import Answer, Stop
from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState
from paceline.model.status_json import to_json, waiting_for
from paceline.model.time import seconds_between
from paceline.session.base import JumpRequest, SessionPorts
from paceline.session.scripted import Script, ScriptedJump, ScriptedSessions


def reached(outcome: Outcome, name: str, what: str = "connect") -> list[float]:
    """When something reached a device or a jump host."""
    return [at for at, device, said in outcome.sessions.log if device == name and said == what]


def states(outcome: Outcome) -> dict[str, str]:
    return {device.name: device.state.value for device in outcome.status.devices.values()}


def test_sixty_devices_share_one_connection() -> None:
    """Opened once, however many need it at once; direct devices take no part."""
    devices = [*behind(60), *make_devices(3)]
    spec = jumping(devices, pace={"batch_size": 0})
    outcome = run_job(spec, {"bastion": Script(connect_s=1, login_s=1)})
    assert reached(outcome, "bastion") == [0.0]
    assert set(states(outcome).values()) == {"succeeded"}
    assert not outcome.of_type("jump_held")
    (opened,) = outcome.of_type("jump_opened")
    (entry,) = audited(spec, opened)
    assert (entry.what, entry.device, entry.result) == ("login", "jump bastion", "accepted")
    assert entry.details == {"address": "bastion.example.net", "port": 22, "user": "alice", "with": "key"}


def test_a_device_that_is_skipped_while_the_jump_opens_does_not_take_it_from_the_others() -> None:
    """The opening belongs to all who wait for it, and to none of them."""
    actions: list[Mapping[str, Any]] = [{"at": 0.5, "do": "skip", "device": "j1"}]
    outcome = run_job(jumping(behind(5)), {"bastion": Script(connect_s=1)}, actions=actions)
    assert states(outcome) == {"j1": "skipped"} | {f"j{index}": "succeeded" for index in range(2, 6)}
    assert reached(outcome, "bastion") == [0.0]


def test_a_chain_opens_the_first_hop_first_and_shares_each_beginning() -> None:
    """`a`, `a,b` and `a,c` are three connections, the latter two inside the first."""
    devices = [*behind(2, "a", 1), *behind(2, "a,b", 3), *behind(2, "a,c", 5)]
    outcome = run_job(jumping(devices), {name: Script(connect_s=1) for name in "abc"})
    assert [len(reached(outcome, name)) for name in "abc"] == [1, 1, 1]
    assert reached(outcome, "b") == [1.0] == reached(outcome, "c")
    assert set(states(outcome).values()) == {"succeeded"}


def test_devices_wait_for_a_failing_jump_while_others_go_on() -> None:
    """Nothing of them fails: they are pending until the jump is there, and the operator reads why and until when."""
    devices = [*behind(12), *make_devices(5)]
    seen: list[Any] = []

    async def look(engine: LocalEngine) -> None:
        await asyncio.sleep(5)
        status = await engine.status(JOB)
        seen.append((states_of(status), waiting_for(status), to_json(status)["jumps"]))

    def states_of(status: Any) -> set[str]:
        return {device.state.value for device in status.devices.values() if device.name.startswith("j")}

    script = Script(failures={1: FailureKind.REFUSED, 2: FailureKind.CONNECT_TIMEOUT})
    outcome = run_job(jumping(devices, pace={"batch_size": 8}), {"bastion": script}, during=look)
    assert reached(outcome, "bastion") == [0.0, BACKOFF_S[0], BACKOFF_S[0] + BACKOFF_S[1]]
    assert all(at < 5 for index in range(1, 6) for at in reached(outcome, f"d{index}"))
    assert set(states(outcome).values()) == {"succeeded"}
    assert all(at > BACKOFF_S[0] + BACKOFF_S[1] - 1 for at in reached(outcome, "j1", "login"))
    held = outcome.of_type("jump_held")
    assert [(event.tries, event.message) for event in held] == [
        (1, "jump bastion: refused: scripted: refused"),
        (2, "jump bastion: connect_timeout: scripted: connect_timeout"),
    ]
    assert [round(seconds_between(EPOCH, event.retry_at)) for event in held] == [10, 40]
    assert len(outcome.of_type("jump_freed")) == 1
    ((pending, waits, jumps),) = seen
    assert pending == {"pending"}
    assert waits == "jump bastion: refused: scripted: refused; next try at 22:00:10 UTC, 12 devices wait"
    assert jumps == [
        {"way": "bastion", "name": "bastion", "failure": "jump_failed", "tries": 1, "waiting": 12,
         "message": "jump bastion: refused: scripted: refused", "retry_at": "2026-01-05T22:00:10Z"}
    ]  # fmt: skip


def test_a_jump_that_stays_away_is_given_up_after_three_tries() -> None:
    """Its devices end unreachable with its own reason, once more in the sweep; the gates count no series of them."""
    devices = [*behind(30), *make_devices(2)]
    spec = jumping(devices, retries={"sweep": False}, gates={"max_unreachable": 10})
    outcome = run_job(spec, {"bastion": Script(failures={0: FailureKind.NO_BANNER})})
    assert len(reached(outcome, "bastion")) == 3
    ended = outcome.of_type("device_skipped")
    assert len(ended) == 30
    assert {(event.state, event.failure, event.message) for event in ended} == {
        (DeviceState.UNREACHABLE, FailureKind.JUMP_FAILED, "jump bastion: no_banner: scripted: no_banner")
    }
    assert states(outcome)["d1"] == "succeeded"
    assert not outcome.of_type("job_held")
    assert outcome.of_type("jump_held")[-1].retry_at is None


def test_the_sweep_tries_a_jump_once_more() -> None:
    """One that came back in the meantime."""
    failures = dict.fromkeys((1, 2, 3), FailureKind.REFUSED)
    outcome = run_job(jumping(behind(4)), {"bastion": Script(failures=failures)})
    assert set(states(outcome).values()) == {"succeeded"}
    assert len(reached(outcome, "bastion")) == 4


@pytest.mark.parametrize("kind", [FailureKind.AUTH_REJECTED, FailureKind.HOST_KEY_CHANGED, FailureKind.ALGORITHMS])
def test_what_a_second_try_cannot_change_is_not_tried_again(kind: FailureKind) -> None:
    """A rejected login least of all; not in the sweep either."""
    spec = jumping(behind(20), password="env:NETOPS", retries={"sweep": kind is FailureKind.AUTH_REJECTED})
    outcome = run_job(spec, {"bastion": Script(failures={0: kind})})
    assert len(reached(outcome, "bastion")) == 1
    assert set(states(outcome).values()) == {"unreachable"}
    assert not reached(outcome, "j1", "login")
    (held,) = outcome.of_type("jump_held")
    assert held.cause is kind
    assert [entry.result for entry in audited(spec, held)] == (
        ["auth_rejected"] if kind is FailureKind.AUTH_REJECTED else []
    )


def test_a_jumps_rejected_login_counts_at_the_gate() -> None:
    """Same user and password on the jump and the devices: one rejection there leaves one to the rest."""
    devices = [*make_devices(6), *behind(2)]
    spec = jumping(devices, password="env:NETOPS", user="netops", pace={"batch_size": 2}, gates={"unattended": "hold"})
    rejected = Script(failures={0: FailureKind.AUTH_REJECTED})

    async def stop(engine: LocalEngine) -> None:
        await asyncio.sleep(60)
        status = await engine.status(JOB)
        assert [question.gate for question in status.questions.values()] == ["rejected_logins"]
        await engine.control(JOB, Stop(stop="running"))

    spec = spec.model_copy(update={"targets": tuple(reversed(spec.targets))})
    outcome = run_job(spec, default=rejected, during=stop)
    logins = [name for _, name, what in outcome.sessions.log if what == "login"]
    assert logins[0] == "bastion"
    assert len(logins) == 2


def test_a_held_account_holds_the_devices_behind_its_jump() -> None:
    """The login at the jump was never sent: they wait for the answer like any device of that account."""
    devices = [*make_devices(3), *behind(3)]
    scripts = {f"d{index}": Script(failures={0: FailureKind.AUTH_REJECTED}) for index in (1, 2, 3)}
    spec = jumping(devices, password="env:NETOPS", user="netops", pace={"batch_size": 3})

    async def answer(engine: LocalEngine) -> None:
        await asyncio.sleep(60)
        status = await engine.status(JOB)
        (question,) = status.questions.values()
        assert all(status.devices[name].hold == question.id for name in ("j1", "j2", "j3"))
        await engine.control(JOB, Answer(question=question.id, answer="go_on"))

    outcome = run_job(spec, scripts, during=answer)
    assert [states(outcome)[name] for name in ("j1", "j2", "j3")] == ["succeeded"] * 3
    assert len(reached(outcome, "bastion", "login")) == 1


def test_a_credential_that_is_gone_asks_and_costs_no_try() -> None:
    """The agent of the jump's login died: the devices behind it wait for somebody to sign in again."""
    scripts = {"bastion": Script(failures={1: FailureKind.CREDENTIAL_GONE})}

    async def answer(engine: LocalEngine) -> None:
        await asyncio.sleep(60)
        status = await engine.status(JOB)
        (question,) = status.questions.values()
        assert question.credentials == ("jump bastion",)
        assert "jump bastion: scripted" in question.message
        await engine.control(JOB, Answer(question=question.id, answer="go_on"))

    outcome = run_job(jumping([*behind(3), *make_devices(2)]), scripts, during=answer)
    assert set(states(outcome).values()) == {"succeeded"}
    assert not outcome.of_type("jump_held")


class Losing(ScriptedSessions):
    """The jump host cuts its connections, each after so many seconds."""

    cuts: list[float]

    async def open_jump(self, request: JumpRequest, ports: SessionPorts) -> ScriptedJump:
        jump = await super().open_jump(request, ports)
        lasts_s = self.cuts.pop(0) if self.cuts else None
        if lasts_s is not None:
            asyncio.get_running_loop().call_later(lasts_s, jump.lose)
        return jump


def test_a_lost_connection_is_opened_again_when_it_is_needed() -> None:
    """It had lasted: that is no failure of the jump."""
    sessions = Losing()
    sessions.cuts = [STEADY_S + 5]
    spec = jumping(behind(4), pace={"batch_size": 1, "devices_per_hour": 120})
    outcome = run_job(spec, sessions=sessions)
    assert set(states(outcome).values()) == {"succeeded"}
    assert reached(outcome, "bastion") == [0.0, 60.0]
    assert not outcome.of_type("jump_held")


def test_a_connection_that_never_lasts_is_given_up() -> None:
    """Each that ends at once counts as a try: no storm of reconnects."""
    sessions = Losing()
    sessions.cuts = [1.0] * 100
    spec = jumping(behind(40), pace={"batch_size": 1, "devices_per_hour": 3_600}, retries={"sweep": False})
    outcome = run_job(spec, sessions=sessions)
    assert len(reached(outcome, "bastion")) == 3
    ended = {event.message for event in outcome.of_type("device_skipped")}
    assert ended == {"jump bastion: closed_early: the connection ended within 30 s"}


def test_a_jump_that_forwards_to_none_is_given_up_one_that_forbids_some_is_not() -> None:
    """A few refusals settle it where nothing ever passed; after a device that was reached they stand for themselves."""
    forbidden = Script(failures={0: FailureKind.JUMP_FORBIDDEN})
    spec = jumping(behind(20), pace={"batch_size": 1}, gates={"max_unreachable": 0})
    nothing = run_job(spec, {"bastion": Script()}, forbidden)
    assert set(states(nothing).values()) == {"unreachable"}
    tried = {name for _, name, what in nothing.sessions.log if what == "connect"} - {"bastion"}
    assert len(tried) == FORBIDDEN_TARGETS
    some = run_job(spec, {f"j{index}": forbidden for index in range(2, 10)})
    assert list(states(some).values()).count("succeeded") == 12


def test_an_idle_connection_is_closed_after_a_while() -> None:
    """And every one when the engine ends."""
    spec = jumping(behind(2), pace={"batch_size": 1, "devices_per_hour": 3_600 / (IDLE_S + 60)})
    outcome = run_job(spec)
    assert len(reached(outcome, "bastion")) == 2
    assert reached(outcome, "bastion", "close")[0] == pytest.approx(IDLE_S + 1)


def test_two_jobs_share_a_connection_and_it_ends_with_the_engine() -> None:
    """The way is the engine's, not a job's."""
    bench = Bench(ScriptedSessions(default=Script(command_s=5)))

    async def main() -> None:
        engine = bench.engine()
        specs = [jumping(behind(2, first=first), job=f"20260105-2200-test-000{first}") for first in (1, 5)]
        for spec in specs:
            await engine.start(spec, SECRETS)
        for spec in specs:
            await engine.wait(spec.id)
        assert not bench.sessions.jumps["bastion"].is_lost
        await engine.close()
        assert bench.sessions.jumps["bastion"].is_lost

    run(main())
    assert [what for _, name, what in bench.sessions.log if name == "bastion"] == ["connect", "login", "close"]


def test_a_stop_ends_a_job_that_waits_for_a_jump() -> None:
    """Nothing of it is tried any more, and the next try does not happen."""
    actions: list[Mapping[str, Any]] = [{"at": 5, "do": "stop", "stop": "running"}]
    spec = jumping(behind(5))
    outcome = run_job(spec, {"bastion": Script(failures={0: FailureKind.REFUSED})}, actions=actions)
    assert set(states(outcome).values()) == {"skipped"}
    assert len(reached(outcome, "bastion")) == 1
