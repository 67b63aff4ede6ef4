"""What every event of a job has: its number, its moment, and what it is about."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from paceline.model.redaction import redact
from paceline.model.text import without_controls


def _told(text: str) -> str:
    return redact(text if text.isprintable() else without_controls(text))


Said = Annotated[str, AfterValidator(_told)]
"""Free text, by a device, a library or a person: what steers a terminal is taken out of it, and the secrets of this
process are masked, before anyone sees the event."""


class Event(BaseModel):
    """A fact about a job."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    seq: int
    """Dense from 1 per job; stamped by the executor alone."""
    at: datetime
    """UTC."""
    job: str


class DeviceFact(Event):
    """About one device."""

    device: str
    country: str
    attempt: int
    """From 1; 0 when the device never had one."""


class CommandFact(DeviceFact):
    """About one command of a device."""

    command: str
    index: int
    """From 1."""
