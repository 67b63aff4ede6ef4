"""Moments as operators write them: `22:00` is the next time that the clock shows it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

_HOUR = re.compile(r"(\d{1,2}):(\d{2})")
_EXPECTED = 'expected a time such as 22:00, or a date and time such as 2026-11-25T05:00, got "{}"'
Localize = Callable[[datetime], datetime]
"""Gives a naive time of the operator's clock its zone."""


def shown(moment: datetime) -> str:
    """A moment by this machine's clock, with its zone: `2026-11-25 05:00 CET`."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}"


def check_moment(text: str) -> None:
    """Whether `text` can be read as a moment at all. Raises ValueError with a sentence."""
    match = _HOUR.fullmatch(text.strip())
    try:
        if match and (int(match[1]) > 23 or int(match[2]) > 59):
            raise ValueError
        if not match:
            datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_EXPECTED.format(text)) from None


def moment_of(text: str, now: datetime, localize: Localize = datetime.astimezone) -> datetime:
    """What `text` means at `now`, which is aware and in the operator's zone. Raises ValueError with a sentence.

    `HH:MM` is the next time the clock shows it, today or tomorrow; else a date and time of ISO 8601, which may name its
    own zone. `localize`: the machine's own zone, by default; the offset of `now` may not hold until tomorrow.
    """
    expected = _EXPECTED.format(text)
    if match := _HOUR.fullmatch(text.strip()):
        hour, minute = int(match[1]), int(match[2])
        if hour > 23 or minute > 59:
            raise ValueError(expected)
        today = now.replace(tzinfo=None, hour=hour, minute=minute, second=0, microsecond=0)
        wanted = localize(today)
        return wanted if wanted > now else localize(today + timedelta(days=1))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(expected) from None
    if moment.tzinfo is None:
        moment = localize(moment)
    if moment <= now:
        raise ValueError(f"{text} has passed")
    return moment
