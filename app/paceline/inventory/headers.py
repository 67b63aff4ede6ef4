"""Which field of a device a CSV column is, from its header alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_ACCEPTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "device", "device_name", "node", "caption", "session_name", "inventory_hostname"),
        "address": (
            "address", "ip", "ip_address", "ipaddr", "mgmt_ip", "management_ip", "primary_ip", "primary_ip4",
            "ansible_host",
        ),
        "platform": (
            "platform", "device_type", "os", "os_name", "nos", "network_os", "ansible_network_os", "network_driver",
            "driver",
        ),
        "country": ("country", "country_code", "cc", "iso", "nation"),
        "site": ("site", "site_code", "location", "pop", "city"),
        "groups": ("groups", "group", "tags", "tag"),
        "port": ("port", "ssh_port", "ansible_port"),
        "username": ("username", "user", "login", "ansible_user", "ansible_ssh_user"),
        "password": ("password", "pass", "passwd", "ansible_password", "ansible_ssh_pass"),
        "enable": (
            "enable", "secret", "enable_secret", "enable_password", "ansible_become_password", "ansible_become_pass",
        ),
        "jump": ("jump", "jumphost", "jump_host", "bastion", "proxyjump", "gateway"),
        "legacy": ("legacy",),
        "key_file": ("key_file",),
        "timezone": ("timezone",),
        "role": ("role",),
        "prompt_name": ("prompt_name",),
        "aaa": ("aaa",),
        "ha_group": ("ha_group",),
        "vars": ("vars",),
    }
)  # fmt: skip


def normal(header: str) -> str:
    """A header without case, spaces, `_` and `-`."""
    return header.casefold().replace(" ", "").replace("_", "").replace("-", "").replace("\t", "").replace("\n", "")


_FIELD_OF: Mapping[str, tuple[str, int]] = MappingProxyType(
    {normal(header): (name, rank) for name, headers in _ACCEPTED.items() for rank, header in enumerate(headers)}
)
_SPECIAL = frozenset(("host", "hostname", "sysname"))
SECRET_FIELDS = frozenset(("password", "enable"))


def field_of(header: str) -> str | None:
    """The field that a header names by itself, or None; `host`, `hostname` and `sysname` need their neighbours."""
    found = _FIELD_OF.get(normal(header))
    return found[0] if found else None


def is_known(header: str) -> bool:
    """Whether a header means anything but a variable."""
    return normal(header) in _FIELD_OF or normal(header) in _SPECIAL


@dataclass(slots=True)
class Columns:
    """Where each field is: indexes into a row."""

    fields: dict[str, int] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    vars: dict[int, str] = field(default_factory=dict)
    """Index to the header as written, for every column that is no field."""
    more_vars: int | None = None
    """The column `vars`: a JSON object with the variables that plain cells cannot hold."""
    unread: list[str] = field(default_factory=list)
    """A clause for each column that is not read, and why."""


def assign(headers: Sequence[str]) -> Columns:
    """Give every column its meaning. Where two columns name one field, the first of the accepted headers wins and the
    other becomes a variable. Raises ValueError with a clause when no column names the device."""
    columns = Columns()
    special: dict[str, int] = {}
    ranked: dict[str, list[tuple[int, int]]] = {}
    spare: list[int] = []
    for index, header in enumerate(headers):
        word = normal(header)
        if not word:
            columns.unread.append(f"column {index + 1} has no header and is not read")
        elif word in _SPECIAL and word not in special:
            special[word] = index
        elif word in _FIELD_OF:
            name, rank = _FIELD_OF[word]
            ranked.setdefault(name, []).append((rank, index))
        else:
            spare.append(index)
    columns.groups = [index for _, index in ranked.pop("groups", [])]
    for name, found in ranked.items():
        (_, first), *others = sorted(found)
        columns.fields[name] = first
        _set_aside(columns, headers, name, [index for _, index in others], spare)
    spare += _place_special(columns.fields, special, {normal(header) for header in headers})
    if "address" not in columns.fields and "name" in columns.fields:
        # One column is both; as an address it is also cleaned, and names the device.
        columns.fields["address"] = columns.fields.pop("name")
    columns.more_vars = columns.fields.pop("vars", None)
    _name_variables(columns, headers, spare)
    if "address" not in columns.fields:
        raise ValueError(
            "no column says which device a row is: expected a header such as name, hostname or address, "
            f"found {', '.join(header for header in headers if header) or 'none'}"
        )
    return columns


def _set_aside(columns: Columns, headers: Sequence[str], name: str, others: list[int], spare: list[int]) -> None:
    if name in SECRET_FIELDS:
        # A second password must not end up among the variables, which are shown.
        kept = headers[columns.fields[name]]
        columns.unread += [
            f"column {headers[index]!r} is not read: {kept!r} already holds the {name}" for index in others
        ]
    else:
        spare += others


def _place_special(fields: dict[str, int], special: dict[str, int], words: set[str]) -> list[int]:
    """Settle `host`, `hostname` and `sysname` by the columns beside them; gives back those that mean nothing here."""
    spare: list[int] = []
    host, hostname, sysname = (special.get(word) for word in ("host", "hostname", "sysname"))
    if host is not None:
        if words & {"osname", "ipaddr"}:  # netcfgbu
            order = ("name", "address")
        elif "devicetype" in words or "name" in fields or hostname is not None:  # netmiko, or a name beside it
            order = ("address", "name")
        else:
            order = ("name", "address")
        spare += _fill(fields, host, order)
    if hostname is not None:
        spare += _fill(fields, hostname, ("address", "name") if "name" in fields else ("name", "address"))
    if sysname is not None:
        fields["sysname" if "name" in fields else "name"] = sysname
    return spare


def _fill(fields: dict[str, int], column: int, order: tuple[str, ...]) -> list[int]:
    for name in order:
        if name not in fields:
            fields[name] = column
            return []
    return [column]


def _name_variables(columns: Columns, headers: Sequence[str], spare: list[int]) -> None:
    seen: set[str] = set()
    for index in sorted(spare):
        if headers[index] in seen:
            columns.unread.append(f"column {index + 1} is not read: there is a column {headers[index]!r} before it")
            continue
        seen.add(headers[index])
        columns.vars[index] = headers[index]
