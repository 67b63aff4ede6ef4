"""Leaving while a job runs: what each way does to it."""

from collections.abc import Sequence
from typing import Literal

from paceline.model.event import StopKind
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many
from paceline.ui.live import LiveJob

LEAVE_ID = "leave"
Leaving = StopKind | Literal["go_on"] | None
"""What becomes of the jobs; None: stay."""
STAY: Answer[Leaving] = Answer("Stay", "nothing changes", None)
GO_ON: Answer[Leaving] = Answer("Leave, it goes on without me", "`paceline attach` comes back to it", "go_on")


def leave_dialog(running: Sequence[LiveJob], *, jobs_outlive_us: bool = False) -> ChoiceDialog[Leaving]:
    """The question. Jobs of a service go on; one that belongs to this process ends with the screens."""
    in_flight = sum(len(job.status.in_flight) for job in running)
    open_devices = sum(job.status.total - job.status.ended for job in running)
    name = running[0].status.name if len(running) == 1 else f"{len(running)} jobs"
    verb = "runs" if len(running) == 1 else "run"
    text = [
        f"{name} {verb}: {many(in_flight, 'device')} in flight, {open_devices} not ended.",
        "It runs in the service, and needs no terminal."
        if jobs_outlive_us
        else "It ends with the screens. What has ended is kept either way.",
    ]
    dialog: ChoiceDialog[Leaving] = ChoiceDialog(
        "Leave Paceline?",
        text,
        [
            *([GO_ON] if jobs_outlive_us else []),
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
