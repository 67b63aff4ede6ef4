"""Events from lines that `encode` wrote, without checking again what was checked when they were made.

Folding a large job reads 100,000 of them, and validation is two thirds of that. What is not exactly as this version
writes it (fields of another version, another type) goes the long way, by `decode`, and comes to the same.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel

from paceline.model.event import (
    AttemptEnded,
    AttemptStarted,
    BatchStarted,
    CommandEnded,
    CommandSent,
    Connected,
    DeviceSkipped,
    JobEvent,
    LoggedIn,
    UnknownEvent,
    decode,
    decode_as,
)

_MANY = (AttemptEnded, AttemptStarted, BatchStarted, CommandEnded, CommandSent, Connected, DeviceSkipped, LoggedIn)
"""The kinds that a job has one or more of for each device."""

_new, _put = object.__new__, object.__setattr__

Reading = Callable[[Any], Any]
_Recipe = tuple[type[JobEvent], tuple[str, ...], set[str], tuple[tuple[str, Reading], ...]]


def decode_lines(lines: Sequence[tuple[str, str]]) -> list[JobEvent | UnknownEvent]:
    """The events of (type, line) pairs. Raises ValueError on what is none."""
    try:
        raws = json.loads(f"[{','.join(line for _, line in lines)}]")
    except ValueError:
        raws = []
    if len(raws) != len(lines):
        return [_checked(kind, line) for kind, line in lines]
    events: list[JobEvent | UnknownEvent] = []
    for (kind, line), raw in zip(lines, raws, strict=True):
        recipe = _RECIPES.get(kind)
        event = None if recipe is None else _built(recipe, raw)
        events.append(_checked(kind, line) if event is None else event)
    return events


def _built(recipe: _Recipe, raw: Any) -> JobEvent | None:
    model, names, fields_set, readings = recipe
    if not isinstance(raw, dict) or tuple(raw) != names:
        return None
    try:
        raw["at"] = datetime.fromisoformat(raw["at"])
        for name, read in readings:
            value = raw[name]
            if value is not None:
                raw[name] = read(value)
    except (KeyError, TypeError, ValueError):
        return None
    # What pydantic's own model_construct sets, and nothing else; tests compare the two ways.
    event = _new(model)
    _put(event, "__dict__", raw)
    _put(event, "__pydantic_fields_set__", fields_set)
    _put(event, "__pydantic_extra__", None)
    _put(event, "__pydantic_private__", None)
    return event


def _checked(kind: str, line: str) -> JobEvent | UnknownEvent:
    return decode_as(kind, line) or decode(line)


def _reading(annotation: Any) -> Reading | None:
    """How a value is read from JSON; None where JSON's own will do."""
    kinds = get_args(annotation) or (annotation,)
    for kind in kinds:
        if kind is datetime:
            return datetime.fromisoformat
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return {member.value: member for member in kind}.__getitem__
    return tuple if annotation == tuple[str, ...] else None


def _recipe(model: type[BaseModel]) -> Any:
    fields = model.model_fields
    readings = [(name, _reading(field.annotation)) for name, field in fields.items() if name != "at"]
    return model, tuple(fields), set(fields), tuple((name, read) for name, read in readings if read is not None)


_RECIPES: dict[str, _Recipe] = {model.model_fields["type"].default: _recipe(model) for model in _MANY}
