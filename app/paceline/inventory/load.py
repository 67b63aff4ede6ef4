"""Reads an inventory of any supported format: `load` is the one way in."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from paceline.inventory.assemble import assemble
from paceline.inventory.csv_file import DELIMITERS, read_csv
from paceline.inventory.headers import is_known
from paceline.inventory.nornir import SUFFIXES, find_file, read_nornir
from paceline.inventory.plain import read_list
from paceline.inventory.platforms import PlatformNames
from paceline.inventory.result import Inventory, InventoryError, Reading
from paceline.inventory.text import read_text
from paceline.inventory.yaml_file import Document, read_yaml
from paceline.model.collector import collector_paused

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_SUPPORTED = "Paceline reads CSV, a Nornir inventory (hosts.yaml), or a plain list of names and addresses"
_INI_SECTION = re.compile(r"\[[A-Za-z_][\w.-]*(:(children|vars))?\]\s*([#;].*)?")
_SSH_CONFIG = re.compile(r"Host(\s+|\s*=\s*)\S|Match\s", re.IGNORECASE)
_CSV_SUFFIXES = (".csv", ".tsv")


def load(path: Path, *, aliases: Mapping[str, str] = _NO_ALIASES, known_platforms: Collection[str] = ()) -> Inventory:
    """Read the inventory at `path`: a file, or a folder with a Nornir inventory.

    `aliases` maps other tools' names of platforms to ours; a platform outside `known_platforms` is a problem (with none
    given, any is taken). Raises InventoryError when the whole file is missing, unreadable or of no supported format;
    everything else that is wrong is among the problems of what is returned.
    """
    path = path.expanduser()
    if path.is_dir():
        path = _hosts_file(path)
    text, is_guess = read_text(path)
    reading = Reading(str(path))
    if is_guess:
        reading.warn(0, "the text is not UTF-8 and was read as Windows-1252; save it as UTF-8 if names look wrong")
    with collector_paused():
        _read(reading, path, text)
        if not reading.entries and not reading.problems:
            raise InventoryError(f"{path}: the inventory holds no device")
        return assemble(reading, PlatformNames(aliases, known_platforms))


def _hosts_file(folder: Path) -> Path:
    hosts = find_file(folder, "hosts")
    if hosts is None:
        raise InventoryError(f"{folder}: the folder holds no hosts.yaml; name the inventory file itself. {_SUPPORTED}")
    return hosts


def _read(reading: Reading, path: Path, text: str) -> None:
    suffix = path.suffix.lower()
    first = _first_line(text)
    if suffix in _CSV_SUFFIXES:
        reading.password_files.append(path)
        reading.files.append(path)
        read_csv(reading, text)
    elif suffix in SUFFIXES or first.startswith(("---", "%YAML")):
        document = read_yaml(str(path), text)
        _expect_nornir(path, document)
        read_nornir(reading, path, document)
    elif other := _unsupported(path, suffix, text, first):
        raise InventoryError(f"{path}: this looks like {other}, which is not read yet. {_SUPPORTED}")
    elif _looks_like_csv(first):
        reading.password_files.append(path)
        reading.files.append(path)
        read_csv(reading, text)
    else:
        read_list(reading, text)


def _expect_nornir(path: Path, document: Document) -> None:
    other = ""
    content = {item.key: item.value for item in document.items}
    if document.kind not in ("mapping", "empty"):
        other = f"a {document.kind}, not a mapping of host names"
    elif any(isinstance(value, dict) and value.keys() & {"hosts", "children"} for value in content.values()):
        other = "an Ansible inventory"
    elif isinstance(content.get("devices"), dict):
        other = "a pyATS testbed"
    elif content and all(value is not None and not isinstance(value, dict) for value in content.values()):
        other = "some other YAML"
    if other:
        raise InventoryError(f"{path}: this looks like {other}, which is not read yet. {_SUPPORTED}")


def _unsupported(path: Path, suffix: str, text: str, first: str) -> str:
    """What the file is when it is nothing we read; empty otherwise."""
    if suffix == ".json" or first.startswith("{") or (first.startswith("[") and first.rstrip() in ("[", "[{")):
        return "JSON (Ansible's or NetBox')"
    if path.name == "router.db":
        return "an Oxidized or RANCID router.db"
    if suffix == ".ini" or any(_INI_SECTION.fullmatch(line.strip()) for line in text.splitlines()):
        return "an Ansible INI inventory"
    if _SSH_CONFIG.match(first):
        return "an OpenSSH client configuration"
    return ""


def _first_line(text: str) -> str:
    """The first line that says something."""
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _looks_like_csv(first: str) -> bool:
    if first.lower().startswith("sep="):
        return True
    # Commas inside brackets belong to a range of a plain list: sw[01,03].
    outside = re.sub(r"\[[^\]]*\]", "", first)
    return is_known(first.strip('"')) or any(delimiter in outside for delimiter in DELIMITERS)
