"""Free text in events: by a device, a library or a person."""

from typing import Annotated

from pydantic import AfterValidator

from paceline.model.redaction import redact
from paceline.model.text import without_controls


def _told(text: str) -> str:
    return redact(text if text.isprintable() else without_controls(text))


Said = Annotated[str, AfterValidator(_told)]
"""What steers a terminal is taken out of it, and the secrets of this process are masked, before anyone sees it."""
