"""One run of a job played out over given durations: the executor's schedule, device by device, failures included."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace

from paceline.model.job import Pace, Retries
from paceline.plan.pacer import Pacer


@dataclass(frozen=True, slots=True)
class Logins:
    """The login gate and the limit per AAA domain, as far as a plan knows of them."""

    doors: Sequence[tuple[str, str]]
    """Per device the account and the AAA domain of its login; an account without a password is empty."""
    at_once: int
    """Logins in flight per domain of an account with a password."""
    keys_at_once: int
    """The same with keys alone."""
    seconds: float
    """What a login takes."""
    is_proven: bool = False
    """Whether every account has logged in before: else its first login goes alone, then the first of each domain."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands. Devices are places in the job's frozen order; times are seconds from now."""

    pace: Pace
    retries: Retries
    countries: Sequence[str]
    sites: Sequence[str]
    fresh: Sequence[int]
    """Devices that wait for their first grant, in running order."""
    backing_off: Sequence[tuple[float, int]] = ()
    """Devices that are tried again, and from when on."""
    granted: Sequence[int] = ()
    """Devices that were granted and wait for a cap."""
    busy: Sequence[tuple[int, float]] = ()
    """Devices that run, and for how long they have."""
    due_s: float | None = None
    """When the rate allows the next grant; None: at once."""
    tries: Mapping[int, int] = field(default_factory=dict)
    """Attempts begun, where there are any."""
    unreachable: Mapping[int, float] = field(default_factory=dict)
    """Devices that the sweep would try again, and when they ended (below 0)."""
    is_sweeping: bool = False
    """Whether the sweep has begun."""
    logins: Logins | None = None
    """What its logins wait for; None: nothing."""

    @property
    def open_devices(self) -> int:
        """Devices that are still to be played."""
        return sum(map(len, (self.fresh, self.backing_off, self.granted, self.busy, self.unreachable)))


Draw = Callable[[int, int, float], tuple[float, bool]]
"""(device, number of its attempt, seconds that it has run) to the seconds it takes in all, and whether it stays
unreachable."""


@dataclass(slots=True)
class Played:
    """What one run came to, in seconds from now."""

    end_s: float
    ends: dict[int, float]
    """When each device ended for the last time."""
    starts: dict[int, list[float]]
    """When its attempts began."""


def rehearse(standing: Standing, draw: Draw) -> Played:
    """Play the job to its end. Gates never hold, nobody pauses or stops it, and no other job locks its devices."""
    return _Rehearsal(standing, draw).play()


