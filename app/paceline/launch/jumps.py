"""The way to each device through jump hosts: by `-J`, its own `jump`, the settings' rules, or another source."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from paceline.config.validation import suggest
from paceline.launch.credentials import complete
from paceline.launch.freeze import MOST_LISTED, LaunchError, few
from paceline.launch.legacy import with_legacy
from paceline.launch.ssh_hosts import SshHosts
from paceline.model.device import Device
from paceline.model.errors import PacelineError
from paceline.model.job import Credential, JumpHost
from paceline.model.jump import Hop, parse_jump
from paceline.model.selection import Selection
from paceline.model.settings import CredentialEntry, Settings

JumpSource = Callable[[Device], str]
"""A jump for a device, written as `-J` takes it; empty where the source says nothing of it."""


@dataclass(slots=True)
class Ways:
    """Devices with the ways to them, and the jump hosts on these."""

    devices: list[Device] = field(default_factory=list)
    """`jump` is a chain of keys of `hosts` now, or empty."""
    hosts: dict[str, JumpHost] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)


def choose_jumps(
    devices: Iterable[Device],
    settings: Settings,
    parse: Callable[[str], Selection] | None,
    override: str = "",
    source: JumpSource | None = None,
) -> Ways:
    """The first that says something of a device: `override`, its own `jump`, the first rule that matches, `source`.

    Without `parse` no rule is asked. Raises LaunchError with every jump that is not understood, CredentialError, and
    what `parse` raises.
    """
    rules = [(parse(rule.where), rule.use) for rule in settings.jumps.rule] if parse is not None else []

    def written(device: Device) -> str:
        own = override or device.jump
        if not own and rules:
            own = next((use for where, use in rules if where.matches(device)), "")
        return own or (source(device) if source is not None else "")

    resolver = _Resolver(settings)
    for device in devices:
        text = written(device)
        jump = resolver.resolve(text, device.name) if text else ""
        resolver.ways.devices.append(device if jump == device.jump else device.model_copy(update={"jump": jump}))
    resolver.check()
    return resolver.ways


def reach(devices: Sequence[Device], settings: Settings, parse: Callable[[str], Selection], override: str = "") -> Ways:
    """The devices as a job reaches them: with what the ssh_config fills in, their old algorithms and their ways.

    Raises what `choose_jumps` does, and ConfigError.
    """
    hosts = SshHosts.read(settings)
    proxies = {device.name: hosts.jump_of(device) for device in devices}
    found = with_legacy(map(hosts.applied, devices), settings, parse)
    return choose_jumps(found, settings, parse, override, lambda device: proxies[device.name])


@dataclass(frozen=True, slots=True)
class KnownWays:
    """The ways to the devices of an inventory, as far as they can be told before a start."""

    devices: tuple[Device, ...] = ()
    by_name: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    """Why they cannot be told; one line."""


def known_ways(devices: Sequence[Device], settings: Settings, parse: Callable[[str], Selection] | None) -> KnownWays:
    """The ways as a start would choose them; what would refuse the start is told instead."""
    try:
        ways = reach(devices, settings, parse) if parse is not None else choose_jumps(devices, settings, None)
    except PacelineError as error:
        return KnownWays(tuple(devices), problem=str(error).partition("\n")[0])
    return KnownWays(tuple(ways.devices), {device.name: device.jump for device in ways.devices if device.jump})


class _Resolver:
    """From what is written to jump hosts; each text is looked at once."""

    def __init__(self, settings: Settings) -> None:
        self._entries = settings.jumps.entries
        self._known: dict[str, str | None] = {}
        self._reasons: dict[str, str] = {}
        self._refused: dict[str, list[str]] = {}
        self.ways = Ways()

    def resolve(self, text: str, device: str) -> str:
        """The way by the names of its jump hosts; what cannot be resolved is noted against the device."""
        if text not in self._known:
            try:
                self._known[text] = ",".join(self._name(hop) for hop in parse_jump(text))
            except ValueError as error:
                self._known[text], self._reasons[text] = None, str(error)
        found = self._known[text]
        if found is None:
            self._refused.setdefault(self._reasons[text], []).append(device)
        return found or ""

    def check(self) -> None:
        """Raises LaunchError with what could not be resolved."""
        if self._refused:
            lines = [f"{reason} ({few(names)})" for reason, names in list(self._refused.items())[:MOST_LISTED]]
            raise LaunchError("\n".join(lines))

    def _name(self, hop: Hop) -> str:
        """The name of a jump host, which is known from here on. Raises ValueError, CredentialError."""
        entry = self._entries.get(hop.text)
        if entry is None and hop.is_bare:
            known = suggest(hop.text, self._entries, "the settings have")
            raise ValueError(
                f'no jump is called "{hop.text}"{known}; a host that the settings do not name is written '
                "user@host or host:port"
            )
        name = hop.text
        if name in self.ways.hosts:
            return name
        if entry is not None:
            login = CredentialEntry(username=entry.username, password=entry.password, key_file=entry.key_file)
            credential = complete(login, f"jump {name}", f"jumps.{name}")
            host, port = entry.host, entry.port
        else:
            credential = complete(CredentialEntry(username=hop.username), f"jump {name}", "")
            if not credential.password and not credential.key_file:
                # As `ssh` does where nothing else is at hand.
                credential = credential.model_copy(update={"password": f"ask:jump {name}"})
            host, port = hop.host, hop.port
        self.ways.credentials[f"jump {name}"] = credential
        self.ways.hosts[name] = JumpHost(host=host, port=port, credential=f"jump {name}")
        return name
