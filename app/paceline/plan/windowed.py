"""The executor's schedule where devices have windows of the day: piece by piece, from one change of them to the next.

Between two changes the devices that may start are the same, and their schedule is that of any job. What it would start
after the change is put back, and planned again with what is open then.
"""

from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from math import hypot, isfinite

from paceline.model.daily import daily
from paceline.model.job import Pace
from paceline.model.time import after, seconds_between
from paceline.plan.pacer import SLACK_S, interval_s
from paceline.plan.rolling import Busy, rolling
from paceline.plan.roster import Lineup
from paceline.plan.schedule import Grants, Schedule, in_batches

WINDOW = "a window"
MOST_PIECES = 2_000
"""Changes that are looked at: years of a few windows. What has not started by then is taken to start at the last."""


@dataclass
class _Plan:
    """What is known so far. Times are seconds from `origin`."""

    lineup: Lineup
    pace: Pace
    origin: datetime
    due_s: float | None
    """When the rate allows a grant; None: nothing was granted yet."""
    free_s: float
    """When the running batch has ended."""
    busy: list[Busy]
    pending: list[int]
    starts: dict[int, float] = field(default_factory=dict)
    grants: list[int] = field(default_factory=list)
    """Devices of each."""
    waits: dict[str, float] = field(default_factory=dict)
    end_s: float = 0.0
    slack_s: float = 0.0
    """From the likely end of what is planned to the one that nine in ten runs meet."""

    def add(self, now: float, until: float) -> None:
        """Plan the piece from `now` on; only what starts before `until` counts."""
        is_open = {text: not text or daily(text).is_open(after(self.origin, now)) for text in set(self.lineup.windows)}
        places = [place for place in self.pending if is_open[self.lineup.windows[place]]]
        cost_s = interval_s(1, self.pace.devices_per_hour)
        if cost_s and isfinite(until):
            # More than the rate admits need not be looked at.
            places = places[: int((until - now) / cost_s) + 2 * max(1, self.pace.batch_size or len(places))]
        done = (self._roll if self.pace.mode == "rolling" else self._batch)(places, now, until) if places else 0.0
        self.pending = [place for place in self.pending if place not in self.starts]
        if self.pending and until > max(now, done):
            self.waits[WINDOW] = self.waits.get(WINDOW, 0.0) + until - max(now, done)

    def _batch(self, places: list[int], now: float, until: float) -> float:
        """Returns when the next grant could be given but for the windows."""
        begin_s = max(now, self.free_s)
        piece = in_batches(self.lineup.picked(places), self.pace, begin_s, self.due_s)
        size, taken = piece.size, 0
        for number, start in enumerate(piece.starts):
            if start >= until:
                self.free_s = start
                break
            members = places[number * size : (number + 1) * size]
            self.starts.update(dict.fromkeys(members, start))
            self._granted(start, len(members))
            taken += 1
        else:
            self.free_s = piece.end_s
        self._note(piece, taken / len(piece.starts), begin_s)
        return max(self.free_s, self.due_s or 0.0)

    def _granted(self, at: float, devices: int) -> None:
        self.grants.append(devices)
        if cost_s := interval_s(devices, self.pace.devices_per_hour):
            due = at if self.due_s is None else self.due_s
            self.due_s = max(due, at - min(SLACK_S, cost_s)) + cost_s

    def _roll(self, places: list[int], now: float, until: float) -> float:
        lineup = self.lineup.picked(places)
        busy = [Busy(one.rest_s - now, one.country, one.site) for one in self.busy if one.rest_s > now]
        piece = rolling(lineup, self.pace, busy, None if self.due_s is None else self.due_s - now)
        taken = [number for number, start in enumerate(piece.starts) if now + start < until]
        for number in taken:
            start, place = now + piece.starts[number], places[number]
            self.starts[place] = start
            self._granted(start, 1)
            self.busy.append(
                Busy(start + lineup.table[lineup.ranks[number]].mean_s, lineup.countries[number], lineup.sites[number])
            )
        self._note(piece, len(taken) / len(places), now, shift=now)
        width = self.pace.batch_size or len(self.lineup)
        ends = nlargest(width, (one.rest_s for one in self.busy))
        return max(self.due_s or 0.0, ends[-1] if len(ends) == width else now)

    def _note(self, piece: Schedule, share: float, begin_s: float, shift: float = 0.0) -> None:
        if not share:
            return
        for what, seconds in piece.waits.items():
            self.waits[what] = self.waits.get(what, 0.0) + seconds * share
        # A pause between two pieces takes up what the one before was late.
        earlier = self.slack_s if self.end_s >= begin_s else 0.0
        late_s = max(0.0, piece.late_s - piece.end_s)
        self.end_s, self.slack_s = shift + piece.end_s, hypot(earlier, late_s * share)


def windowed(
    lineup: Lineup,
    pace: Pace,
    origin: datetime,
    *,
    begin_s: float = 0.0,
    due_s: float | None = None,
    busy: tuple[Busy, ...] = (),
) -> Schedule:
    """The schedule from `origin` on. `begin_s`, `busy`: what runs now; `due_s`: when the rate allows a grant."""
    plan = _Plan(lineup, pace, origin, due_s, begin_s, list(busy), list(range(len(lineup))))
    now, pieces = 0.0, 0
    while plan.pending and pieces < MOST_PIECES:
        moment = after(origin, now)
        texts = {lineup.windows[place] for place in plan.pending} - {""}
        changes = (seconds_between(origin, daily(text).next_change(moment)) for text in texts)
        until = min(changes, default=float("inf"))
        plan.add(now, until)
        now, pieces = until, pieces + 1
    plan.starts.update(dict.fromkeys(plan.pending, now))
    order = sorted(plan.starts, key=plan.starts.__getitem__)
    starts = [plan.starts[place] for place in order]
    end_s = max([plan.end_s, begin_s, *starts[-1:], *(one.rest_s for one in busy)])
    grants = Grants(len(plan.grants), plan.grants[-1] if plan.grants else 0)
    return Schedule(lineup.picked(order), pace, 1, starts, end_s, end_s + plan.slack_s, plan.waits, grants)
