"""File names from what people call things."""

import hashlib
import re

LONGEST = 120

_UNFIT = re.compile(r"[^a-z0-9._-]+")


def device_folder(name: str) -> str:
    """The folder of a device: `[a-z0-9._-]`, at most 120 bytes.

    A slug that differs from its name (or is `.` or `..`) gets `~` and six hex digits of the name's hash, so that
    two devices never share a folder.
    """
    slug = _UNFIT.sub("-", name.lower())
    if slug == name and slug not in (".", "..") and len(slug) <= LONGEST:
        return slug
    mark = "~" + hashlib.sha256(name.encode()).hexdigest()[:6]
    return slug[: LONGEST - len(mark)] + mark


def output_file(index: int, command: str, attempt: int) -> str:
    """The file of a command's output: `02-show-ospf-neighbor.txt`, with `.2` before the ending for attempt 2."""
    slug = _UNFIT.sub("-", command.lower()).strip("-.")[: LONGEST - 16] or "command"
    suffix = f".{attempt}" if attempt > 1 else ""
    return f"{index:02d}-{slug}{suffix}.txt"
