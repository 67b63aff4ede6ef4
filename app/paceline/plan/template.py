"""Commands with fields, filled per device: `{name}`, `{site}`, `{vars.rack}`. Pure."""

import difflib
import re

from pydantic import JsonValue

from paceline.model.device import UNKNOWN_COUNTRY, Device
from paceline.model.errors import PacelineError

FIELDS = ("address", "country", "name", "platform", "port", "role", "site", "sysname", "timezone")
"""The fields a command may name, beside `vars.KEY`. Nothing that logs in is among them."""

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<field>[^{}]*)\}|[{}]")


class TemplateError(PacelineError):
    """A command that cannot be filled; names the command, and the device if one is at fault."""

    def __init__(self, command: str, sentence: str, device: str = "", field: str = "") -> None:
        self.reason = f"`{command}`: {sentence}"
        """Without the device, for a list of those that share it."""
        super().__init__(f"{device}: {self.reason}" if device else self.reason)
        self.device = device
        self.field = field


def fields_of(command: str) -> tuple[str, ...]:
    """The fields `command` names, in order. Raises TemplateError for an unknown one or a lone brace."""
    fields: list[str] = []
    for match in _PIECE.finditer(command):
        piece, field = match.group(), match["field"]
        if piece in ("{", "}"):
            raise TemplateError(command, f"a single `{piece}`; write `{piece * 2}` for the character itself")
        if field is not None:
            fields.append(_known(command, field))
    return tuple(fields)


def fill(command: str, device: Device) -> str:
    """`command` for `device`, with `{{` and `}}` as plain braces; guard the result again.

    Raises TemplateError when the device has no value for a field, or one that is no plain text.
    """
    fields_of(command)

    def replace(match: re.Match[str]) -> str:
        field = match["field"]
        return match.group()[0] if field is None else _value(command, field.strip(), device)

    return _PIECE.sub(replace, command)


def _known(command: str, field: str) -> str:
    name = field.strip()
    if name in FIELDS or (name.startswith("vars.") and all(name.split("."))):
        return name
    near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    hint = f"did you mean `{{{near[0]}}}`?" if near else f"there are: {', '.join(FIELDS)} and vars.KEY"
    raise TemplateError(command, f"unknown field `{{{field}}}`; {hint}", field=name)


def _value(command: str, field: str, device: Device) -> str:
    value = _lookup(command, field, device)
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise TemplateError(command, f"`{{{field}}}` is a list or a table here, not a plain value", device.name, field)
    text = str(value).strip()
    if not text or (field == "country" and text == UNKNOWN_COUNTRY):
        raise TemplateError(command, f"the inventory gives no value for `{{{field}}}`", device.name, field)
    if not text.isprintable():
        raise TemplateError(command, f"the value of `{{{field}}}` holds control characters", device.name, field)
    return text


def _lookup(command: str, field: str, device: Device) -> JsonValue:
    first, *rest = field.split(".")
    if first != "vars":
        attribute: JsonValue = getattr(device, first)
        return attribute
    value: JsonValue = device.vars
    for key in rest:
        if not isinstance(value, dict) or value.get(key) is None:
            known = sorted(value) if isinstance(value, dict) else []
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise TemplateError(command, f"the inventory gives no value for `{{{field}}}`{hint}", device.name, field)
        value = value[key]
    return value


def blanked(command: str) -> str:
    """`command` with a plain word for each field: what the guard can judge before any device is known.

    Raises TemplateError as `fields_of` does.
    """
    fields_of(command)
    return _PIECE.sub(lambda match: match.group()[0] if match["field"] is None else "x", command)
