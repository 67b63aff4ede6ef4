"""What happened to a job while nobody looked: a fold over the events from there on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from paceline.model import event as ev
from paceline.model.states import DeviceState, JobState


@dataclass(slots=True)
class Held:
    """A time in which a job started nothing."""

    since: datetime
    until: datetime | None = None
    """None: it still is."""
    word: str = "held"


@dataclass(slots=True)
class Since:
    """From when the operator left on."""

    left_at: datetime
    ended: dict[str, DeviceState] = field(default_factory=dict)
    """Devices that ended, by name, as they ended last."""
    holds: list[Held] = field(default_factory=list)
    became: JobState | None = None
    """How the job ended, if it did."""

    def count(self, state: DeviceState) -> int:
        """How many devices ended so."""
        return sum(found is state for found in self.ended.values())

    def __bool__(self) -> bool:
        return bool(self.ended or self.holds or self.became)


def fold_since(left_at: datetime, events: Iterable[object]) -> Since:
    """The fold. Events may be those of any part of a job."""
    since, open_holds = Since(left_at), dict[str, Held]()
    for event in events:
        match event:
            case ev.AttemptEnded() | ev.DeviceSkipped():
                _ended(since, event)
            case ev.JobHeld():
                since.holds.append(open_holds.setdefault(event.question, Held(event.at)))
            case ev.JobAnswered():
                _close(open_holds, event.question, event.at)
            case ev.JobPaused():
                since.holds.append(open_holds.setdefault(_PAUSED, Held(event.at, word="paused")))
            case ev.JobResumed():
                _close(open_holds, _PAUSED, event.at)
            case ev.JobFinished():
                since.became = event.state
                for question in list(open_holds):
                    _close(open_holds, question, event.at)
    return since


_PAUSED = ""


def _ended(since: Since, event: ev.AttemptEnded | ev.DeviceSkipped) -> None:
    retries = isinstance(event, ev.AttemptEnded) and event.retry_at is not None
    if event.state.is_final and not retries:
        since.ended[event.device] = event.state
    else:
        since.ended.pop(event.device, None)


def _close(holds: dict[str, Held], question: str, at: datetime) -> None:
    if (hold := holds.pop(question, None)) is not None:
        hold.until = at
