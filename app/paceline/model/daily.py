"""The hours of a day in which devices may start, by a place's own clock: `22:00-05:00 Europe/Berlin`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ANY = "any"
"""As a window: any time."""
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAYS = 9
"""Looked ahead for the next opening: a day may have none where clocks go forward over it, no week has."""


def hours_of(text: str) -> tuple[time, time]:
    """Opening and closing of `22:00-05:00`. Raises ValueError with a sentence."""
    match = _HOURS.fullmatch(text.strip())
    numbers = [int(part) for part in match.groups()] if match else []
    if not numbers or max(numbers[0], numbers[2]) > 23 or max(numbers[1], numbers[3]) > 59:
        raise ValueError(f'expected hours such as "22:00-05:00", or "{ANY}", got "{text}"')
    opens, closes = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    if opens == closes:
        raise ValueError(f'"{text}" opens and closes at the same time; "{ANY}" is any time')
    return opens, closes


@dataclass(frozen=True, slots=True)
class Daily:
    """A window of every day. One that closes before it opens lasts into the next day."""

    opens: time
    closes: time
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Whether devices may start at `now`."""
        return self._span(now)[0] <= now

    def next_change(self, now: datetime) -> datetime:
        """When it closes, if it is open, else when it opens; in its own zone."""
        opens, closes = self._span(now)
        return (closes if opens <= now else opens).astimezone(self.zone)

    def _span(self, now: datetime) -> tuple[datetime, datetime]:
        """The window that `now` lies in, else the next one, in UTC."""
        return next((opens, closes) for opens, closes in self._spans(now) if now < closes)

    def _spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(self.zone).date()
        for days in range(-1, _DAYS):
            day = today + timedelta(days=days)
            last = day + timedelta(days=1) if self.closes < self.opens else day
            opens, closes = self._at(day, self.opens), self._at(last, self.closes)
            if opens < closes:
                yield opens, closes

    def _at(self, day: date, hour: time) -> datetime:
        # By way of UTC: two times of one zone compare by what their clocks show.
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


@cache
def daily(text: str) -> Daily:
    """The window that a job's target has: hours and zone. Raises ValueError."""
    hours, _, zone = text.partition(" ")
    opens, closes = hours_of(hours)
    try:
        return Daily(opens, closes, ZoneInfo(zone))
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f'this machine knows no time zone "{zone}"') from error
