"""The user's ssh_config at a launch: what the inventory and the settings leave open about a device, it fills in."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from paceline.config.errors import ConfigError
from paceline.config.ssh_config import SshConfig, read_ssh_config
from paceline.config.ssh_hosts import NOTHING, HostOptions, look_up
from paceline.model.device import Device
from paceline.model.settings import Settings

_EXEC_TIMEOUT_S = 10.0
_DEEPEST = 8
"""Jump hosts behind each other that an ssh_config may name."""


class SshHosts:
    """Looks devices up, each once. Without a file it says nothing of any."""

    def __init__(self, config: SshConfig | None, settings: Settings) -> None:
        self.config = config
        """None: there is no file, or it is switched off."""
        self._settings = settings
        self._known: dict[tuple[str, str, str], HostOptions] = {}
        self._programs: dict[str, bool] = {}
        self._notes: dict[str, None] = {}

    @classmethod
    def read(cls, settings: Settings) -> "SshHosts":
        """The file that the settings name, if it is there. Raises ConfigError."""
        wanted = settings.ssh_config
        path = Path(wanted.path).expanduser()
        if not wanted.enabled or (not path.exists() and wanted.path == type(wanted)().path):
            return cls(None, settings)
        return cls(read_ssh_config(path, Path.home()), settings)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not followed of the lines that devices so far have met, each once."""
        return tuple(self._notes)

    def of(self, device: Device) -> HostOptions:
        """What the file says of a device, by its name and its address."""
        is_named = device.address.lower() == device.name.lower()
        return self._look_up((device.name, device.address), "" if is_named else device.address, device.username)

    def applied(self, device: Device) -> Device:
        """The device with address, port and algorithms where its inventory says nothing of them."""
        if self.config is None:
            return device
        found = self.of(device)
        update: dict[str, object] = {}
        if found.hostname and device.address.lower() == device.name.lower():
            update["address"] = found.hostname
        if found.port is not None and "port" not in device.model_fields_set:
            update["port"] = found.port
        if algorithms := self._algorithms(found):
            update["algorithms"] = algorithms
        return device.model_copy(update=update) if update else device

    def jump_of(self, device: Device) -> str:
        """The jump hosts before a device, as `-J` takes them; empty for none. The device as its inventory has it."""
        return self._jump(self.of(device).proxy_jump, device.username) if self.config is not None else ""

    def _look_up(self, names: Sequence[str], address: str, user: str) -> HostOptions:
        if self.config is None:
            return NOTHING
        key = (names[0], address, user)
        if key not in self._known:
            run = self._ends_well if self._settings.ssh_config.match_exec else None
            found = self._known[key] = look_up(self.config, names, address=address, user=user, run=run)
            self._notes.update(dict.fromkeys(found.notes))
        return self._known[key]

    # -- jump hosts --------------------------------------------------------------------------------------

    def _jump(self, text: str, user: str) -> str:
        """The chain that a ProxyJump means: each of its hosts as the file has it, those before it in front."""
        if not text or text.lower() == "none":
            return ""
        hops: list[str] = []
        for hop in text.split(","):
            hops += self._hops(hop.strip(), first=not hops, depth=0)
        return ",".join(dict.fromkeys(hops))

    def _hops(self, text: str, *, first: bool, depth: int) -> list[str]:
        """One jump host, `user@host:port`; what it is itself reached through comes before it."""
        user, host, port = _parts(text)
        if text in self._settings.jumps.entries or host in self._settings.jumps.entries:
            return [text]
        found = self._look_up((host,), "", user)
        name = found.hostname or host
        at = f"{user or found.user}@" if user or found.user else ""
        port = port or (str(found.port) if found.port else "")
        own = f"{at}[{name}]" if ":" in name else f"{at}{name}"
        # A bare name would be one of the settings.
        whole = [f"{own}:{port or 22}" if port or not at else own]
        if found.identity_files:
            self._notes[
                f"{self._path}: the IdentityFile of jump host {host} is not followed: "
                f"name it as key_file under [jumps.{host}] in the settings"
            ] = None
        # Only the first one is connected to from here, by ways of its own.
        if not first or not found.proxy_jump or found.proxy_jump.lower() == "none":
            return whole
        if depth == _DEEPEST:
            raise ConfigError.of(self._path, f"more than {_DEEPEST} jump hosts before {host}: do they name each other?")
        before: list[str] = []
        for hop in found.proxy_jump.split(","):
            before += self._hops(hop.strip(), first=not before, depth=depth + 1)
        return [*before, *whole]

    @property
    def _path(self) -> Path:
        assert self.config is not None
        return self.config.path

    # -- algorithms, programs ----------------------------------------------------------------------------

    def _algorithms(self, found: HostOptions) -> dict[str, str]:
        """Those lists that something is left of; what no one knows here is told."""
        if not found.algorithms:
            return {}
        # Brings the SSH library in, which only those pay who write such lines.
        from paceline.session.preferences import known_part

        kept: dict[str, str] = {}
        for kind, text in found.algorithms.items():
            part, unknown = known_part(kind, text)
            line = found.sources[kind]
            if unknown:
                which = ", ".join(unknown)
                rest = "left out" if part else "all it names, so the line is ignored"
                self._notes[f"{line.place}: {line.keyword}: not known here: {which}; {rest}"] = None
            if part:
                kept[kind] = part
        return kept

    def _ends_well(self, command: str) -> bool:
        """Run the program of a `Match exec`, as ssh does: by the shell, once for each of its texts."""
        if command not in self._programs:
            try:
                done = subprocess.run(  # noqa: S602 - the operator's own file, and their consent in the settings
                    command, shell=True, timeout=_EXEC_TIMEOUT_S, check=False,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                self._programs[command] = done.returncode == 0
            except subprocess.TimeoutExpired:
                self._programs[command] = False
                self._notes[f"{self._path}: Match exec took longer than {_EXEC_TIMEOUT_S:g} s: {command}"] = None
        return self._programs[command]


def notes_on(devices: Iterable[Device], settings: Settings) -> tuple[str, ...]:
    """What is not followed of the ssh_config for these devices, as their inventory has them. Raises ConfigError."""
    hosts = SshHosts.read(settings)
    for device in devices:
        hosts.applied(device)
        if not device.jump:
            hosts.jump_of(device)
    return hosts.notes


def _parts(text: str) -> tuple[str, str, str]:
    """User, host and port of `[user@]host[:port]`, also with `ssh://` before it."""
    user, _, rest = text.removeprefix("ssh://").rpartition("@")
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        return user, host, port.removeprefix(":")
    host, _, port = rest.partition(":")
    return (user, host, port) if ":" not in port else (user, rest, "")
