"""The filters behind `|`: include, exclude, begin, count and their Junos names."""

import re

_ALIASES = {
    "match": "include",
    "except": "exclude",
    "find": "begin",
    "section": "include",
}
_FILTERS = ("include", "exclude", "begin", "count", "last", "no-more", *_ALIASES)


class UnknownFilterError(ValueError):
    """The word after `|` is no filter; `column` says where it stands in the line."""

    def __init__(self, column: int) -> None:
        super().__init__("unknown filter")
        self.column = column


def split(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The command of a line, and its filters as (name, argument). Raises UnknownFilterError."""
    parts = re.split(r"\s\|\s*", line)
    column = len(parts[0])
    filters = []
    for part in parts[1:]:
        column = line.index(part, column)
        word, _, argument = part.strip().partition(" ")
        names = {_ALIASES.get(name, name) for name in _FILTERS if word and name.startswith(word.lower())}
        if len(names) != 1:
            raise UnknownFilterError(column)
        filters.append((names.pop(), argument.strip().strip('"')))
    return parts[0], filters


def apply(filters: list[tuple[str, str]], lines: list[str]) -> list[str]:
    """`lines` after all filters."""
    for name, argument in filters:
        lines = _apply_one(name, argument, lines)
    return lines


def _apply_one(name: str, argument: str, lines: list[str]) -> list[str]:
    if name == "no-more":
        return lines
    if name == "count":
        return [f"Count: {len(lines)} lines"]
    if name == "last":
        count = int(argument) if argument.isdigit() else 10
        return lines[-count:]
    pattern = _pattern(argument)
    if name == "begin":
        found = next((index for index, line in enumerate(lines) if pattern.search(line)), len(lines))
        return lines[found:]
    return [line for line in lines if (pattern.search(line) is None) == (name == "exclude")]


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        # A router takes what is no expression as plain text.
        return re.compile(re.escape(text))
