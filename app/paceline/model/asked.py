"""What devices ask at a login beyond a password: folded into the status, and how an answer is handed over."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paceline.model import event as ev
from paceline.model.secret import MissingSecretError, Secret, Secrets
from paceline.model.tally import Touched

if TYPE_CHECKING:
    from paceline.model.status import JobStatus

PREFIX = "login-"
"""The ids of these questions begin so; those of gates do not."""


def ask(status: "JobStatus", event: ev.LoginAsked) -> Touched:
    """A login waits for the operator."""
    status.asked[event.question] = event
    return _phase(status, event.device, "code")


def answer(status: "JobStatus", event: ev.LoginAnswered) -> Touched:
    """It waits no longer."""
    if status.asked.pop(event.question, None) is None:
        return Touched(())
    return _phase(status, event.device, "login")


def _phase(status: "JobStatus", name: str, phase: str) -> Touched:
    """A jump host asks too, and is no device of the job."""
    device = status.devices.get(name)
    if device is None:
        return Touched((), ())
    device.phase = phase
    return Touched((name,), ())


def forget(status: "JobStatus", device: str) -> None:
    """Its attempt has ended, whatever it still asked."""
    status.asked = {key: event for key, event in status.asked.items() if event.device != device}


def answers_to(question: str, values: Sequence[str]) -> Secrets:
    """What the operator typed, one value per prompt, as `Engine.supply` takes it."""
    return Secrets({f"{question}:{number}": Secret(value) for number, value in enumerate(values, 1)})


def answers_in(question: str, secrets: Secrets, count: int) -> tuple[Secret, ...] | None:
    """The answers to the `count` prompts of a question; None when one is missing."""
    try:
        return tuple(secrets.get(f"{question}:{number}") for number in range(1, count + 1))
    except MissingSecretError:
        return None
