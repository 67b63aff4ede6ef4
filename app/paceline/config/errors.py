"""What a broken configuration file gets: one line per problem, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from paceline.model.errors import PacelineError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file."""

    file: Path
    sentence: str
    field: str = ""
    """The dotted key, as `pace.batch_size`; empty: the whole file."""
    line: int | None = None
    """From 1, where it is known."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.field}: {self.sentence}" if self.field else f"{place}: {self.sentence}"


class ConfigError(PacelineError):
    """Files that cannot be used; its text has one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, file: Path, sentence: str, field: str = "", line: int | None = None) -> "ConfigError":
        """A single problem."""
        return cls([Problem(file, sentence, field, line)])
