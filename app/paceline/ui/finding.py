"""Searching a text: which lines hold what was asked for, and going from one to the next."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator
from typing import Protocol

from paceline.ui.glyphs import Glyphs


class Searchable(Protocol):
    """A text that can be searched."""

    def find(self, text: str) -> AsyncGenerator[list[int], None]:
        """Numbers of the lines that hold `text`, rising, some at a time."""
        ...


class Finder:
    """One search. `lines` grows while it runs."""

    def __init__(self, needle: str) -> None:
        self.needle = needle
        self.lines: list[int] = []
        self.at: int | None = None
        """Which of `lines` was gone to."""
        self.is_done = False

    @property
    def line(self) -> int | None:
        """The line that was gone to."""
        return None if self.at is None else self.lines[self.at]

    def step(self, direction: int, here: int) -> bool:
        """Go to the next match or the one before, round the end; the first time from line `here`. False: no match."""
        if not self.lines:
            return False
        if self.at is not None:
            self.at = (self.at + direction) % len(self.lines)
        elif direction > 0:
            self.at = bisect_left(self.lines, here) % len(self.lines)
        else:
            self.at = (bisect_right(self.lines, here) - 1) % len(self.lines)
        return True

    def told(self, glyphs: Glyphs) -> str:
        """`3 of 17 lines with "area"`; with dots while the search goes on."""
        more = "" if self.is_done else glyphs.ellipsis
        if not self.lines:
            return f'nothing has "{self.needle}"' if self.is_done else f'searching "{self.needle}"{more}'
        place = f"{self.at + 1} of " if self.at is not None else ""
        lines = "line" if len(self.lines) == 1 else "lines"
        return f'{place}{len(self.lines)}{more} {lines} with "{self.needle}"'
