"""Reads plain lists: one name or address a line, `#` comments, ranges such as `sw[01-48]`."""

import itertools
import re

from paceline.inventory.result import Entry, Reading

MOST_OF_ONE_LINE = 65_536
"""A line that stands for more devices than this is a slip of the pen, not a fleet."""

_BRACKET = re.compile(r"\[([0-9, -]+)\]")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


def read_list(reading: Reading, text: str) -> None:
    """Add one entry per name or address of `text` to `reading`, and a problem per line that is neither."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = _COMMENT.sub("", line).strip()
        if not bare:
            continue
        if len(_BRACKET.sub("", bare).split()) > 1 or not _BRACKET.sub("x", bare).isprintable():
            reading.error(
                number, f"{bare.split()[0]!r} is not alone: expected one name or address a line; the line is left out"
            )
            continue
        try:
            reading.entries += [Entry(number, {"address": name}) for name in expand(bare)]
        except ValueError as error:
            reading.error(number, f"{error}; the line is left out")


def expand(text: str) -> list[str]:
    """Every name that `text` stands for: `sw[01-03,07]` is sw01, sw02, sw03, sw07. Raises ValueError with a clause."""
    parts = _BRACKET.split(text)
    choices = [[part] if index % 2 == 0 else _numbers(part) for index, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST_OF_ONE_LINE:
        raise ValueError(f"{text!r} stands for {count} devices, more than the {MOST_OF_ONE_LINE} one line may")
    return ["".join(combination) for combination in itertools.product(*choices)]


def _numbers(text: str) -> list[str]:
    found: list[str] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(f"the range [{text}] is not understood: expected numbers such as [01-48] or [1,3,7]")
        last = last or first
        if int(last) < int(first):
            raise ValueError(f"the range [{text}] runs backwards: {first} is above {last}")
        if int(last) - int(first) >= MOST_OF_ONE_LINE:
            raise ValueError(f"the range [{text}] stands for more than {MOST_OF_ONE_LINE} devices")
        # A leading zero asks for the same number of digits throughout.
        width = len(first) if first.startswith("0") else 0
        found += [str(number).zfill(width) for number in range(int(first), int(last) + 1)]
    return found
