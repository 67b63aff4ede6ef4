"""A job as the screens see it: its status, and what each screen has not drawn yet."""

from dataclasses import dataclass, field

from paceline.engine.ports import AnyEvent
from paceline.model.status import JobStatus
from paceline.model.tally import Touched


@dataclass(slots=True)
class Changes:
    """What changed since a screen last looked. Names of devices and codes of countries; `everything`: draw it anew."""

    devices: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    job: bool = False
    everything: bool = True

    def __bool__(self) -> bool:
        return self.everything or self.job or bool(self.devices) or bool(self.countries)

    def add(self, touched: Touched) -> None:
        """Note what an event touched."""
        if touched.devices is None or touched.countries is None:
            self.everything = True
        else:
            self.devices.update(touched.devices)
            self.countries.update(touched.countries)
        self.job = self.job or touched.job

    def take(self) -> "Changes":
        """All of it, and begin anew."""
        taken = Changes(self.devices, self.countries, self.job, self.everything)
        self.devices, self.countries, self.job, self.everything = set(), set(), False, False
        return taken


class LiveJob:
    """The one job on the screens. Handlers fold events in; screens take their changes when they draw."""

    def __init__(self, status: JobStatus, *, is_live: bool = True) -> None:
        self.status = status
        self.is_live = is_live
        """Whether an engine of ours runs it: only then can it be paused or stopped from here."""
        self.is_lost = False
        """Whether it was followed until what ran it went away."""
        self._watchers: list[Changes] = []

    @property
    def id(self) -> str:
        """The job's id."""
        return self.status.id

    def lose(self) -> None:
        """What ran it went away: from here on nothing is heard of it."""
        self.is_live, self.is_lost = False, True
        for watcher in self._watchers:
            watcher.job = True

    def watch(self) -> Changes:
        """Changes of the caller's own, which begin with everything."""
        changes = Changes()
        self._watchers.append(changes)
        return changes

    def unwatch(self, changes: Changes) -> None:
        """End a watch; one that has ended is ignored."""
        self._watchers = [watcher for watcher in self._watchers if watcher is not changes]

    def fold(self, event: AnyEvent) -> Touched:
        """Apply one event. Raises SequenceError on a gap."""
        touched = self.status.apply(event)
        for watcher in self._watchers:
            watcher.add(touched)
        return touched
