"""Holds on logins and jump hosts, carried out in one job: what is held waits, what is not goes on."""

import asyncio
from collections.abc import Iterable
from typing import Any

from paceline.engine.jumps import Trouble
from paceline.engine.run_state import RunState
from paceline.model import event as ev
from paceline.model.states import DeviceState
from paceline.model.tally import Question
from paceline.model.time import after

LIFTED = "nothing holds these logins any more"


def mind_logins(run: RunState) -> None:
    """Ask about each new hold, and withdraw what another job's answer has settled."""
    if not run.logins.has_changed():
        return
    holds = {
        (hold.gate, hold.credentials, hold.domain): hold
        for hold in run.logins.held_now([*run.ledger.names(), *run.granted])
    }
    for question, asked in list(run.logins.open.values()):
        if holds.pop((asked.gate, asked.credentials, asked.domain), None) is None:
            del run.logins.open[question.id]
            run.emit(ev.JobAnswered, question=question.id, answer="go_on", why=LIFTED, next_due=run.next_due())
            release(run, question)
    for hold in holds.values():
        run.holds += 1
        question = Question(
            f"{hold.gate}-{run.holds}", hold.gate, hold.message, run.now(), hold.credentials, hold.domain
        )
        run.logins.open[question.id] = (question, hold)
        run.emit(
            ev.JobHeld,
            question=question.id,
            gate=hold.gate,
            message=hold.message,
            credentials=hold.credentials,
            domain=hold.domain,
        )
        _set_aside(run, question)


def mind_jumps(run: RunState) -> None:
    """Have the devices behind a jump host that fails wait, go on when it is there, and end when it is given up."""
    for way in run.jumps.take_opened():
        run.emit(ev.JumpOpened, way=way, name=way.rpartition(",")[2])
    clock = asyncio.get_running_loop().time
    for way, trouble in run.jumps.news():
        if trouble is None:
            run.emit(ev.JumpFreed, way=way)
            freed = run.jumps.behind(way, run.ledger.names())
            run.ledger.release([name for name in freed if not run.is_held(run.target(name))])
            continue
        run.emit(
            ev.JumpHeld,
            way=way,
            name=trouble.way[-1].name,
            failure=trouble.failure,
            message=trouble.message,
            tries=trouble.tries,
            cause=trouble.cause if trouble.job in ("", run.spec.id) else None,
            retry_at=None if trouble.due is None else after(run.now(), max(0.0, trouble.due - clock())),
        )
        leave_batch(run, list(run.jumps.behind(way, run.granted)))
        waiting = list(run.jumps.behind(way, run.ledger.names()))
        if trouble.due is not None:
            run.ledger.hold(waiting)
        else:
            for name in waiting:
                leave_unreachable(run, name, trouble)


def set_country_aside(run: RunState, country: str) -> None:
    """None of a paused country's devices begins, or is granted; what was granted leaves its batch."""
    leave_batch(run, [name for name in run.granted if run.target(name).device.country == country])
    run.ledger.hold(_open_in(run, country))


def free_country(run: RunState, country: str) -> None:
    """Its devices are eligible again, but for those that something else holds."""
    run.ledger.release(name for name in _open_in(run, country) if not run.is_held(run.target(name)))


def _open_in(run: RunState, country: str) -> list[str]:
    return [name for name in run.ledger.names() if run.target(name).device.country == country]


def leave_unreachable(run: RunState, name: str, trouble: Trouble) -> None:
    """Settle a device whose jump host was given up; the sweep may try it once more."""
    run.ledger.drop(name)
    device = run.status.devices[name]
    run.emit(
        ev.DeviceSkipped,
        device=name,
        country=device.country,
        attempt=run.attempts.get(name, 0),
        state=DeviceState.UNREACHABLE,
        failure=trouble.failure,
        message=trouble.message,
    )
    run.gates.note_end(DeviceState.UNREACHABLE)
    if trouble.may_sweep:
        run.unreachable[name] = asyncio.get_running_loop().time()


def _set_aside(run: RunState, question: Question) -> None:
    """Devices that were granted and have not begun leave their batch; none of the open ones is granted again."""
    leave_batch(run, list(run.logins.covered(question, run.granted)))
    run.ledger.hold(run.logins.covered(question, run.ledger.names()))


def leave_batch(run: RunState, names: Iterable[str]) -> None:
    """Granted devices that have not begun are pending again."""
    for name in names:
        run.granted.remove(name)
        run.give_back(name)
        run.gates.revoke_grant()
        run.ledger.put_back(name, 0.0)


def release(run: RunState, question: Question) -> None:
    """The devices of a settled question are eligible again, but for those that another one holds."""
    names = run.logins.covered(question, run.ledger.names())
    run.ledger.release(name for name in names if not run.is_held(run.target(name)))


def answer_hold(run: RunState, question: Question, answer: str, who: dict[str, Any]) -> int:
    """Go on with these logins, or leave their devices out; returns the number of the last event."""
    seq = run.emit(ev.JobAnswered, question=question.id, answer=answer, next_due=run.next_due(), **who)
    if answer == "go_on":
        run.logins.lift(question.id)
        release(run, question)
        return seq
    return give_up(run, run.logins.give_up(question.id), who["why"]) or seq


def give_up(run: RunState, question: Question, why: str = "") -> int:
    """Leave out the open devices of a question; 0 when there is none."""
    seq = 0
    for name in list(run.logins.covered(question, run.ledger.names())):
        seq = run.leave_out(name, why or question.message)
    for name in list(run.logins.covered(question, run.unreachable)):
        del run.unreachable[name]
    return seq
