"""Stopping a job: three ways, and what each does to what runs and to what is open."""

from paceline.model.control import Stop
from paceline.model.event import StopKind
from paceline.model.status import JobStatus
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many

_RANK: dict[StopKind | None, int] = {None: 0, "batch": 1, "running": 2, "now": 3}


def stop_dialog(status: JobStatus, by: str) -> ChoiceDialog[Stop | None]:
    """The ways that are left: a job that stops already can only be stopped harder."""
    running, granted = len(status.in_flight), len(status.granted)
    open_devices = status.total - status.ended - running - granted
    left = (
        f"{many(open_devices, 'device')} that {'has' if open_devices == 1 else 'have'} not begun can be run again later"
    )
    ways: list[Answer[Stop | None]] = [
        Answer(
            "After this batch",
            f"{many(running + granted, 'device')} of this batch end first; {left}",
            Stop(stop="batch", by=by),
        ),
        Answer(
            "After the running devices",
            f"{many(running, 'device')} in flight end first" + (f"; {granted} granted do not begin" if granted else ""),
            Stop(stop="running", by=by),
        ),
        Answer(
            "Now",
            f"cancels {many(running, 'device')} in flight; their commands may be cut off",
            Stop(stop="now", by=by),
            is_dangerous=True,
        ),
    ]
    ways = [way for way in ways if way.value is not None and _RANK[way.value.stop] > _RANK[status.stop]]
    return ChoiceDialog(
        f"Stop {status.name}?",
        [f"{status.ended} of {many(status.total, 'device')} have ended; what they gave is kept."],
        [Answer("Do not stop", "nothing changes", None), *ways],
    )
