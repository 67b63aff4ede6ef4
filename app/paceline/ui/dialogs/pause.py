"""Pausing a job, and letting it go on."""

from paceline.model.control import Pause, Resume
from paceline.model.status import JobStatus
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many


def pause_dialog(status: JobStatus, by: str) -> ChoiceDialog[Pause | None]:
    """No new devices; what runs goes on to its end."""
    running = len(status.in_flight)
    still = f"{many(running, 'device')} that {'run' if running != 1 else 'runs'} now {'go' if running != 1 else 'goes'}"
    drains = f"nothing new starts; the {still} on to the end" if running else "nothing new starts"
    return ChoiceDialog(
        f"Pause {status.name}?",
        [f"{status.total - status.ended} of {many(status.total, 'device')} have not ended."],
        [
            Answer("Go on", "nothing changes", None),
            Answer("Pause", drains, Pause(by=by)),
        ],
    )


def resume_dialog(status: JobStatus, by: str) -> ChoiceDialog[Resume | None]:
    """New devices start again, at the job's pace."""
    rate = f" at {status.pace.devices_per_hour:g} devices per hour" if status.pace.devices_per_hour else ""
    size = status.pace.batch_size or status.total
    how = f"{size} at once" if status.pace.mode == "rolling" else f"batches of {size}"
    return ChoiceDialog(
        f"Resume {status.name}?",
        [f"It is {status.why}.", f"{status.total - status.ended} of {many(status.total, 'device')} have not ended."],
        [
            Answer("Leave it paused", "nothing changes", None),
            Answer("Resume", f"devices start again, {how}{rate}; a pause earns no credit", Resume(by=by)),
        ],
    )
