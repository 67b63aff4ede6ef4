"""When the next grant is due: the arithmetic of devices per hour."""

from dataclasses import dataclass

SLACK_S = 1.0
"""Lateness of a grant that is made up for: loop jitter, nothing else."""


def interval_s(devices: int, devices_per_hour: float) -> float:
    """Seconds that `devices` cost at a rate; 0 without a rate."""
    return devices * 3600 / devices_per_hour if devices_per_hour else 0.0


@dataclass(slots=True)
class Pacer:
    """Bounds grants to `devices_per_hour` (0: no limit). Times are seconds of any one clock.

    After a grant of n devices, due at d and given at g, the next is due at max(d, g - s) + n * 3600 / R with
    s = min(1 s, n * 3600 / R): a slow batch, a pause or a hold earns no credit. The first grant is due at once.
    """

    devices_per_hour: float = 0.0
    due: float | None = None
    """When the next grant is due; None: at any time."""
    given: float | None = None
    """When the last grant was given."""
    devices: int = 0
    """How many devices it had."""

    def ready_at(self, now: float) -> float:
        """The earliest moment for the next grant, `now` at the earliest."""
        return now if self.due is None else max(now, self.due)

    def grant(self, now: float, devices: int) -> None:
        """Note a grant of `devices` given `now`."""
        cost = interval_s(devices, self.devices_per_hour)
        due = now if self.due is None else min(self.due, now)
        self.given, self.devices = now, devices
        self.due = max(due, now - min(SLACK_S, cost)) + cost if cost else None

    def retune(self, now: float, devices_per_hour: float) -> None:
        """Another rate from now on; the last grant counts at the new one."""
        self.devices_per_hour = devices_per_hour
        if self.given is None or not devices_per_hour:
            self.due = None
        else:
            self.due = max(now, self.given + interval_s(self.devices, devices_per_hour))

    def restore(self, now: float, elapsed_s: float, devices: int) -> None:
        """Take up after a restart: the last grant was `elapsed_s` ago by the wall clock.

        The wait is clamped to [0, n * 3600 / R], so that a wall clock that jumped neither starves nor floods.
        """
        cost = interval_s(devices, self.devices_per_hour)
        wait = min(max(cost - elapsed_s, 0.0), cost)
        self.given, self.devices = now + wait - cost, devices
        self.due = now + wait if cost else None
