"""A job whose engine died, taken up again: what it remembered is rebuilt from what its journal says."""

import asyncio
from datetime import UTC, datetime

from paceline.engine.holding import give_up, set_country_aside
from paceline.engine.run_state import RunState
from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState, JobState
from paceline.model.tally import DeviceStatus
from paceline.model.time import seconds_between
from paceline.plan.pacer import Pacer

_LAST = datetime.max.replace(tzinfo=UTC)
INTERRUPTED = "the engine that ran this job had ended"


async def recover(run: RunState) -> None:
    """Tell the interruption, durably, then rebuild the working memory from the status."""
    await run.shared.publisher.durable(run.emit(ev.JobInterrupted, message=INTERRUPTED))
    status, now = run.status, asyncio.get_running_loop().time()
    run.batch, run.pace = status.batch_number, status.pace
    run.caps.retune(status.pace)
    run.has_swept = run.is_sweeping = status.sweeping
    _restore_pacer(run, now)
    _restore_devices(run, now)
    _restore_gates(run)
    _restore_logins(run)
    run.is_paused = status.state is JobState.PAUSED
    run.holds = status.holds
    run.question = next((question for question in status.questions.values() if question.is_whole), None)
    run.stop, run.stop_why = status.stop, status.why if status.stop else ""
    run.window_closed = status.window_closed
    run.paused_countries = set(status.paused_countries)
    _restore_holds(run)
    for country in run.paused_countries:
        set_country_aside(run, country)
    if status.stopped_by_gate and not status.given_up and run.stop is None:
        # Killed between the answer and the stop that follows from it.
        run.stop, run.stop_why = "running", "a gate was answered with a stop"
        run.emit(ev.StopRequested, stop=run.stop, why=run.stop_why)


def _restore_pacer(run: RunState, now: float) -> None:
    """Waits go by the loop's clock; only the last grant's wall time is left to start from."""
    status = run.status
    run.pacer = Pacer(status.pace.devices_per_hour)
    if status.batch_started_at is not None:
        run.pacer.restore(now, seconds_between(status.batch_started_at, run.now()), status.batch_n)


def _restore_devices(run: RunState, now: float) -> None:
    for device in run.status.devices.values():
        run.attempts[device.name] = device.attempt
        run.held_attempts[device.name] = device.held_attempts
        if device.state.is_final:
            run.ledger.drop(device.name)
            if device.state is DeviceState.UNREACHABLE:
                run.unreachable[device.name] = now
        elif device.retry_at is not None:
            wait_s = seconds_between(run.now(), device.retry_at)
            run.ledger.put_back(device.name, now + min(max(wait_s, 0.0), run.spec.retries.backoff_s))


def _restore_gates(run: RunState) -> None:
    """Let the gates live through the job once more: an answer covers what had happened when it was given."""
    answers = sorted((at, gate) for gate, at in run.status.answered.items())
    for device in sorted(run.status.devices.values(), key=_ended_at):
        while answers and answers[0][0] < _ended_at(device):
            run.gates.answered(answers.pop(0)[1])
        if device.attempt > device.held_attempts:
            run.gates.note_grant(1)
        if not device.state.is_final or not device.attempt:
            continue
        if device.failure is not FailureKind.JUMP_FAILED:
            # Of a device behind a jump host that was given up nothing is known.
            run.gates.note_attempt(run.target(device.name).device, device.state)
        run.gates.note_end(device.state)
    for _, gate in answers:
        run.gates.answered(gate)


def _restore_logins(run: RunState) -> None:
    """Let the gate on logins live through them once more; what was in flight is open again, and nobody knows of it."""
    gate, lifted = run.shared.gate, list(run.status.lifted)
    for device in sorted(run.status.devices.values(), key=_ended_at):
        while lifted and lifted[0][0] < _ended_at(device):
            run.logins.recall_answer(lifted.pop(0)[1])
        target = run.target(device.name)
        account, domain = run.logins.account(target.credential), target.device.aaa_domain
        if device.commands is not None:
            gate.recall(account, domain, None, "")
        elif device.state.is_final and device.attempt and device.failure is not None:
            gate.recall(account, domain, device.failure, f"{device.name}: {device.message}")
    for _, question in lifted:
        run.logins.recall_answer(question)


def _restore_holds(run: RunState) -> None:
    """What was asked about logins is asked still, and what was given up stays so."""
    for question in run.status.questions.values():
        if not question.is_whole:
            run.logins.recall(question)
            run.ledger.hold(run.logins.covered(question, run.ledger.names()))
    for _, question in run.status.given_up:
        run.logins.given_up.append(question)
        if run.stop is None:
            give_up(run, question)


def _ended_at(device: DeviceStatus) -> datetime:
    return device.finished_at or _LAST
