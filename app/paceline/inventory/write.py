"""Writes an inventory back as CSV that reads the same; passwords stay where they are."""

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from paceline.inventory.country import DERIVED_MARK
from paceline.inventory.headers import is_known, normal
from paceline.model.device import Device

_OPTIONAL = (
    "port", "platform", "country", "site", "timezone", "groups", "username", "password", "enable", "key_file", "jump",
    "legacy", "role", "sysname", "prompt_name", "aaa", "ha_group",
)  # fmt: skip


def write_csv(devices: Sequence[Device], path: Path) -> None:
    """Write `devices` to `path` as CSV (UTF-8, 0600) that `load` reads into the same devices, in the same order.

    `password` and `enable` are written as the references they are; the values behind `device:NAME` are not kept.
    Variables that are plain text get a column each, all others share the column `vars` as JSON. Raises OSError.
    """
    fields = [name for name in _OPTIONAL if any(_cell(device, name) for device in devices)]
    keys = _variable_columns(devices)
    rest = [{key: value for key, value in device.vars.items() if not _is_cell(keys, key, value)} for device in devices]
    has_rest = any(rest)
    # Unquoted, a name that begins with `#` would make its row a comment.
    has_hash = any(device.name.startswith("#") for device in devices)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL if has_hash else csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow(["name", "address", *fields, *keys, *(["vars"] if has_rest else [])])
        for device, more in zip(devices, rest, strict=True):
            cells = [device.name, device.address, *(_cell(device, name) for name in fields)]
            cells += [_variable(keys, key, device.vars.get(key)) for key in keys]
            if has_rest:
                cells.append(json.dumps(more, ensure_ascii=False) if more else "")
            writer.writerow(cells)


def _cell(device: Device, name: str) -> str:
    value: object = getattr(device, name)
    if name == "port":
        return "" if value == 22 else str(value)
    if name == "country":
        return device.country + (DERIVED_MARK if device.country_derived else "")
    if isinstance(value, tuple):
        plain = all(not set(part) & set(";,|") and part == part.strip() and part for part in value)
        return ";".join(value) if plain and not ";".join(value).startswith("[") else json.dumps(list(value))
    return str(value)


def _variable_columns(devices: Sequence[Device]) -> dict[str, None]:
    """The variables that can be a column: headers that mean nothing else and would read back as written."""
    keys = dict.fromkeys(key for device in devices for key, value in device.vars.items() if _is_text(value))
    return {key: None for key in keys if normal(key) and not is_known(key) and _is_text(key) and key.isprintable()}


def _is_cell(keys: dict[str, None], key: str, value: JsonValue) -> bool:
    return key in keys and _is_text(value)


def _variable(keys: dict[str, None], key: str, value: JsonValue) -> str:
    return value if isinstance(value, str) and _is_cell(keys, key, value) else ""


def _is_text(value: JsonValue) -> bool:
    """Whether a cell gives it back unchanged: not empty, no space at its ends, no carriage return.

    The csv module quotes only what its own line end has in it, and reads a bare carriage return as one.
    """
    return isinstance(value, str) and value != "" and value == value.strip() and "\r" not in value
