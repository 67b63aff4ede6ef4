"""Which devices of a job are still open, in which order they come, and which of the granted ones may begin."""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from paceline.model.device import Device
from paceline.model.job import Pace


class Ledger:
    """Pending devices in running order, and those whose retry is due first. Times are the loop's seconds."""

    def __init__(self, order: Sequence[str]) -> None:
        self._rank = {name: rank for rank, name in enumerate(order)}
        self._fresh: deque[str] = deque(order)
        self._retries: list[tuple[float, int, str]] = []
        self._open: set[str] = set(order)
        self._due: dict[str, float] = {}
        self._held: set[str] = set()

    def __len__(self) -> int:
        """Devices that wait for a grant, those in back-off included."""
        return len(self._open)

    def __contains__(self, name: str) -> bool:
        return name in self._open

    def names(self) -> list[str]:
        """The open devices in running order."""
        return sorted(self._open, key=self._rank.__getitem__)

    def eligible(self) -> list[str]:
        """The open devices that nothing holds, in running order."""
        return [name for name in self.names() if name not in self._held]

    def hold(self, names: Iterable[str]) -> None:
        """Open devices that are not taken until they are released."""
        # Aside, and not passed over: a held domain may have thousands, and every grant would look at them.
        self._held.update(names)

    def release(self, names: Iterable[str]) -> None:
        """Held devices that may be taken again, each in its own place."""
        freed = [name for name in names if name in self._held]
        self._held.difference_update(freed)
        fresh = {name for name in (*self._fresh, *freed) if name in self._open and name not in self._due}
        self._fresh = deque(sorted(fresh, key=self._rank.__getitem__))
        for name in freed:
            if name in self._due:
                heapq.heappush(self._retries, (self._due[name], self._rank[name], name))

    def drop(self, name: str) -> None:
        """The device waits no longer."""
        self._take(name)

    def put_back(self, name: str, due: float) -> None:
        """Open (again), from `due` on."""
        self._open.add(name)
        self._due[name] = due
        heapq.heappush(self._retries, (due, self._rank[name], name))

    def next_retry(self) -> float | None:
        """When the earliest back-off is over."""
        while self._retries and not self._is_current(self._retries[0]):
            heapq.heappop(self._retries)
        return self._retries[0][0] if self._retries else None

    def _is_current(self, entry: tuple[float, int, str]) -> bool:
        name = entry[2]
        return name in self._open and name not in self._held and self._due.get(name) == entry[0]

    def _take(self, name: str) -> None:
        self._open.discard(name)
        self._held.discard(name)
        self._due.pop(name, None)

    def form(self, now: float, size: int, is_free: Callable[[str], bool]) -> list[str]:
        """Take the next devices: due retries first, then the fresh ones in order; busy ones keep their place.

        `is_free` is asked once for each device that would be taken and reserves it when it answers yes.
        """
        taken: list[str] = []
        busy_retries: list[tuple[float, int, str]] = []
        while len(taken) < size and self._retries and self._retries[0][0] <= now:
            entry = heapq.heappop(self._retries)
            if not self._is_current(entry):
                continue
            if is_free(entry[2]):
                taken.append(entry[2])
                self._take(entry[2])
            else:
                busy_retries.append(entry)
        for entry in busy_retries:
            heapq.heappush(self._retries, entry)
        busy: list[str] = []
        while len(taken) < size and self._fresh:
            name = self._fresh.popleft()
            if name not in self._open or name in self._due or name in self._held:
                continue
            if is_free(name):
                taken.append(name)
                self._take(name)
            else:
                busy.append(name)
        self._fresh.extendleft(reversed(busy))
        return taken


class Caps:
    """Running devices per country and per site: they only stagger starts inside what was granted."""

    def __init__(self, pace: Pace) -> None:
        self._per_country, self._per_site = pace.per_country, pace.per_site
        self._countries: Counter[str] = Counter()
        self._sites: Counter[str] = Counter()

    def retune(self, pace: Pace) -> None:
        """Other caps, for what begins from now on."""
        self._per_country, self._per_site = pace.per_country, pace.per_site

    def begin(self, device: Device) -> bool:
        """Take a place for `device` if its country and site have one. A device without a site has no site cap."""
        if self._per_country and self._countries[device.country] >= self._per_country:
            return False
        if self._per_site and device.site and self._sites[device.site] >= self._per_site:
            return False
        self._countries[device.country] += 1
        self._sites[device.site] += 1
        return True

    def end(self, device: Device) -> None:
        """Give the place back."""
        self._countries[device.country] -= 1
        self._sites[device.site] -= 1
