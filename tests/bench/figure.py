"""One figure of the benchmark: what was measured, what it must reach at least, what it aims at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


class AbsentError(RuntimeError):
    """A row that could not be measured: a peer, a program or an answer is missing. Says which."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured row. Smaller is better; `lowest` only where a smaller value is wrong too."""

    name: str
    unit: str
    value: float
    at_least: float
    """The bound it must keep (at most this much, in fact: the name is the table's)."""
    aim: float
    lowest: float = 0.0
    """What it must not fall below."""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether it keeps its bounds."""
        return self.lowest <= self.value <= self.at_least

    def as_json(self) -> dict[str, Any]:
        """The row as it is printed."""
        row = {**asdict(self), "details": dict(self.details), "value": round(self.value, 4)}
        return {**row, "passes": self.passes, "reaches_aim": self.passes and self.value <= self.aim}
