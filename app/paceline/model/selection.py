"""Selections: an expression over an inventory, such as `country=DE,FR site~^ber !name~lab @night.txt`."""

import difflib
import re
import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from paceline.model.device import UNKNOWN_COUNTRY, Device
from paceline.model.failure import FailureKind

NamesFromFile = Callable[[str], Collection[str]]
"""Gives the names in a file. OSError and ValueError become a SelectionError at the place of the file's name."""
DevicesOfJob = Callable[[str, str], Collection[str]]
"""Gives the names of a job's devices: (`failed` | `unreachable` | `unknown` | `open` | `kind=NAME`, job).
LookupError, OSError and ValueError become a SelectionError at the place of the job's name."""

FIELDS = (
    "name", "address", "platform", "country", "site", "group", "groups", "role", "port", "username", "jump",
    "timezone", "aaa", "ha_group", "legacy", "sysname",
)  # fmt: skip
JOB_WORDS = ("failed", "unreachable", "unknown", "open")
_KIND = "kind"
_EVERY_WORD = (*FIELDS, _KIND, *JOB_WORDS)
_CONNECTIVES = {"and": "a space", "or": "a comma between values", "not": "! before a term", "&&": "a space"}
_SAME_COUNTRY = {"uk": "gb", "el": "gr"}
_OPENING, _CLOSING = "([{", ")]}"
_HEAD = re.compile(r"[^\s,\"'=~:!]*")
_OPERATOR = re.compile(r"!?[=~]|:")


class SelectionError(ValueError):
    """A selection that cannot be read: where (from 0), what was found there, and what was expected."""

    def __init__(self, text: str, position: int, found: str, expected: str) -> None:
        super().__init__(f"selection, character {position + 1}: found {found}; expected {expected}")
        self.text = text
        self.position = position
        self.found = found
        self.expected = expected

    @property
    def caret(self) -> str:
        """Two lines: the selection, and a `^` under the place."""
        shown = "".join(letter if letter.isprintable() else " " for letter in self.text)
        return f"{shown}\n{' ' * self.position}^"


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a selection: any of `tests` must hold for one of the device's texts, or none when negated."""

    is_negated: bool
    texts: Callable[[Device], Iterable[str]]
    """The device's values that the word is about."""
    tests: tuple[Callable[[str], bool], ...]
    names: frozenset[str] = frozenset()
    """Names taken from a file or a job, casefolded; a device's name or address must be among them."""

    def matches(self, device: Device) -> bool:
        """Whether the device satisfies this word."""
        for text in self.texts(device):
            if text.casefold() in self.names or any(test(text) for test in self.tests):
                return not self.is_negated
        return self.is_negated


