"""A gate holds the job: what happened, to how many, and what each answer does."""

from collections.abc import Sequence

from textual import events

from paceline.model.control import Answer as GateAnswer
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import Question
from paceline.model.text import printable
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import clock, many

_NAMES = {
    "rejected_logins": "logins are rejected",
    "max_unreachable": "devices are unreachable",
    "max_failures": "too many devices did not succeed",
    "canary": "the first devices have ended",
    "auth_timeouts": "logins are not answered",
    "credential_gone": "a login is gone",
}
_GO_ON = {
    "rejected_logins": "devices start again; the next rejected logins may lock the account",
    "max_unreachable": "devices start again; the count of unreachable ones in a row begins anew",
    "max_failures": "devices start again; those that did not succeed so far no longer count",
    "canary": "the rest starts at the job's pace",
    "auth_timeouts": "these devices log in again; the AAA server is asked once more",
    "credential_gone": "sign in first: the login is looked at again, and these devices go on once it is there",
}


GRACE_S = 1.0
"""How long a dialog that nobody asked for throws keys away: they were meant for what it covers."""


class GateDialog(ChoiceDialog[GateAnswer | None]):
    """The question; one that `opened_by_itself` takes its first key a moment later."""

    def __init__(self, title: str, text: Sequence[str], answers: Sequence[Answer[GateAnswer | None]]) -> None:
        super().__init__(title, text, answers)
        self.opened_by_itself = False
        self._mounted_at = 0.0

    def on_mount(self) -> None:
        """The moment counts from here."""
        super().on_mount()
        self._mounted_at = events.Event().time

    def accepts(self, key: events.Key) -> bool:
        """Whether a key was meant for it."""
        is_early = self.opened_by_itself and key.time < self._mounted_at + GRACE_S
        return super().accepts(key) and not is_early


def gate_dialog(status: JobStatus, question: Question, by: str) -> GateDialog:
    """The question. `None`: the job stays held."""
    counts, running = status.counts, len(status.in_flight)
    bad = [
        state for state in (DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.PARTIAL) if counts.get(state, 0)
    ]
    so_far = ", ".join(f"{counts[state]} {state.value}" for state in bad) or "none in trouble"
    message = printable(question.message)
    is_risky = question.gate == "rejected_logins"
    held = status.name if question.is_whole else f"A part of {status.name}"
    return GateDialog(
        f"{held} is held: {_NAMES.get(question.gate, question.gate)}",
        [
            f"{message[:1].upper()}{message[1:]}.",
            f"Since {clock(question.since)}. {status.ended} of {many(status.total, 'device')} have ended ({so_far}).",
        ],
        [
            Answer("Leave it held", _left_held(question, running), None),
            Answer(
                "Go on",
                _GO_ON.get(question.gate, "devices start again at the job's pace"),
                GateAnswer(question=question.id, answer="go_on", by=by),
                is_dangerous=is_risky,
            ),
            _stop(question, GateAnswer(question=question.id, answer="stop", by=by)),
        ],
    )


def _left_held(question: Question, running: int) -> str:
    if not question.is_whole:
        return "nothing of this part starts; the other devices go on"
    return f"nothing new starts; {many(running, 'device')} in flight go on to the end"


def _stop(question: Question, answer: GateAnswer) -> Answer[GateAnswer | None]:
    if not question.is_whole:
        return Answer("Leave these devices out", "the others go on; these can be run again later", answer)
    return Answer("Stop the job", "what runs goes on to the end; what is open can be run again later", answer)
