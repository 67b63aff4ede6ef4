"""Text that devices sent, made safe to show."""

import re

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """`text` without control sequences, on one line: nothing a device says may steer the terminal."""
    return _CONTROL.sub("", text.replace("\n", " ").replace("\t", " "))
