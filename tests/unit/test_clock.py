"""Moments as operators write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from paceline.model.clock import moment_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 28, 23, 30, tzinfo=BERLIN)
"""The evening before the clocks go forward."""


def read(text: str) -> datetime:
    return moment_of(text, NOW, lambda naive: naive.replace(tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23:45", "2026-03-28T22:45"),
        ("23:30", "2026-03-29T21:30"),
        ("5:00", "2026-03-29T03:00"),
        ("2026-03-30 05:00", "2026-03-30T03:00"),
        ("2026-03-30T05:00:00Z", "2026-03-30T05:00"),
    ],
)
def test_a_time_is_the_next_one_the_clock_shows(text: str, expected: str) -> None:
    assert read(text).astimezone(UTC).isoformat().startswith(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("24:00", "expected a time such as 22:00"), ("soon", 'got "soon"'), ("2026-03-01T05:00", "has passed")],
)
def test_what_is_no_time_to_come_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(text)
