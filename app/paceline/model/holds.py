"""Open questions of a job, and which devices they hold: the part of `JobStatus.apply` that folds gates."""

from typing import TYPE_CHECKING

from paceline.model import event as ev
from paceline.model.states import DeviceState, JobState
from paceline.model.tally import Question, Touched

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
        found = next((question.id for question in asked if question.covers(target)), "")
        if device.hold != found:
            device.hold = found
            changed.append(device.name)
        if found:
            status.held_pending += device.state is DeviceState.PENDING
            status.granted.pop(device.name, None)
    return Touched(tuple(changed), ())


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
