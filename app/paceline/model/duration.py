"""How long something took in an earlier job: what the journal keeps and forecasts rest on."""

from typing import NamedTuple

LOGIN = ""
"""Stands for a command: from an attempt's begin until its session is ready for commands."""
UNREACHABLE = "!unreachable"
"""The same for the first attempt of a device that got no session: how long it took."""
FAILED = "!failed"
"""And for one that got a session and did not do all of its work."""


class Run(NamedTuple):
    """One duration of the past."""

    device: str
    seconds: float
    at: str = ""
    """ISO 8601, UTC."""
