"""Windows of the day by a place's own clock, over nights and over the days when clocks change."""

from datetime import UTC, datetime

import pytest

from paceline.model.daily import daily

NIGHT = "22:00-05:00 Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "is_open", "changes"),
    [
        (NIGHT, "2026-01-05T20:59:59", False, "2026-01-05T21:00"),
        (NIGHT, "2026-01-05T21:00", True, "2026-01-06T04:00"),
        (NIGHT, "2026-01-06T03:59:59", True, "2026-01-06T04:00"),
        (NIGHT, "2026-01-06T04:00", False, "2026-01-06T21:00"),
        ("09:00-17:00 Asia/Kolkata", "2026-01-06T04:00", True, "2026-01-06T11:30"),
        ("09:00-17:00 Asia/Kolkata", "2026-01-06T11:30", False, "2026-01-07T03:30"),
        # The night of 28 March is an hour shorter in Berlin, that of 24 October an hour longer.
        (NIGHT, "2026-03-28T21:30", True, "2026-03-29T03:00"),
        (NIGHT, "2026-10-24T20:30", True, "2026-10-25T04:00"),
        # 02:30 is no time on that day: the window of an hour that is left out is none.
        ("02:00-03:00 Europe/Berlin", "2026-03-28T20:00", False, "2026-03-30T00:00"),
    ],
)
def test_a_window_is_open_by_its_own_clock(window: str, now: str, is_open: bool, changes: str) -> None:
    found = daily(window)
    assert found.is_open(at(now)) is is_open
    assert found.next_change(at(now)) == at(changes)
    # At the change it is the other way round.
    assert found.is_open(found.next_change(at(now))) is not is_open


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        ("22:00 Europe/Berlin", "expected hours such as"),
        ("22:00-24:00 Europe/Berlin", "expected hours such as"),
        ("22:00-22:00 Europe/Berlin", "opens and closes at the same time"),
        ("22:00-05:00 Europe/Nowhere", 'no time zone "Europe/Nowhere"'),
        ("22:00-05:00", "no time zone"),
    ],
)
def test_what_is_no_window_is_said(window: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        daily(window)
