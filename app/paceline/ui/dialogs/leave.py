"""Leaving while a job runs: what each way does to it."""

from collections.abc import Sequence

from paceline.model.event import StopKind
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many
from paceline.ui.live import LiveJob

LEAVE_ID = "leave"
STAY: Answer[StopKind | None] = Answer("Stay", "nothing changes", None)


def leave_dialog(running: Sequence[LiveJob]) -> ChoiceDialog[StopKind | None]:
    """The question. `None`: stay. A job belongs to this process, so it cannot go on without the screens."""
    in_flight = sum(len(job.status.in_flight) for job in running)
    open_devices = sum(job.status.total - job.status.ended for job in running)
    name = running[0].status.name if len(running) == 1 else f"{len(running)} jobs"
    verb = "runs" if len(running) == 1 else "run"
    text = [
        f"{name} {verb}: {many(in_flight, 'device')} in flight, {open_devices} not ended.",
        "It ends with the screens. What has ended is kept either way.",
    ]
    dialog: ChoiceDialog[StopKind | None] = ChoiceDialog(
        "Leave Paceline?",
        text,
        [
            STAY,
            Answer(
                "Stop after the running devices, then leave",
                "nothing new starts; the screens close when the last one has ended",
                "running",
            ),
            Answer(
                "Stop now and leave", "cancels what runs; the open devices can be run again from History", "now",
                is_dangerous=True,
            ),
        ],
    )  # fmt: skip
    dialog.id = LEAVE_ID
    return dialog


def suspend_dialog(running: Sequence[LiveJob]) -> ChoiceDialog[bool]:
    """The question before the whole process stops, sessions and all."""
    in_flight = sum(len(job.status.in_flight) for job in running)
    return ChoiceDialog(
        "Suspend with a job running?",
        [
            f"The job is part of this process: {many(in_flight, 'device')} in flight would hang until you come back,",
            "and may hang up meanwhile. Another terminal, or tmux, leaves it running.",
        ],
        [
            Answer("Stay", "nothing changes", value=False),
            Answer("Suspend", "back to the shell; `fg` goes on", value=True, is_dangerous=True),
        ],
    )
