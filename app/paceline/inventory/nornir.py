"""Reads Nornir's SimpleInventory: hosts, groups and defaults, each value taken from the nearest that has one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from paceline.inventory.headers import SECRET_FIELDS, field_of
from paceline.inventory.result import Entry, InventoryError, Problem, Reading
from paceline.inventory.text import read_text
from paceline.inventory.yaml_file import Document, read_yaml
from paceline.model.secret import is_reference

SUFFIXES = (".yaml", ".yml")
_TOP = {"hostname": "address", "port": "port", "username": "username", "password": "password", "platform": "platform"}
_KNOWN = frozenset((*_TOP, "groups", "data", "connection_options", "name"))
# What `data` may say beside variables: these words only, for a `gateway` there is no jump host.
_IN_DATA = frozenset(
    ("country", "site", "timezone", "role", "sysname", "prompt_name", "aaa", "ha_group", "jump", "legacy", "key_file")
)


@dataclass(slots=True)
class _Level:
    """What one host, one group or the defaults say."""

    line: int = 0
    values: dict[str, str] = field(default_factory=dict)
    vars: dict[str, JsonValue] = field(default_factory=dict)
    groups: tuple[str, ...] = ()


def find_file(folder: Path, stem: str) -> Path | None:
    """`stem`.yaml or `stem`.yml in this folder, if either is there."""
    return next((path for suffix in SUFFIXES if (path := folder / f"{stem}{suffix}").is_file()), None)


def read_nornir(reading: Reading, hosts_path: Path, hosts: Document) -> None:
    """Add the hosts to `reading`, with groups and defaults from the files beside it. Raises InventoryError."""
    levels = _Levels(reading, hosts_path, hosts)
    for name, host in levels.hosts:
        reading.entries.append(levels.resolved(name, host))


class _Levels:
    def __init__(self, reading: Reading, hosts_path: Path, hosts: Document) -> None:
        self._reading = reading
        self.hosts = list(self._named_levels(hosts_path, hosts))
        self._groups: dict[str, _Level] = {}
        self._defaults = _Level()
        self._chains: dict[tuple[str, ...], tuple[str, ...]] = {}
        if path := find_file(hosts_path.parent, "groups"):
            for name, group in self._named_levels(path, _document(path)):
                if name in self._groups:
                    self._problem(
                        path, group.line, f"group {name!r} is also on line {self._groups[name].line}; the first counts"
                    )
                else:
                    self._groups[name] = group
        if path := find_file(hosts_path.parent, "defaults"):
            document = _document(path)
            self._note(path, document)
            content = {item.key: item.value for item in document.items}
            self._defaults = self._level(path, "the defaults", 1, content)
            self._watch(path, [self._defaults])

    def resolved(self, name: str, host: _Level) -> Entry:
        """The host with everything it inherits: its groups in order, depth first, then the defaults."""
        if host.groups not in self._chains:
            self._chains[host.groups] = tuple(self._chain(host.groups, name, host.line, ()))
        chain = self._chains[host.groups]
        values = {"name": name}
        variables: dict[str, JsonValue] = {}
        inherited = [self._groups[group] for group in chain if group in self._groups]
        for level in (host, *inherited, self._defaults):
            for key, text in level.values.items():
                values.setdefault(key, text)
            for key, value in level.vars.items():
                variables.setdefault(key, value)
        # Nornir connects to the name of a host that has no hostname.
        values.setdefault("address", name)
        return Entry(host.line, values, chain, variables)

    def _chain(self, groups: tuple[str, ...], host: str, line: int, above: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        for group in groups:
            if group in above:
                self._reading.warn(line, f"group {group!r} of {host} contains itself; it is read once")
            elif group not in self._groups:
                self._reading.warn(line, f"group {group!r} of {host} is not in the groups file; only its name is kept")
                found.append(group)
            else:
                found += [group, *self._chain(self._groups[group].groups, host, line, (*above, group))]
        return list(dict.fromkeys(found))

    def _named_levels(self, path: Path, document: Document) -> Iterator[tuple[str, _Level]]:
        self._note(path, document)
        levels = []
        for item in document.items:
            if item.value is None:
                level = _Level(item.line)
            elif isinstance(item.value, dict):
                level = self._level(path, item.key, item.line, item.value)
            else:
                self._problem(
                    path, item.line, f"{item.key!r} is no mapping of hostname, platform and so on; it is left out"
                )
                continue
            levels.append(level)
            yield item.key, level
        self._watch(path, levels)

    def _level(self, path: Path, owner: str, line: int, content: Mapping[str, JsonValue]) -> _Level:
        level = _Level(line)
        for key, name in _TOP.items():
            self._take(path, level, name, key, content.get(key))
        groups = content.get("groups")
        if isinstance(groups, list) and all(isinstance(group, str | int) for group in groups):
            level.groups = tuple(str(group) for group in groups)
        elif groups is not None:
            self._problem(path, line, f"the groups of {owner} are no list of names; they are not read")
        data = content.get("data")
        if isinstance(data, dict):
            self._take_data(path, level, data)
        elif data is not None:
            self._problem(path, line, f"the data of {owner} is no mapping; it is not read")
        if secret := _enable_of(content.get("connection_options")):
            level.values.setdefault("enable", secret)
        elif content.get("connection_options"):
            self._warn(
                path, line, f"the connection_options of {owner} are not read; put port and platform beside hostname"
            )
        for key in content.keys() - _KNOWN:
            self._warn(
                path, line, f"{owner} has an unknown key {key!r}, which is not read; variables belong under data"
            )
        return level

    def _take_data(self, path: Path, level: _Level, data: Mapping[str, JsonValue]) -> None:
        for key, value in data.items():
            secret = field_of(key) if field_of(key) in SECRET_FIELDS else None
            if secret:
                if secret not in level.values:
                    self._take(path, level, secret, key, value)
            elif key in _IN_DATA and not isinstance(value, dict):
                self._take(path, level, key, key, value)
            else:
                level.vars[key] = value

    def _take(self, path: Path, level: _Level, name: str, key: str, value: JsonValue) -> None:
        if isinstance(value, bool | dict):
            self._problem(
                path, level.line, f"{key} is {str(value).lower()!r} where a text was expected; put it in quotes"
            )
        elif isinstance(value, list):
            level.values[name] = ";".join(map(str, value))
        elif value is not None and (text := str(value).strip()):
            level.values[name] = text

    def _note(self, path: Path, document: Document) -> None:
        if document.kind not in ("mapping", "empty"):
            raise InventoryError(f"{path}: expected a mapping of names at the top, found a {document.kind}")
        for line, reason in document.problems:
            self._problem(path, line, reason)

    def _watch(self, path: Path, levels: list[_Level]) -> None:
        self._reading.files.append(path)
        texts = (level.values.get(name) for level in levels for name in SECRET_FIELDS)
        if any(text and not is_reference(text) for text in texts):
            self._reading.password_files.append(path)

    def _problem(self, path: Path, line: int, reason: str) -> None:
        self._reading.problems.append(Problem(str(path), reason, line))

    def _warn(self, path: Path, line: int, reason: str) -> None:
        self._reading.problems.append(Problem(str(path), reason, line, severity="warning"))


def _document(path: Path) -> Document:
    return read_yaml(str(path), read_text(path)[0])


def _enable_of(options: JsonValue) -> str:
    """The enable secret where netmiko's and scrapli's plugins look for it."""
    if not isinstance(options, dict):
        return ""
    for plugin, key in (("netmiko", "secret"), ("scrapli", "auth_secondary")):
        connection = options.get(plugin)
        extras = connection.get("extras") if isinstance(connection, dict) else None
        secret = extras.get(key) if isinstance(extras, dict) else None
        if secret is not None and not isinstance(secret, dict | list):
            return str(secret)
    return ""
