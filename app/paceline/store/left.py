"""Where the operator left each job: a small file in the state folder, for the words of coming back."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NAME = "left.json"
MOST_JOBS = 50
"""Jobs that are remembered: who left more than these looks at History."""


@dataclass(frozen=True, slots=True)
class Left:
    """The last event of a job that was seen, and when."""

    seq: int
    at: datetime


def read_left(state: Path) -> dict[str, Left]:
    """By job, in the order in which they were left. What cannot be read was never left."""
    try:
        document = json.loads((state / NAME).read_text(encoding="utf-8"))
        return {job: Left(int(one["seq"]), datetime.fromisoformat(one["at"])) for job, one in document.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def note_left(state: Path, left: Mapping[str, Left]) -> None:
    """Remember where jobs were left. Raises OSError."""
    if not left:
        return
    known = {job: one for job, one in read_left(state).items() if job not in left} | dict(left)
    document = {job: {"seq": one.seq, "at": one.at.isoformat()} for job, one in list(known.items())[-MOST_JOBS:]}
    part = state / f"{NAME}.{os.getpid()}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file)
    part.replace(state / NAME)
