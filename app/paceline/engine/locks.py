"""One session per box: locks by address, port and jump host, because two names can be one device."""

from collections.abc import Callable

LockKey = tuple[str, int, str]


class DeviceLocks:
    """Which job holds which box. Belongs to the engine, so that two jobs never meet on one device."""

    def __init__(self) -> None:
        self._holders: dict[LockKey, str] = {}
        self._waiters: list[Callable[[], None]] = []

    def holder(self, key: LockKey) -> str | None:
        """The job that holds a box."""
        return self._holders.get(key)

    def take(self, key: LockKey, job: str) -> bool:
        """Take a box if it is free."""
        if key in self._holders:
            return False
        self._holders[key] = job
        return True

    def give_back(self, key: LockKey) -> None:
        """Free a box, and tell everyone who waits."""
        self._holders.pop(key, None)
        for waiter in list(self._waiters):
            waiter()

    def on_release(self, waiter: Callable[[], None]) -> Callable[[], None]:
        """Call `waiter` whenever a box is given back; returns what ends that."""
        self._waiters.append(waiter)
        return lambda: self._waiters.remove(waiter)
