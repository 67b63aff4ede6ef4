"""Text that devices sent, made safe to show."""

import re

CONTROL = re.compile(
    # Strings to the terminal (titles, clipboards, ...), sequences with parameters, two-character ones, the rest.
    r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    # What turns the direction of writing, or breaks a line, without being a control character.
    r"|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
"""What steers a terminal, or is not seen on it."""
_UNSEEN = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def without_controls(text: str) -> str:
    """`text` without control sequences; line ends and tabs stay. Nothing a device says may steer the terminal."""
    return CONTROL.sub("", text)


def escaped(document: str) -> str:
    """A JSON document without control characters: inside its strings, the only place for them, they are escapes."""
    return document if document.isascii() and "\x7f" not in document else _UNSEEN.sub(_escape, document)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def printable(text: str) -> str:
    """`text` without control sequences, on one line."""
    return without_controls(text.replace("\n", " ").replace("\t", " "))
