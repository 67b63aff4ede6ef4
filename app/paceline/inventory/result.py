"""What reading an inventory gives, whatever its format: devices, problems, and the passwords found in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from paceline.model.device import Device
from paceline.model.errors import PacelineError
from paceline.model.secret import Secret

Severity = Literal["error", "warning"]


class InventoryError(PacelineError):
    """An inventory that could not be read at all; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one place of an inventory. An `error` left something out, a `warning` did not."""

    file: str
    reason: str
    """A clause or two: what was found, what was expected, what became of it."""
    line: int = 0
    """From 1; 0 when the problem belongs to the whole file or to `key`."""
    key: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """Where it is: `fleet.csv, line 12`."""
        parts = [self.file]
        if self.line:
            parts.append(f"line {self.line}")
        if self.key:
            parts.append(self.key)
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}."


@dataclass(frozen=True, slots=True)
class Inventory:
    """Devices in the order of the file, what was wrong, and literal passwords by their reference (`device:NAME`)."""

    devices: tuple[Device, ...]
    problems: tuple[Problem, ...] = ()
    passwords: dict[str, Secret] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """One device as a reader found it: text by field of `Device`, trimmed, never empty, not yet checked."""

    line: int
    values: dict[str, str]
    groups: tuple[str, ...] = ()
    vars: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What a reader hands on: entries of one file, its problems, and the files that may hold passwords."""

    file: str
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    password_files: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """All that may name a secret."""

    def error(self, line: int, reason: str) -> None:
        """Note that something on this line was left out."""
        self.problems.append(Problem(self.file, reason, line=line))

    def warn(self, line: int, reason: str) -> None:
        """Note something on this line that was kept."""
        self.problems.append(Problem(self.file, reason, line=line, severity="warning"))
