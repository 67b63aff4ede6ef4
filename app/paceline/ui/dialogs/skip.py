"""Leaving devices out of a running job."""

from collections.abc import Sequence

from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many


def skip_dialog(status: JobStatus, device: str, pending: Sequence[str]) -> ChoiceDialog[tuple[str, ...]]:
    """Which devices to skip: this one, or all pending ones that the table shows (empty: no such answer)."""
    state = status.devices[device].state
    is_running = state in (DeviceState.RUNNING, DeviceState.CONNECTING)
    answers: list[Answer[tuple[str, ...]]] = [Answer("Skip nothing", "nothing changes", ())]
    if is_running:
        effect = "it is cancelled; the command in flight may be cut off"
        answers.append(Answer(f"Skip {device}", effect, (device,), is_dangerous=True))
    elif not state.is_final:
        answers.append(Answer(f"Skip {device}", "it does not start in this job", (device,)))
    if pending:
        answers.append(
            Answer(
                f"Skip {many(len(pending), 'pending device')} shown", "none of them starts in this job", tuple(pending)
            )
        )
    text = [f"{device} is {state.value}." + (" It has ended: there is nothing to skip." if state.is_final else "")]
    return ChoiceDialog("Skip devices?", text, answers)
