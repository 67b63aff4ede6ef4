"""Which durations of a job are kept for later forecasts: commands and logins that succeeded, first failures."""

from collections.abc import Sequence
from datetime import datetime

from paceline.model import event as ev
from paceline.model.duration import FAILED, LOGIN, UNREACHABLE
from paceline.model.job import JobSpec, Target
from paceline.model.states import CommandState, DeviceState
from paceline.model.time import seconds_between

Row = tuple[str, str, str, str, float]
"""Platform, command, device, at, seconds: as the table has them."""
_FAILURES = {
    DeviceState.UNREACHABLE: UNREACHABLE,
    DeviceState.FAILED: FAILED,
    DeviceState.PARTIAL: FAILED,
    DeviceState.UNKNOWN: FAILED,
}


class JobDurations:
    """Gathers one job's, from its events in their order. Failures count once per device: a retry is no news."""

    def __init__(self, spec: JobSpec) -> None:
        self._targets = spec.targets_by_name
        self._begun: dict[str, datetime] = {}
        self._judged: set[str] = set()
        self._doors = LoginDoors(spec)

    def rows(self, events: Sequence[ev.JobEvent]) -> list[Row]:
        """What these events add."""
        found: list[Row] = []
        for event in events:
            if isinstance(event, ev.AttemptStarted):
                self._begun[event.device] = event.at
            elif isinstance(event, ev.Connected):
                self._doors.reach(self._targets[event.device], event.at)
            elif isinstance(event, ev.LoggedIn):
                waited_s = self._doors.leave(self._targets[event.device], event.at)
                took = self._since(event)
                self._add(found, event, LOGIN, None if took is None else max(0.0, took - waited_s))
            elif isinstance(event, ev.CommandEnded) and event.state is CommandState.SUCCEEDED:
                self._add(found, event, event.command, event.seconds)
            elif isinstance(event, ev.AttemptEnded):
                if event.state in _FAILURES and event.device not in self._judged:
                    self._add(found, event, _FAILURES[event.state], self._since(event))
                if event.state is not DeviceState.PENDING:
                    self._judged.add(event.device)
                self._begun.pop(event.device, None)
                self._doors.leave(self._targets[event.device], event.at)
        return found

    def _since(self, event: ev.LoggedIn | ev.AttemptEnded) -> float | None:
        """None where the engine that began the attempt had died."""
        begun = self._begun.get(event.device)
        return None if begun is None else max(0.0, seconds_between(begun, event.at))

    def _add(
        self, found: list[Row], event: ev.LoggedIn | ev.AttemptEnded | ev.CommandEnded, what: str, took: float | None
    ) -> None:
        if took is not None:
            platform = self._targets[event.device].platform
            found.append((platform, what, event.device, event.at.isoformat(), took))


class LoginDoors:
    """How long logins waited for each other: the first of an account goes alone, the first of a domain too, then few.

    Read from when devices connected and logged in, because a session does not tell when its turn came.
    """

    def __init__(self, spec: JobSpec) -> None:
        self._spec = spec
        self._first: dict[str, datetime] = {}
        self._came: dict[tuple[str, str], int] = {}
        self._left: dict[tuple[str, str], list[datetime]] = {}
        self._inside: dict[str, tuple[int, datetime]] = {}

    def reach(self, target: Target, at: datetime) -> None:
        """A device is connected, and wants to log in."""
        door = self._door(target)
        number = self._came[door] = self._came.get(door, -1) + 1
        self._inside[target.device.name] = (number, at)

    def leave(self, target: Target, at: datetime) -> float:
        """Its login has ended; returns the seconds it had to wait for its turn."""
        number, reached = self._inside.pop(target.device.name, (-1, at))
        if number < 0:
            return 0.0
        door, turn = self._door(target), reached
        credential = self._spec.credentials[target.credential]
        has_password = bool(credential.uses_password or credential.enable)
        gates, pace = self._spec.gates, self._spec.pace
        at_once = min(pace.logins, gates.rejected_logins) if has_password else pace.logins
        left = self._left.setdefault(door, [])
        if has_password and target.credential in self._first:
            turn = max(turn, self._first[target.credential])
        if left and (number >= at_once or (has_password and number)):
            turn = max(turn, left[min(max(0, number - at_once), len(left) - 1)])
        self._first.setdefault(target.credential, at)
        left.append(at)
        return max(0.0, seconds_between(reached, min(turn, at)))

    @staticmethod
    def _door(target: Target) -> tuple[str, str]:
        return target.credential, target.device.aaa_domain
