"""A job whose engine died, taken up again: what it remembered is rebuilt from what its journal says."""

import asyncio

from paceline.engine.run_state import RunState
from paceline.model import event as ev
from paceline.model.states import DeviceState, JobState
from paceline.model.time import seconds_between
from paceline.plan.pacer import Pacer

INTERRUPTED = "the engine that ran this job had ended"


async def recover(run: RunState) -> None:
    """Tell the interruption, durably, then rebuild the working memory from the status."""
    await run.shared.publisher.durable(run.emit(ev.JobInterrupted, message=INTERRUPTED))
    status, now = run.status, asyncio.get_running_loop().time()
    run.batch, run.pace = status.batch_number, status.pace
    run.has_swept = run.is_sweeping = status.sweeping
    _restore_pacer(run, now)
    _restore_devices(run, now)
    run.is_paused = status.state is JobState.PAUSED
    run.question = status.question
    if status.question is not None:
        run.holds = int(status.question.id.rpartition("-")[2])
    run.stop, run.stop_why = status.stop, status.why if status.stop else ""


def _restore_pacer(run: RunState, now: float) -> None:
    """Waits go by the loop's clock; only the last grant's wall time is left to start from."""
    status = run.status
    run.pacer = Pacer(status.pace.devices_per_hour)
    if status.batch_started_at is not None:
        run.pacer.restore(now, seconds_between(status.batch_started_at, run.now()), status.batch_n)


def _restore_devices(run: RunState, now: float) -> None:
    for device in run.status.devices.values():
        run.attempts[device.name] = device.attempt
        if device.attempt:
            run.gates.note_grant(1)
        if device.state.is_final:
            run.ledger.drop(device.name)
            run.gates.note_end(device.state)
            if device.state is DeviceState.UNREACHABLE:
                run.unreachable[device.name] = now
        elif device.retry_at is not None:
            wait_s = seconds_between(run.now(), device.retry_at)
            run.ledger.put_back(device.name, now + min(max(wait_s, 0.0), run.spec.retries.backoff_s))
