"""What a reader found, checked and made into devices: the rules that every format shares."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from paceline.inventory.address import join_address, parse_address, parse_port
from paceline.inventory.country import Countries, Whereabouts, is_country, settle
from paceline.inventory.csv_file import split_list
from paceline.inventory.headers import SECRET_FIELDS
from paceline.inventory.platforms import PlatformNames
from paceline.inventory.result import Entry, Inventory, Problem, Reading
from paceline.model.device import Device
from paceline.model.legacy import LEGACY
from paceline.model.secret import REFERENCE_FORMS, Secret, is_reference

_AS_WRITTEN = ("site", "timezone", "username", "key_file", "jump", "role", "sysname", "prompt_name", "aaa", "ha_group")
_SCHEMES = ("env:", "device:", "keyring:", "command:")
_NAMED_AT_MOST = 5
DEFAULT_PORT = 22


def assemble(reading: Reading, platforms: PlatformNames) -> Inventory:
    """Devices and problems from what a reader found. Only entries with an error of their own are left out."""
    found = _Checker(reading, platforms)
    for entry in reading.entries:
        found.take(entry)
    found.summarise()
    countries = settle(found.whereabouts, found.countries)
    devices = tuple(
        Device(country=code, country_derived=is_derived, **fields)
        for fields, (code, is_derived) in zip(found.fields, countries, strict=True)
    )
    # In the order of the file; what concerns the whole file comes last.
    problems = sorted(
        reading.problems, key=lambda problem: (not problem.line, problem.file != reading.file, problem.line)
    )
    return Inventory(devices, tuple(problems), found.passwords)


class _Checker:
    def __init__(self, reading: Reading, platforms: PlatformNames) -> None:
        self._reading = reading
        self._platforms = platforms
        self.countries = Countries()
        self._is_country: dict[str, bool] = {}
        self._legacy: dict[str, tuple[str, ...]] = {}
        self._line_of: dict[str, int] = {}
        self._first_at: dict[tuple[str, int, str], tuple[str, int]] = {}
        self._without_platform: list[str] = []
        self._references: list[tuple[int, str]] = []
        self._commands: list[str] = []
        self._open_to_others = next((path for path in reading.files if _may_be_written_by_others(path)), None)
        self.fields: list[dict[str, object]] = []
        self.whereabouts: list[Whereabouts] = []
        self.passwords: dict[str, Secret] = {}

    def take(self, entry: Entry) -> None:
        """Check one entry; keep its fields, or note why it is left out."""
        try:
            fields = self._fields(entry)
        except ValueError as error:
            name = entry.values.get("name")
            self._reading.error(entry.line, f"{error}; {name or 'the device'} is left out")
            return
        self._keep(entry, fields)

    def summarise(self) -> None:
        """Note what concerns many devices at once: missing platforms, literal passwords, passwords nobody gives."""
        if names := self._without_platform:
            self._whole(f"{_some(names)} {_have(names)} no platform; the preset's default is used")
        if commands := self._commands:
            self._whole(f"{_some(commands)} {_have(commands)} a command for a password; it is run when a job starts")
        if self.passwords:
            self._whole(
                f"{len(self.passwords)} literal password{'s' if len(self.passwords) > 1 else ''} in the inventory; "
                "kept in memory only, better is a reference such as env:NAME"
            )
            for path in self._reading.password_files:
                if _is_world_readable(path):
                    reason = "every user of this machine can read the passwords in it; run chmod 600 on it"
                    self._reading.problems.append(Problem(str(path), reason, severity="warning"))
        for line, reference in self._references:
            if reference not in self.passwords:
                self._reading.warn(line, f"the inventory holds no password for the reference {reference!r}")

    def _fields(self, entry: Entry) -> dict[str, object]:
        """The checked fields of a device, but for its country. Raises ValueError with a clause."""
        values = entry.values
        address, port, name = self._reached_at(entry)
        if not name.isprintable():
            raise ValueError(f"the name {name!r} holds a character that cannot be shown")
        if name in self._line_of:
            raise ValueError(f"the name {name!r} is taken on line {self._line_of[name]} and must be unique")
        fields: dict[str, object] = {"name": name, "address": address}
        if port is not None:
            # One that the inventory does not say may stand in the ssh_config.
            fields["port"] = port
        for key in _AS_WRITTEN:
            if key in values:
                text = values[key]
                fields[key] = text if text.isprintable() else " ".join(text.split())
        if entry.groups:
            fields["groups"] = entry.groups
        if entry.vars:
            fields["vars"] = entry.vars
        if "legacy" in values:
            fields["legacy"] = words = self._legacy_of(values["legacy"])
            if unknown := [word for word in words if word not in LEGACY]:
                self._reading.warn(
                    entry.line,
                    f"legacy {', '.join(unknown)} of {name} is not known and allows nothing: "
                    f"expected one of {', '.join(LEGACY)}",
                )
        for kind in SECRET_FIELDS:
            if kind in values:
                fields[kind] = _checked_reference(kind, values[kind]) or _key(name, kind)
                if values[kind].startswith("command:") and (path := self._open_to_others):
                    # Whoever can write the file would run programs as whoever reads it.
                    raise ValueError(
                        f"its {kind} is a command, and others may write {path}: run chmod go-w on it first"
                    )
                if fields[kind] in self.passwords and fields[kind] == _key(name, kind):
                    raise ValueError(f"its {kind} and another device's would share the key {fields[kind]!r}")
        return fields

    def _reached_at(self, entry: Entry) -> tuple[str, int | None, str]:
        values = entry.values
        name = values.get("name", "")
        if "address" not in values:
            self._reading.warn(entry.line, f"{name} has no address; its name is used")
        address, own_port = parse_address(values.get("address", name))
        port = parse_port(values["port"]) if "port" in values else own_port
        if own_port and own_port != port:
            raise ValueError(f"the address says port {own_port}, the port column {port}")
        return address, port, name or join_address(address, own_port)

    def _legacy_of(self, text: str) -> tuple[str, ...]:
        if text not in self._legacy:
            self._legacy[text] = split_list(text)
        return self._legacy[text]

    def _keep(self, entry: Entry, fields: dict[str, object]) -> None:
        values, name = entry.values, str(fields["name"])
        self._line_of[name] = entry.line
        self._watch_address(entry, fields)
        for kind in SECRET_FIELDS:
            if kind not in values:
                continue
            if not _checked_reference(kind, values[kind]):
                self.passwords[_key(name, kind)] = Secret(values[kind])
            elif values[kind].startswith("device:"):
                self._references.append((entry.line, values[kind]))
            elif values[kind].startswith("command:"):
                self._commands.append(name)
        if "platform" not in values:
            self._without_platform.append(name)
        elif platform := self._platforms.resolve(values["platform"]):
            fields["platform"] = platform
        else:
            nearest = self._platforms.nearest(values["platform"])
            hint = f" (nearest: {nearest})" if nearest else ""
            self._reading.error(
                entry.line, f"platform {values['platform']!r} of {name} is not known{hint}; none is set"
            )
        country = values.get("country", "")
        if country and not self._known_country(country):
            reason = f"country {country!r} of {name} is not known: expected DE, DEU or Germany; it is not used"
            self._reading.warn(entry.line, reason)
        self.whereabouts.append(Whereabouts(name, country, str(fields.get("site", "")), entry.groups))
        self.fields.append(fields)

    def _known_country(self, text: str) -> bool:
        if text not in self._is_country:
            self._is_country[text] = is_country(text, self.countries)
        return self._is_country[text]

    def _watch_address(self, entry: Entry, fields: dict[str, object]) -> None:
        port = fields.get("port")
        key = (str(fields["address"]), port if isinstance(port, int) else DEFAULT_PORT, str(fields.get("jump", "")))
        if key in self._first_at:
            first, line = self._first_at[key]
            shown = join_address(key[0], None if key[1] == DEFAULT_PORT else key[1])
            reason = (
                f"{fields['name']} has the same address {shown} as {first} on line {line}; both stay and share one lock"
            )
            self._reading.warn(entry.line, reason)
        else:
            self._first_at[key] = (str(fields["name"]), entry.line)

    def _whole(self, reason: str) -> None:
        self._reading.warn(0, reason)


def _key(name: str, kind: str) -> str:
    return f"device:{name}:enable" if kind == "enable" else f"device:{name}"


def _checked_reference(kind: str, text: str) -> str:
    """`text` when it is a reference, empty when it is a literal. Raises ValueError for what only looks like one."""
    if is_reference(text):
        return text
    if text.startswith(_SCHEMES):
        # Sent as a password it would be rejected, and the account perhaps locked.
        forms = ", ".join((*REFERENCE_FORMS, "device:NAME"))
        raise ValueError(f"the {kind} looks like a reference but is none: expected one of {forms}")
    return ""


def _is_world_readable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)


def _may_be_written_by_others(path: Path) -> bool:
    status = path.stat()
    return bool(status.st_mode & 0o022) or status.st_uid not in (0, os.geteuid())


def _some(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(names[:_NAMED_AT_MOST])
    rest = len(names) - _NAMED_AT_MOST
    return f"{shown} and {rest} more" if rest > 0 else shown


def _have(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"
