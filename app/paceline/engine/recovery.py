"""A job whose engine died, taken up again: what it remembered is rebuilt from what its journal says."""

import asyncio
from datetime import UTC, datetime

from paceline.engine.run_state import RunState
from paceline.model import event as ev
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
    run.has_swept = run.is_sweeping = status.sweeping
    _restore_pacer(run, now)
    _restore_devices(run, now)
    _restore_gates(run)
    run.is_paused = status.state is JobState.PAUSED
    run.question, run.holds = status.question, status.holds
    run.stop, run.stop_why = status.stop, status.why if status.stop else ""
    if status.stopped_by_gate and run.stop is None:
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
        if device.attempt:
            run.gates.note_grant(1)
        if not device.state.is_final or not device.attempt:
            continue
        if device.commands is not None or device.state in (DeviceState.SUCCEEDED, DeviceState.PARTIAL):
            run.gates.note_login()
        run.gates.note_attempt(run.target(device.name).device, device.state, device.failure, device.message)
        run.gates.note_end(device.state)
    for _, gate in answers:
        run.gates.answered(gate)


def _ended_at(device: DeviceStatus) -> datetime:
    return device.finished_at or _LAST
