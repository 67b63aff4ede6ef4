"""A TOML file as read: its data, and the lines its keys stand on."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paceline.config.errors import ConfigError

_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TABLE = re.compile(r"\s*\[(?P<many>\[?)\s*(?P<name>[^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*(?P<name>[A-Za-z0-9_."'-]+)\s*=""")


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file."""

    path: Path
    data: dict[str, Any]
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Key to line, from 1. Best effort, for messages: a key that could be meant twice is left out."""

    def line_of(self, key: tuple[str | int, ...]) -> int | None:
        """The line of `key`, or of the nearest table around it."""
        names = tuple(str(part) for part in key)
        for length in range(len(names), 0, -1):
            if line := self.lines.get(names[:length]):
                return line
        return None


def read_document(path: Path) -> Document:
    """Read a TOML file. Raises ConfigError with what is wrong, and where."""
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, text, str(error)) from error
    return Document(path, data, _find_lines(text))


def read_text(path: Path) -> str:
    """A file's text. Raises ConfigError when it is missing, unreadable, a folder or not UTF-8."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError.of(path, "there is no such file") from None
    except IsADirectoryError:
        raise ConfigError.of(path, "this is a folder; expected a TOML file") from None
    except PermissionError:
        raise ConfigError.of(path, "you may not read this file: check its permissions") from None
    except OSError as error:
        raise ConfigError.of(path, f"cannot be read: {error.strerror or error}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError.of(path, "not UTF-8 text: save it with the encoding UTF-8", line=line) from None


def _not_toml(path: Path, text: str, message: str) -> ConfigError:
    match = _AT.search(message)
    if match is None:
        return ConfigError.of(path, f"not TOML: {_lower(message)}")
    reason = _lower(message[: match.start()])
    if match["line"] is None:
        return ConfigError.of(path, f"not TOML: {reason}, at the end of the file", line=len(text.splitlines()) or 1)
    hint = '; text stands in quotes, as in `key = "text"`' if reason == "invalid value" else ""
    return ConfigError.of(path, f"not TOML: {reason}{hint}", line=int(match["line"]))


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _find_lines(text: str) -> dict[tuple[str, ...], int]:
    """Where each `[table]` and `key =` stands. tomllib keeps no places, and a message without one is a search."""
    found: dict[tuple[str, ...], int] = {}
    twice: set[tuple[str, ...]] = set()
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.match(line):
            table = _parts(match["name"])
            if match["many"]:
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, str(index))
            key = table
        elif match := _KEY.match(line):
            key = (*table, *_parts(match["name"]))
        else:
            continue
        if key in found:
            twice.add(key)
        found[key] = number
    return {key: number for key, number in found.items() if key not in twice}


def _parts(name: str) -> tuple[str, ...]:
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)", name)
    return tuple(double or single or bare for double, single, bare in quoted)
