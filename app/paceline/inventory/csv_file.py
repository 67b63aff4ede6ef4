"""Reads CSV, whatever its delimiter and headers: the export of a spreadsheet or of another tool."""

import csv
import io
import json
import re
from collections.abc import Iterator

from paceline.inventory.headers import Columns, assign, is_known
from paceline.inventory.result import Entry, InventoryError, Reading

DELIMITERS = (",", ";", "\t")
_GROUP_SEPARATOR = re.compile(r"[;,|]")


def read_csv(reading: Reading, text: str) -> None:
    """Add the entries and problems of CSV `text` to `reading`. Raises InventoryError when no header can be made out."""
    lines = _Lines(text)
    hinted = _hinted_delimiter(lines)
    headers, header_line, delimiter = _header(reading.file, lines, hinted)
    try:
        columns = assign(headers)
    except ValueError as error:
        raise InventoryError(f"{reading.file}, line {header_line}: {error}") from None
    for clause in columns.unread:
        reading.warn(header_line, clause)
    row_of = _Rows(reading, columns, headers)
    for line, cells in _records(reading, lines, delimiter):
        row_of.add(line, cells)


class _Lines:
    """The lines of a text, counted; remembers where the record began that the csv module is reading."""

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self.number = 0
        self.start = 0
        self.first = ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self.number += 1
        if not self.first:
            self.first = line
            self.start = self.number
        return line

    def push_back(self, line: str) -> None:
        """Undo the last `next`."""
        self._source.seek(self._source.tell() - len(line))
        self.number -= 1
        self.first = ""


def _hinted_delimiter(lines: _Lines) -> str:
    """The delimiter of a first line `sep=;`, which spreadsheets write and understand; else empty."""
    line = next(lines, "")
    hint = re.fullmatch(r'"?sep=(.)"?\s*', line)
    if hint and hint[1] in DELIMITERS:
        lines.first = ""
        return hint[1]
    if line:
        lines.push_back(line)
    return ""


def _header(file: str, lines: _Lines, hinted: str) -> tuple[list[str], int, str]:
    for line in lines:
        bare = line.strip().lstrip("#").strip()
        cells = bare and {delimiter: _split(bare, delimiter) for delimiter in ((hinted,) if hinted else DELIMITERS)}
        if not cells:
            lines.first = ""
            continue
        best = max(cells, key=lambda delimiter: (sum(map(is_known, cells[delimiter])), len(cells[delimiter])))
        if line.lstrip().startswith("#") and not any(map(is_known, cells[best])):
            lines.first = ""  # a comment above the header
            continue
        if line.count('"') % 2:
            lines.push_back(line)
            return _quoted_header(file, lines, best)
        lines.first = ""
        return cells[best], lines.number, best
    raise InventoryError(f"{file}: the file holds no header and no device; expected CSV with a header line")


def _quoted_header(file: str, lines: _Lines, delimiter: str) -> tuple[list[str], int, str]:
    """A header with a line break inside quotes: the csv module reads it whole."""
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InventoryError(f"{file}, line {lines.start}: the header is no CSV ({error})") from None
    lines.first = ""
    return [" ".join(cell.split()) for cell in cells], lines.start, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _records(reading: Reading, lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; comments and empty lines are passed over, broken quotes reported."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            for cells in reader:
                if cells and not lines.first.startswith("#"):
                    yield lines.start, cells
                lines.first = ""
            return
        except csv.Error as error:
            reason = str(error)
            if "unexpected end" in reason:
                reading.error(
                    lines.start,
                    f"a quote is opened and never closed; all up to line {lines.number} is left out",
                )
            else:
                span = f" (up to line {lines.number})" if lines.number > lines.start else ""
                reading.error(lines.start, f"the row is no CSV: {reason}; it is left out{span}")
            lines.first = ""


class _Rows:
    """Turns rows into entries, along the columns of one header."""

    def __init__(self, reading: Reading, columns: Columns, headers: list[str]) -> None:
        self._reading = reading
        self._width = len(headers)
        self._fields = tuple(columns.fields.items())
        self._has_name = "name" in columns.fields
        self._groups = columns.groups
        self._vars = tuple(columns.vars.items())
        self._more_vars = columns.more_vars
        self._split_groups: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, line: int, cells: list[str]) -> None:
        """Take one row; what cannot be taken is a problem of the reading."""
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            return
        if len(cells) != self._width and not self._fits(line, cells):
            return
        values = {name: text for name, index in self._fields if (text := cells[index])}
        if self._has_name and "name" not in values:
            self._reading.error(line, "the row has no name; it is left out")
            return
        if "name" not in values and "address" not in values:
            self._reading.error(line, "the row names no device; it is left out")
            return
        entry = Entry(line, values, vars={header: text for index, header in self._vars if (text := cells[index])})
        if self._groups:
            entry.groups = self._groups_of(cells)
        if self._more_vars is not None and cells[self._more_vars]:
            self._add_more(entry, cells[self._more_vars])
        self._reading.entries.append(entry)

    def _fits(self, line: int, cells: list[str]) -> bool:
        found, expected = len(cells), self._width
        if found > expected:
            if any(cells[expected:]):
                self._reading.error(
                    line,
                    f"the row has {found} cells where the header has {expected}; it is left out",
                )
                return False
            return True
        self._reading.warn(
            line, f"the row has {found} cells where the header has {expected}; the rest is taken as empty"
        )
        cells.extend([""] * (expected - found))
        return True

    def _groups_of(self, cells: list[str]) -> tuple[str, ...]:
        texts = tuple([cells[index] for index in self._groups])
        found = self._split_groups.get(texts)
        if found is None:
            names = [name for text in texts for name in split_list(text)]
            found = self._split_groups[texts] = tuple(dict.fromkeys(names))
        return found

    def _add_more(self, entry: Entry, text: str) -> None:
        try:
            more = json.loads(text)
        except (ValueError, RecursionError):
            more = None
        if isinstance(more, dict):
            entry.vars = {**more, **entry.vars}
        else:
            entry.vars["vars"] = text
            self._reading.warn(entry.line, "the cell in 'vars' is no JSON object; it is kept as the variable 'vars'")


def split_list(text: str) -> tuple[str, ...]:
    """The parts of a cell that holds several: parted by `;`, `,` or `|`, or a JSON list of texts."""
    if text.startswith('["'):
        try:
            parts = json.loads(text)
        except ValueError:
            parts = None
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return tuple(parts)
    return tuple(part for part in map(str.strip, _GROUP_SEPARATOR.split(text)) if part)
