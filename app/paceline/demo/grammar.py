"""What a simulated device understands: command lines with abbreviated keywords, to topics or refusals."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

RefusalKind = Literal["invalid", "ambiguous", "incomplete"]
ANY = "<word>"
"""Stands in a command for one word of the user's own."""

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Understood:
    """A whole command was given."""

    topic: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No command was given."""

    kind: RefusalKind
    column: int
    """Where in the line, from 0."""
    word: int
    """Number of the word, from 0."""


class Grammar:
    """The commands of one platform: `words of the command: topic`."""

    def __init__(self, commands: Iterable[tuple[str, str]]) -> None:
        self._commands = [(tuple(words.split()), topic) for words, topic in commands]

    def parse(self, line: str) -> Understood | Refused:
        """The one command `line` stands for; each word may be shortened as long as it stays unique."""
        left = self._commands
        last_column = 0
        for number, match in enumerate(_WORD.finditer(line)):
            word, last_column = match.group().lower(), match.start()
            here = [(command, topic) for command, topic in left if len(command) > number]
            keywords = {command[number] for command, _ in here}
            chosen = _choose(word, keywords)
            if not chosen:
                return Refused("invalid", last_column, number)
            if len(chosen) > 1:
                return Refused("ambiguous", last_column, number)
            left = [(command, topic) for command, topic in here if command[number] in chosen]
        words = len(_WORD.findall(line))
        whole = [topic for command, topic in left if len(command) == words]
        return Understood(whole[0]) if whole else Refused("incomplete", len(line), words)


def _choose(word: str, keywords: set[str]) -> set[str]:
    if word in keywords:
        return {word}
    begun = {keyword for keyword in keywords if keyword != ANY and keyword.startswith(word)}
    return begun or ({ANY} & keywords)
