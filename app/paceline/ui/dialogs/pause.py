"""Pausing a job or one of its countries, and letting it go on."""

from collections.abc import Sequence
from typing import Any

from paceline.model.control import Pause, PauseCountry, Resume, ResumeCountry
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many

Pausing = Pause | PauseCountry | ResumeCountry
Resuming = Resume | ResumeCountry


def pause_dialog(status: JobStatus, by: str, countries: Sequence[str] = ()) -> ChoiceDialog[Pausing | None]:
    """No new devices, in the job or in one of `countries`; what runs goes on to its end. Paused ones may go on."""
    running = len(status.in_flight)
    still = f"{many(running, 'device')} that {'run' if running != 1 else 'runs'} now {'go' if running != 1 else 'goes'}"
    drains = f"nothing new starts; the {still} on to the end" if running else "nothing new starts"
    answers: list[Answer[Pausing | None]] = [
        Answer("Go on", "nothing changes", None),
        Answer("Pause", drains, Pause(by=by)),
    ]
    for code in dict.fromkeys(countries):
        left = _pending(status, code)
        if code not in status.paused_countries and left and len(status.countries) > 1:
            effect = f"{many(left, 'device')} there {'waits' if left == 1 else 'wait'}; the other countries go on"
            answers.append(Answer(f"Pause {code}", effect, PauseCountry(country=code, by=by)))
    answers += _back(status, by)
    return ChoiceDialog(
        f"Pause {status.name}?",
        [f"{status.total - status.ended} of {many(status.total, 'device')} have not ended."],
        answers,
    )


def resume_dialog(status: JobStatus, by: str) -> ChoiceDialog[Resuming | None]:
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
            *_back(status, by),
        ],
    )


def _back(status: JobStatus, by: str) -> list[Answer[Any]]:
    return [
        Answer(f"Resume {code}", f"{why}; {many(_pending(status, code), 'device')} to start", ResumeCountry(
            country=code, by=by
        ))
        for code, why in status.paused_countries.items()
    ]  # fmt: skip


def _pending(status: JobStatus, country: str) -> int:
    return status.countries[country].by_state.get(DeviceState.PENDING, 0)