class _Rehearsal:
    def __init__(self, standing: Standing, draw: Draw) -> None:
        self._standing, self._draw, self._pace = standing, draw, standing.pace
        self._now = 0.0
        self._pacer = Pacer(standing.pace.devices_per_hour, standing.due_s)
        self._fresh, self._granted = deque(standing.fresh), list(standing.granted)
        self._rank = {place: rank for rank, place in enumerate(standing.fresh)}
        self._retries = [(at, self._rank.get(place, place), place) for at, place in standing.backing_off]
        heapify(self._retries)
        self._tries = dict(standing.tries)
        self._unreachable = dict(standing.unreachable)
        self._has_swept = self._is_sweeping = standing.is_sweeping
        self._first: dict[str, float] = {}
        self._doors: dict[tuple[str, str], list[float]] = {}
        self._has_caps = bool(self._pace.per_country or self._pace.per_site)
        self._in_country: Counter[str] = Counter()
        self._in_site: Counter[str] = Counter()
        self._running: list[tuple[float, int, bool]] = []
        self._played = Played(0.0, {}, {})
        for place, gone_s in standing.busy:
            self._run(place, -gone_s, max(1, self._tries.get(place, 1)), gone_s)
        self._size = self._pace.batch_size or len(standing.countries)

    def play(self) -> Played:
        while True:
            if self._granted:
                self._begin_granted()
            wake = self._step()
            if wake == 0:
                continue
            if self._running and (wake is None or self._running[0][0] <= wake):
                self._now = max(self._now, self._running[0][0])
            elif wake is not None:
                self._now = wake
            else:
                break
            while self._running and self._running[0][0] <= self._now:
                self._end(*heappop(self._running))
        self._played.end_s = max(self._played.ends.values(), default=0.0)
        return self._played

    def _step(self) -> float | None:
        """Grant what may be granted now (0); else when to look again, None when something must end first."""
        active = len(self._running) + len(self._granted)
        room = min(1, self._size - active) if self._pace.mode == "rolling" else (0 if active else self._size)
        if room <= 0:
            return None
        if not self._fresh and not self._retries:
            if active or self._has_swept or not self._standing.retries.sweep or not self._unreachable:
                return None
            self._sweep()
        ready = self._pacer.ready_at(self._now)
        if not self._fresh:
            # Before that there is nothing to give.
            ready = max(ready, self._retries[0][0])
        if ready > self._now:
            return ready
        count = 0
        while count < room and self._retries and self._retries[0][0] <= self._now:
            self._granted.append(heappop(self._retries)[2])
            count += 1
        while count < room and self._fresh:
            self._granted.append(self._fresh.popleft())
            count += 1
        self._pacer.grant(self._now, count)
        return 0

    def _sweep(self) -> None:
        self._has_swept = self._is_sweeping = True
        backoff_s = self._standing.retries.backoff_s
        for place, ended in self._unreachable.items():
            heappush(self._retries, (max(self._now, ended + backoff_s), self._rank.get(place, place), place))
        self._unreachable = {}

    def _begin_granted(self) -> None:
        left = []
        for place in self._granted:
            if self._has_caps and not self._admits(place):
                left.append(place)
                continue
            attempt = self._tries[place] = self._tries.get(place, 0) + 1
            self._run(place, self._now, attempt, 0.0)
        self._granted = left

    def _admits(self, place: int) -> bool:
        pace, country, site = self._pace, self._standing.countries[place], self._standing.sites[place]
        if pace.per_country and self._in_country[country] >= pace.per_country:
            return False
        return not (pace.per_site and site and self._in_site[site] >= pace.per_site)

    def _run(self, place: int, begin: float, attempt: int, gone_s: float) -> None:
        if self._has_caps:
            self._in_country[self._standing.countries[place]] += 1
            self._in_site[self._standing.sites[place]] += 1
        seconds, is_down = self._draw(place, attempt, gone_s)
        self._played.starts.setdefault(place, []).append(begin)
        if self._standing.logins is not None and not is_down and not gone_s:
            begin = self._enter(self._standing.logins, place, begin)
        heappush(self._running, (begin + seconds, place, is_down))

    def _enter(self, logins: Logins, place: int, now: float) -> float:
        """When a login leaves: first come, first served at the door of its account and domain."""
        door = logins.doors[place]
        account = door[0]
        begin = max(now, self._first.get(account, now))
        ends = self._doors.get(door)
        if ends is None:
            self._doors[door] = ends = []
            if account and not logins.is_proven:
                # The first one alone takes all the places there are.
                ends += [begin + logins.seconds] * (logins.at_once - 1)
                self._first.setdefault(account, begin + logins.seconds)
        if len(ends) < (logins.at_once if account else logins.keys_at_once):
            heappush(ends, begin + logins.seconds)
        else:
            begin = max(begin, ends[0])
            heapreplace(ends, begin + logins.seconds)
        return begin

    def _end(self, now: float, place: int, is_down: bool) -> None:
        if self._has_caps:
            self._in_country[self._standing.countries[place]] -= 1
            self._in_site[self._standing.sites[place]] -= 1
        self._played.ends[place] = now
        if not is_down:
            return
        retries = self._standing.retries
        if not self._is_sweeping and self._tries.get(place, 1) < retries.attempts:
            heappush(self._retries, (now + retries.backoff_s, self._rank.get(place, place), place))
        elif not self._has_swept:
            self._unreachable[place] = now
