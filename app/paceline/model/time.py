"""Where the time and the dice come from: handed in, so that tests can hand in their own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 - the one place that makes generators

Now = Callable[[], datetime]
"""Gives the wall time: an aware datetime in UTC. It is shown and stored, never waited on."""


def now() -> datetime:
    """The machine's wall time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that asks the machine


def seeded(seed: int | None = None) -> Random:
    """A generator of its own; the same seed gives the same numbers, None gives fresh ones."""
    return Random(seed)


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Seconds from `earlier` to `later`; negative when the clock went back."""
    return (later - earlier).total_seconds()


def after(moment: datetime, seconds: float) -> datetime:
    """The moment `seconds` later."""
    return moment + timedelta(seconds=seconds)


def as_duration(seconds: float) -> str:
    """A duration as the screens write it: `4.2s`, `3m 07s`, `2h 14m`."""
    if seconds < 59.95:
        return f"{seconds:.1f}s" if seconds < 9.95 else f"{seconds:.0f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
