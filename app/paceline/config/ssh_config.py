"""The user's own ssh_config, read once into an index: blocks with conditions, Include files in their place."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paceline.config.errors import ConfigError

_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)\s*[=\s]\s*(.*?)\s*$")
_WORD = re.compile(r"""((?:"[^"]*"|'[^']*'|[^\s"'])+)""")
_MOST_DEEP = 16
"""How deep files may include each other, as for ssh."""
_LARGEST = 10_000_000

CRITERIA = ("all", "host", "originalhost", "user", "localuser", "exec")
"""What a Match block may ask here; a block that asks something else never applies."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word of a pattern list: `*` and `?` stand for others, a leading `!` excludes."""

    text: str
    is_negated: bool
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of a block. A `Host` line is an `originalhost` of its own."""

    kind: str
    is_negated: bool = False
    patterns: tuple[Pattern, ...] = ()
    command: str = ""
    """The program of `exec`."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One line that says something."""

    keyword: str
    """As it is written."""
    words: tuple[str, ...]
    place: Place

    @property
    def key(self) -> str:
        """The keyword in lower case."""
        return self.keyword.lower()


@dataclass(slots=True)
class Block:
    """Lines that hold where every one of the conditions does."""

    conditions: tuple[Criterion, ...] = ()
    place: Place | None = None
    lines: list[Directive] = field(default_factory=list)


class SshConfig:
    """The blocks of a configuration, in order. Those for plain names are found by name, whatever their number."""

    def __init__(self, path: Path, blocks: list[Block]) -> None:
        self.path = path
        self.blocks = [block for block in blocks if block.lines]
        self._named: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, block in enumerate(self.blocks):
            names = _plain_names(block)
            for name in names:
                self._named.setdefault(name, []).append(number)
            if not names:
                self._others.append(number)

    def candidates(self, *names: str) -> Iterator[Block]:
        """The blocks that may hold for a host of these names, in the order of the file."""
        found = set(self._others).union(*(self._named.get(name.lower(), ()) for name in names))
        return (self.blocks[number] for number in sorted(found))

    def directives(self) -> Iterator[Directive]:
        """Every line of every block."""
        return (line for block in self.blocks for line in block.lines)


def read_ssh_config(path: Path, home: Path) -> SshConfig:
    """The configuration at `path`; relative Includes lie in `home`'s .ssh. Raises ConfigError.

    A file that others may write is refused: it says who logs in where, by which key, through whom.
    """
    reader = _Reader(home)
    reader.read(path, (), 0)
    return SshConfig(path, reader.blocks)


def pattern_of(word: str) -> Pattern:
    """A word of a pattern list."""
    text = word.removeprefix("!")
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in text)
    return Pattern(text, word.startswith("!"), re.compile("".join(parts), re.IGNORECASE | re.DOTALL))


def _plain_names(block: Block) -> list[str]:
    """The names that one of its conditions spells out; empty where any host may be meant."""
    for condition in block.conditions:
        names = [pattern.text.lower() for pattern in condition.patterns if not pattern.is_negated]
        if condition.kind == "originalhost" and not condition.is_negated and not set("".join(names)) & set("*?"):
            return names
    return []


class _Reader:
    def __init__(self, home: Path) -> None:
        self._home = home
        self.blocks: list[Block] = []

    def read(self, path: Path, inherited: tuple[Criterion, ...], depth: int) -> None:
        """Append the blocks of a file; all of them hold only where `inherited` does."""
        block = self._begin(Block(inherited))
        for number, text in enumerate(_text_of(path).splitlines(), start=1):
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            line = _directive(text, Place(path, number))
            if line.key == "host":
                condition = Criterion("originalhost", patterns=tuple(map(pattern_of, line.words)))
                block = self._begin(Block((*inherited, condition), line.place))
            elif line.key == "match":
                block = self._begin(Block((*inherited, *_criteria(line)), line.place))
            elif line.key == "include":
                if depth == _MOST_DEEP:
                    raise _broken(line, f"Include goes deeper than {_MOST_DEEP} files: do they include each other?")
                for word in line.words:
                    for file in self._included(word):
                        self.read(file, block.conditions, depth + 1)
                # What follows belongs to the block again, and is read after what was included.
                block = self._begin(Block(block.conditions, block.place))
            else:
                _check(line)
                block.lines.append(line)

    def _begin(self, block: Block) -> Block:
        self.blocks.append(block)
        return block

    def _included(self, word: str) -> list[Path]:
        path = self._home / word[2:] if word.startswith("~/") else self._home / ".ssh" / word
        # As for ssh, one that is not there is no mistake.
        return sorted(file for file in path.parent.glob(path.name) if file.is_file()) if path.name else []


def _text_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
                raise ConfigError.of(path, f"others may write this file: run `chmod go-w {path}`")
            if status.st_uid not in (0, os.getuid()):
                raise ConfigError.of(path, "this file belongs to another account: copy it and use your own")
            return file.read(_LARGEST)
    except OSError as error:
        raise ConfigError.of(path, f"cannot be read: {error.strerror}") from None


def _directive(text: str, place: Place) -> Directive:
    match = _LINE.match(text)
    if match is None:
        raise ConfigError.of(place.file, "expected a keyword and its value", line=place.line)
    words = _words(match[2])
    if not words:
        raise ConfigError.of(place.file, "a value is missing, or a quotation mark", match[1], place.line)
    return Directive(match[1], words, place)


def _words(text: str) -> tuple[str, ...]:
    """The words of a line without their quotes, up to a comment; none where a quote is not closed."""
    words: list[str] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _WORD.match(text, position)
        if text[position] == "#":
            break
        if match is None or (match.end() < len(text) and not text[match.end()].isspace()):
            return ()
        words.append(re.sub(r"\"([^\"]*)\"|'([^']*)'", lambda quoted: quoted[1] or quoted[2] or "", match[1]))
        position = match.end()
    return tuple(words)


def _criteria(line: Directive) -> tuple[Criterion, ...]:
    """The conditions of a Match line; one that is not known here is kept by its name."""
    words, found = list(line.words), list[Criterion]()
    while words:
        word, is_glued, value = words.pop(0).partition("=")
        kind, is_negated = word.removeprefix("!").lower(), word.startswith("!")
        if kind in ("all", "canonical", "final"):
            found.append(Criterion(kind, is_negated))
            continue
        if not is_glued:
            if not words:
                raise _broken(line, f"{kind} needs a value")
            value = words.pop(0)
        if kind == "exec":
            found.append(Criterion(kind, is_negated, command=value))
        else:
            found.append(Criterion(kind, is_negated, tuple(map(pattern_of, filter(None, value.split(","))))))
    return tuple(found)


def _check(line: Directive) -> None:
    """Refuse values that ssh itself would stop at, of the keywords that are taken over."""
    value = line.words[0]
    if line.key == "port" and not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65_535):
        raise _broken(line, f'expected a port from 1 to 65535, got "{value}"')
    if line.key == "identitiesonly" and value.lower() not in ("yes", "no", "true", "false"):
        raise _broken(line, f'expected yes or no, got "{value}"')


def _broken(line: Directive, sentence: str) -> ConfigError:
    return ConfigError.of(line.place.file, sentence, line.keyword, line.place.line)
