"""From a document to a model, with sentences for what does not fit."""

import difflib
import typing
from collections.abc import Iterable
from types import UnionType
from typing import Any, TypeVar, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from paceline.config.document import Document
from paceline.config.errors import ConfigError, Problem

M = TypeVar("M", bound=BaseModel)
Location = tuple[str | int, ...]

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
}
_PRIVATE = frozenset({"credentials", "jumps", "password", "enable"})
"""Under these keys a wrong value is never repeated: it may be a secret in the wrong place."""


def validate(model: type[M], document: Document, data: dict[str, Any] | None = None) -> M:
    """`document` (or `data` taken from it) as `model`. Raises ConfigError with every problem found.

    Types are strict: `"60"` is no number and 1 is not true.
    """
    try:
        return model.model_validate(_frozen(document.data if data is None else data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigError(_problems(model, document, details)) from None


def sentences(model: type[BaseModel], error: ValidationError) -> dict[str, str]:
    """What does not fit, by dotted key: for values that come from no file."""
    found: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        location = _location(detail["loc"])
        found.setdefault(_dotted(location), _sentence(model, location, detail))
    return found


def require_own_name(document: Document, name: str) -> None:
    """Raises ConfigError when the file is called otherwise than what it defines: then nobody finds it by name."""
    stem = document.path.stem
    if name != stem:
        sentence = f'expected "{stem}", as the file is called, got "{name}": rename one of them'
        raise ConfigError.of(document.path, sentence, "name", document.line_of(("name",)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely meant."""
    matches = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggest(word: str, known: Iterable[str], what: str = "known here") -> str:
    """`; did you mean "pace"?`, or the known words when none is near."""
    names = sorted(known)
    if near := nearest(word, names):
        return f'; did you mean "{near}"?'
    return f"; {what}: {', '.join(names)}" if names else ""


def _frozen(value: Any) -> Any:
    """Lists as tuples: strict models keep tuples, TOML gives lists."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _problems(model: type[BaseModel], document: Document, details: Iterable[ErrorDetails]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for detail in details:
        location = _location(detail["loc"])
        name = _dotted(location)
        # A union reports one error per member: the first says enough.
        if name not in seen:
            sentence = _sentence(model, location, detail)
            seen[name] = Problem(document.path, sentence, name, document.line_of(location))
    return sorted(seen.values(), key=lambda problem: problem.line or 0)


def _location(loc: tuple[int | str, ...]) -> Location:
    """Pydantic's place without the members of a union (`int`, `str`), which are not in the file."""
    return tuple(part for part in loc if not (isinstance(part, str) and part in ("int", "str")))


def _dotted(location: Location) -> str:
    """`commands[2].timeout_s`: lists count from 1, as people do."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def _sentence(model: type[BaseModel], location: Location, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(location[-1])
        if len(location) > 1 and name in model.model_fields:
            return f"unknown key here; `{name}` belongs above the first [table] of the file"
        return "unknown key" + suggest(name, _known_keys(model, location[:-1]))
    if kind == "missing":
        return "this key is missing"
    if kind == "value_error":
        return str(context["error"])
    expected = _expected(kind, context)
    # The remaining kinds cannot come from TOML and today's models; pydantic's own words still name them.
    return f"expected {expected}{_got(location, detail['input'])}" if expected else detail["msg"]


def _expected(kind: str, context: dict[str, Any]) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        limit = float(context[name])
        return text.format(int(limit) if limit.is_integer() else limit)
    if kind == "literal_error":
        return str(context["expected"]).replace("'", '"')
    if kind == "string_pattern_mismatch":
        return f"text of the form {context['pattern']}"
    if kind in ("string_too_short", "too_short"):
        return f"at least {context['min_length']} {'character' if kind.startswith('string') else 'entry'}"
    if kind in ("string_too_long", "too_long"):
        return f"at most {context['max_length']} {'characters' if kind.startswith('string') else 'entries'}"
    return ""


def _got(location: Location, value: Any) -> str:
    if _PRIVATE.intersection(location):
        return ""
    if isinstance(value, bool):
        return f", got {str(value).lower()}"
    if isinstance(value, int | float):
        return f", got {value}"
    if isinstance(value, str):
        return f', got "{value}"' if len(value) <= 60 else f', got "{value[:60]}…"'
    if isinstance(value, dict):
        return ", got a table"
    return ", got a list" if isinstance(value, tuple) else f", got a {type(value).__name__}"


def _known_keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys of the table at `location`."""
    found: type[BaseModel] | None = model
    for part in location:
        if found is None:
            return []
        if isinstance(part, str) and part in found.model_fields:
            found = _model_in(found.model_fields[part].annotation)
        elif isinstance(part, str) and (extra := found.__annotations__.get("__pydantic_extra__")):
            found = _model_in(extra)
        # An index or a free name (`platform.NAME`): its table is the one already found.
    return [] if found is None else list(found.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `dict[str, M]`, `tuple[M, ...]`, `M | None`, `Annotated[M, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is Union or typing.get_args(annotation):
        for argument in typing.get_args(annotation):
            if found := _model_in(argument):
                return found
    return None
