"""What holds devices of a job, questions and jump hosts: the part of `JobStatus.apply` that folds them."""

from typing import TYPE_CHECKING

from paceline.model import event as ev
from paceline.model.job import Target
from paceline.model.states import DeviceState, JobState
from paceline.model.tally import DeviceStatus, JumpTrouble, Question, Touched

if TYPE_CHECKING:
    from paceline.model.status import JobStatus


def hold(status: "JobStatus", event: ev.JobHeld) -> Touched:
    """A gate asks."""
    question = Question(event.question, event.gate, event.message, event.at, event.credentials, event.domain)
    status.questions[question.id] = question
    status.holds += 1
    if not question.is_whole:
        return mark_held(status)
    status.resumed_state = JobState.PAUSED if status.state is JobState.PAUSED else JobState.RUNNING
    if status.state is not JobState.STOPPING:
        status.state = JobState.HELD
    status.why = event.message
    return Touched()


def answer(status: "JobStatus", event: ev.JobAnswered) -> Touched:
    """A gate is answered."""
    question = status.questions.pop(event.question, None)
    status.stopped_by_gate = status.stopped_by_gate or event.answer == "stop"
    status.next_due = event.next_due or status.next_due
    if question is None:
        return Touched()
    if event.answer == "go_on":
        status.answered[question.gate] = event.at
    if not question.is_whole:
        (status.lifted if event.answer == "go_on" else status.given_up).append((event.at, question))
    if status.state is JobState.HELD:
        status.state, status.why = status.resumed_state, event.why
    return Touched() if question.is_whole else mark_held(status)


def withdraw_all(status: "JobStatus") -> None:
    """A stop settles what gates asked."""
    if status.questions:
        status.questions = {}
        mark_held(status)


def mark_held(status: "JobStatus") -> Touched:
    """Say of each device which question holds it. One that was granted and has not begun leaves its batch."""
    spec = status.spec
    assert spec is not None
    asked = [question for question in status.questions.values() if not question.is_whole]
    changed: list[str] = []
    status.held_pending = 0
    for target in spec.targets:
        device = status.devices[target.device.name]
        found = next((question.id for question in asked if question.covers(target, spec)), "")
        if device.hold != found:
            device.hold = found
            changed.append(device.name)
        if found:
            status.held_pending += device.state is DeviceState.PENDING
            status.granted.pop(device.name, None)
    return Touched(tuple(changed), ())


def hold_jump(status: "JobStatus", event: ev.JumpHeld) -> Touched:
    """A jump host fails. A device behind it that was granted and has not begun leaves its batch."""
    trouble = JumpTrouble(event.way, event.name, event.failure, event.message, event.tries, event.retry_at)
    status.jumps[event.way] = trouble
    for name in [name for name in status.granted if trouble.is_before(_jump_of(status, name))]:
        del status.granted[name]
    return Touched(None, ())


def free_jump(status: "JobStatus", event: ev.JumpFreed) -> Touched:
    """A jump host is there again."""
    status.jumps.pop(event.way, None)
    return Touched(None, ())


def jump_trouble(status: "JobStatus", device: DeviceStatus) -> JumpTrouble | None:
    """The failing jump host that a pending device waits for."""
    if not status.jumps or device.state is not DeviceState.PENDING:
        return None
    jump = _jump_of(status, device.name)
    return next((trouble for trouble in status.jumps.values() if trouble.is_before(jump)), None) if jump else None


def targets_without_session(status: "JobStatus") -> list[Target]:
    """The devices that wait for a grant or for what holds them, and those that are connecting."""
    devices = status.devices
    targets = status.spec.targets if status.spec else ()
    early = (DeviceState.PENDING, DeviceState.CONNECTING)
    return [target for target in targets if devices[target.device.name].state in early]


def jumps_in_trouble(status: "JobStatus") -> list[tuple[JumpTrouble, int]]:
    """Each failing jump host, with how many devices wait for it; 0 for one that was given up."""
    if not status.jumps:
        return []
    jumps = [target.device.jump for target in targets_without_session(status)]
    return [
        (trouble, sum(trouble.is_before(jump) for jump in jumps) if trouble.retry_at else 0)
        for trouble in status.jumps.values()
    ]


def waits_for_jump(status: "JobStatus") -> tuple[JumpTrouble, int] | None:
    """The failing jump host that most devices wait for, and how many these are; None where none does."""
    waited = [pair for pair in jumps_in_trouble(status) if pair[1]]
    return max(waited, key=lambda pair: pair[1]) if waited and not status.state.is_final else None


def _jump_of(status: "JobStatus", device: str) -> str:
    return status.spec.targets_by_name[device].device.jump if status.spec else ""


def weigh(status: "JobStatus") -> bool:
    """Whether the job's state changed: it is held as a whole once nothing but held devices is open."""
    question = status.question
    if question is None or question.is_whole:
        return False
    pending = status.counts.get(DeviceState.PENDING, 0)
    is_stuck = pending == status.held_pending > 0 and not status.in_flight and not status.granted
    if is_stuck and status.state in (JobState.RUNNING, JobState.WAITING):
        status.state, status.why, status.resumed_state = JobState.HELD, question.message, JobState.RUNNING
    elif not is_stuck and status.state is JobState.HELD:
        status.state, status.why = JobState.RUNNING, ""
    else:
        return False
    return True