@dataclass(frozen=True, slots=True)
class Selection:
    """A parsed selection. Its words are and-ed; without any it selects everything."""

    text: str
    terms: tuple[Term, ...] = ()

    def matches(self, device: Device) -> bool:
        """Whether the device satisfies every word."""
        return all(term.matches(device) for term in self.terms)

    def select(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        """The devices that match, in their order."""
        return tuple(device for device in devices if self.matches(device))

    def missing(self, devices: Iterable[Device]) -> tuple[str, ...]:
        """Names that a file or a job of the selection gave and no device has (casefolded, sorted)."""
        wanted = {name for term in self.terms if not term.is_negated for name in term.names}
        if wanted:
            for device in devices:
                wanted -= {device.name.casefold(), device.address.casefold()}
        return tuple(sorted(wanted))


def parse(
    text: str,
    *,
    names_from_file: NamesFromFile | None = None,
    devices_of_job: DevicesOfJob | None = None,
) -> Selection:
    """Read a selection. Files and jobs are looked up now, through the two callables. Raises SelectionError."""
    reader = _Reader(text, names_from_file, devices_of_job)
    return Selection(text, tuple(reader.terms()))


@dataclass(frozen=True, slots=True)
class _Value:
    position: int
    text: str
    is_quoted: bool


class _Reader:
    """Reads one selection from left to right."""

    def __init__(self, text: str, names_from_file: NamesFromFile | None, devices_of_job: DevicesOfJob | None) -> None:
        self._text = text
        self._at = 0
        self._names_from_file = names_from_file
        self._devices_of_job = devices_of_job

    def terms(self) -> Iterable[Term]:
        while self._skip_spaces():
            is_negated = self._peek() == "!"
            self._at += is_negated
            if is_negated and (self._peek() in ("", "!") or self._peek().isspace()):
                raise self._mistake(self._at, "a field, a word or @file right after !")
            yield self._term(is_negated)

    def _term(self, is_negated: bool) -> Term:
        start = self._at
        if self._peek() == "@":
            self._at += 1
            return Term(is_negated, _handles, (), self._names_of_files())
        head = _HEAD.match(self._text, start)
        word = head[0] if head else ""
        operator = _OPERATOR.match(self._text, start + len(word))
        if operator is None:
            return self._bare(is_negated, start)
        if operator[0] == ":":
            return self._job_or_bare(is_negated, start, word)
        self._at = operator.end()
        if not word:
            raise self._mistake(start, f"a field before {operator[0]}, as in country=DE without spaces")
        is_negated ^= operator[0].startswith("!")
        if word.casefold() == _KIND:
            if operator[0].endswith("~"):
                raise self._mistake(operator.start(), "= after kind, as in kind=no_banner:last")
            return Term(is_negated, _handles, (), self._names_of_kinds())
        texts = self._field(word, start)
        return Term(is_negated, texts, self._tests(word, is_pattern=operator[0].endswith("~")))

    def _field(self, word: str, start: int) -> Callable[[Device], Iterable[str]]:
        name = word.casefold()
        if name.startswith("vars."):
            if key := word[len("vars.") :]:
                return lambda device: _variable(device, key)
            raise self._mistake(self._at - 1, "the name of a variable after vars., as in vars.rack=12")
        if name not in FIELDS:
            near = difflib.get_close_matches(name, _EVERY_WORD, n=1, cutoff=0.5)
            hint = f"{near[0]} (the nearest field)" if near else f"one of {', '.join(FIELDS)} or vars.NAME"
            raise SelectionError(self._text, start, f"the unknown field {word!r}", hint)
        attribute = "groups" if name == "group" else name
        return lambda device: _texts(getattr(device, attribute))

    def _tests(self, word: str, *, is_pattern: bool) -> tuple[Callable[[str], bool], ...]:
        values = self._values(is_pattern=is_pattern)
        if is_pattern:
            return tuple(self._pattern(value) for value in values)
        if word.casefold() == "country":
            values = [self._country(value) for value in values]
        if word.casefold() == "port":
            for value in values:
                if not value.text.replace("*", "").isdecimal() and value.text != "*":
                    raise SelectionError(self._text, value.position, repr(value.text), "a port number")
        return tuple(_equals(value) for value in values)

    def _country(self, value: _Value) -> _Value:
        text = _SAME_COUNTRY.get(value.text.casefold(), value.text)
        if "*" in text or text in ("", UNKNOWN_COUNTRY) or re.fullmatch(r"[A-Za-z]{2}", text):
            return _Value(value.position, text, value.is_quoted)
        raise SelectionError(self._text, value.position, repr(value.text), "a code of two letters such as DE, or ??")

    def _pattern(self, value: _Value) -> Callable[[str], bool]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # possible nested sets and the like would tear a screen
                pattern = re.compile(value.text, re.IGNORECASE)
        except re.error as error:
            place = value.position + value.is_quoted + min(error.pos or 0, len(value.text))
            raise SelectionError(self._text, place, repr(value.text), f"a regular expression ({error.msg})") from None
        except (OverflowError, RecursionError):
            expected = "a regular expression that can be compiled"
            raise SelectionError(self._text, value.position, repr(value.text), expected) from None
        return lambda text: pattern.search(text) is not None

    def _bare(self, is_negated: bool, start: int) -> Term:
        values = self._values(is_pattern=False)
        for value in values:
            if not value.is_quoted and (instead := _CONNECTIVES.get(value.text.casefold())):
                raise SelectionError(self._text, value.position, repr(value.text), f"{instead} instead (or quotes)")
            if not value.is_quoted and "=" in value.text:
                raise self._mistake(value.position + value.text.index("="), "a space before the next field, or quotes")
        if any(not value.text for value in values):
            raise SelectionError(self._text, start, "an empty word", "a part of a name or address")
        return Term(is_negated, _handles, tuple(_contains(value) for value in values))

    def _job_or_bare(self, is_negated: bool, start: int, word: str) -> Term:
        if word.casefold() in JOB_WORDS:
            self._at = start + len(word) + 1
            names = (self._names_of_job(word.casefold(), value) for value in self._values(is_pattern=False))
            return Term(is_negated, _handles, (), frozenset().union(*names))
        if word.isalpha() and set(word.casefold()) - set("abcdef"):  # an IPv6 address begins with a to f
            near = difflib.get_close_matches(word.casefold(), JOB_WORDS, n=1)
            expected = f"{near[0]}:JOB" if near else f"one of {', '.join(f'{each}:JOB' for each in JOB_WORDS)}"
            raise SelectionError(self._text, start, repr(f"{word}:"), expected)
        return self._bare(is_negated, start)

    def _names_of_files(self) -> frozenset[str]:
        names: set[str] = set()
        for value in self._values(is_pattern=False):
            if self._names_from_file is None:
                raise SelectionError(self._text, value.position, f"the file {value.text!r}", "no file here")
            try:
                names.update(name.casefold() for name in self._names_from_file(value.text))
            except (OSError, ValueError) as error:
                raise SelectionError(
                    self._text, value.position, f"the file {value.text!r}", f"a file of names ({error})"
                ) from error
        return frozenset(names)

    def _names_of_kinds(self) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for value in self._values(is_pattern=False):
            kind, colon, job = value.text.partition(":")
            kinds = [each.value for each in FailureKind]
            if kind.casefold() not in kinds:
                near = difflib.get_close_matches(kind.casefold(), kinds, n=1)
                expected = f"{near[0]} (the nearest kind)" if near else f"a kind of failure: {', '.join(kinds)}"
                raise SelectionError(self._text, value.position, repr(kind), expected)
            if not job:
                end = value.position + len(kind) + len(colon)
                raise SelectionError(self._text, end, "no job", f"a job after the kind, as in kind={kind}:last")
            place = _Value(value.position + len(kind) + 1, job, value.is_quoted)
            names |= self._names_of_job(f"{_KIND}={kind.casefold()}", place)
        return names

    def _names_of_job(self, what: str, job: _Value) -> frozenset[str]:
        if not job.text:
            raise SelectionError(self._text, job.position, "no job", f"a job, as in {what}:last")
        if self._devices_of_job is None:
            raise SelectionError(self._text, job.position, f"the job {job.text!r}", "no job here")
        try:
            return frozenset(name.casefold() for name in self._devices_of_job(what, job.text))
        except (LookupError, OSError, ValueError) as error:
            reason = error.args[0] if isinstance(error, KeyError) and error.args else error
            raise SelectionError(
                self._text, job.position, f"the job {job.text!r}", f"a known job ({reason})"
            ) from error

    def _values(self, *, is_pattern: bool) -> list[_Value]:
        """One or more values, parted by commas, up to the next space."""
        values = [self._value(is_pattern)]
        while self._peek() == ",":
            self._at += 1
            values.append(self._value(is_pattern))
        if self._peek() and not self._peek().isspace():
            raise self._mistake(self._at, "a space or a comma after the closing quote")
        return values

    def _value(self, is_pattern: bool) -> _Value:
        start = self._at
        if self._peek() in ('"', "'"):
            return self._quoted()
        depth = 0
        while letter := self._peek():
            if letter.isspace() or (letter == "," and not depth):
                break
            if is_pattern and letter == "\\":
                self._at += 1  # whatever follows is part of the pattern
            elif is_pattern and letter in _OPENING:
                depth += 1
            elif is_pattern and letter in _CLOSING:
                depth = max(0, depth - 1)
            self._at += 1
        self._at = min(self._at, len(self._text))
        if start == self._at:
            raise self._mistake(start, 'a value (an empty one is "")')
        return _Value(start, self._text[start : self._at], is_quoted=False)

    def _quoted(self) -> _Value:
        start, quote = self._at, self._peek()
        parts: list[str] = []
        self._at += 1
        while letter := self._peek():
            self._at += 1
            if letter == quote:
                return _Value(start, "".join(parts), is_quoted=True)
            if letter == "\\" and self._peek() == quote:
                parts.append(quote)
                self._at += 1
            else:
                parts.append(letter)
        raise SelectionError(self._text, start, "a quote that is never closed", f"a closing {quote}")

    def _skip_spaces(self) -> bool:
        while self._peek().isspace():
            self._at += 1
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _mistake(self, position: int, expected: str) -> SelectionError:
        found = self._text[position : position + 1]
        return SelectionError(self._text, position, repr(found) if found.strip() else "nothing", expected)


def _handles(device: Device) -> tuple[str, ...]:
    return (device.name, device.address)


def _texts(value: JsonValue | tuple[str, ...]) -> tuple[str, ...]:
    """The texts a value is compared by: a list's members, a mapping's keys, else itself as JSON writes it."""
    if isinstance(value, list | tuple):
        return tuple(text for member in value for text in _texts(member)) or ("",)
    if value is None or isinstance(value, dict):
        return ("",) if value is None else tuple(value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _variable(device: Device, key: str) -> tuple[str, ...]:
    """The texts of a variable, found by its exact name, else without case; `a.b` also looks inside `a`."""
    found: JsonValue = dict(device.vars)
    while isinstance(found, dict) and key:
        same = key if key in found else next((each for each in found if each.casefold() == key.casefold()), None)
        if same is not None:
            return _texts(found[same])
        first, dot, key = key.partition(".")
        if not dot:
            return ("",)
        found = next((value for each, value in found.items() if each.casefold() == first.casefold()), None)
    return ("",)


def _equals(value: _Value) -> Callable[[str], bool]:
    if "*" in value.text and not value.is_quoted:
        is_like = _glob(value.text)
        return lambda text: text != "" and is_like(text)  # `site=*`: has a site
    wanted = value.text.casefold()
    return lambda text: text.casefold() == wanted


def _contains(value: _Value) -> Callable[[str], bool]:
    if "*" in value.text and not value.is_quoted:
        return _glob(value.text)
    wanted = value.text.casefold()
    return lambda text: wanted in text.casefold()


def _glob(text: str) -> Callable[[str], bool]:
    pattern = re.compile(".*".join(map(re.escape, re.split(r"\*+", text))), re.IGNORECASE | re.DOTALL)
    return lambda text: pattern.fullmatch(text) is not None
