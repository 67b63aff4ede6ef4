"""Who logs in where, and the secrets that takes: resolved by the process that starts the job, kept in memory."""

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from paceline.launch.references import CredentialError, from_command, from_environment, from_keyring
from paceline.launch.ssh_hosts import SshHosts
from paceline.model.device import Device
from paceline.model.job import Credential, JobSpec
from paceline.model.secret import Secret, Secrets
from paceline.model.selection import Selection
from paceline.model.settings import CredentialEntry, Settings

_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The credentials of a job, and which device uses which."""

    credentials: dict[str, Credential]
    by_device: dict[str, str]


def choose_credentials(
    devices: Iterable[Device], settings: Settings, parse: Callable[[str], Selection], hosts: SshHosts | None = None
) -> Chosen:
    """The first rule that matches a device, else the default; what the inventory says of a device wins over both.

    User and key that the settings leave open are what `hosts`, the user's ssh_config, says of the device.
    """
    hosts = hosts or SshHosts(None, settings)
    rules = [(parse(rule.where), rule.use) for rule in settings.credentials.rule]
    credentials: dict[str, Credential] = {}
    by_device: dict[str, str] = {}
    bases: dict[tuple[str, str, str], tuple[str, Credential]] = {}
    entries: dict[str, CredentialEntry] = {}
    for device in devices:
        name = next((use for selection, use in rules if selection.matches(device)), "default")
        if name not in entries:
            entries[name] = settings.credential(name)
        user, key = _of_ssh_config(entries[name], device, hosts)
        if (name, user, key) not in bases:
            whole = ":".join(filter(None, (name, user, Path(key).name)))
            taken = sum(other == whole for other, _ in bases.values())
            own_name = f"{whole}:{taken + 1}" if taken else whole
            bases[name, user, key] = own_name, _complete(settings, name, own_name, device, user, key)
        name, base = bases[name, user, key]
        own = {
            "username": device.username,
            "password": device.password,
            "key_file": device.key_file,
            "enable": device.enable,
        }
        changes = {key: value for key, value in own.items() if value}
        if changes:
            if device.password and not device.key_file:
                changes["key_file"] = ""
            credential = base.model_copy(update=changes)
            name = f"{name}+{device.name}"
        else:
            credential = base
        credentials[name] = credential
        by_device[device.name] = name
    return Chosen(credentials, by_device)


def _of_ssh_config(entry: CredentialEntry, device: Device, hosts: SshHosts) -> tuple[str, str]:
    """User and key file for a device where its credential leaves them open; empty where it does not."""
    found = hosts.of(device)
    user = found.user if not (entry.username or device.username) else ""
    if entry.key_file or entry.password not in ("", "agent") or device.password or device.key_file:
        return user, ""
    # The public half is enough for an agent.
    each = ((file, f"{file}.pub") for file in found.identity_files)
    there = [path for pair in each if (path := next((one for one in pair if Path(one).is_file()), ""))]
    if not there and found.identities_only:
        # ssh would offer nothing else either: the start says what is missing.
        there = [*found.identity_files, _default_key()]
    return user, there[0] if there else ""


def _complete(settings: Settings, name: str, own_name: str, device: Device, user: str, key: str) -> Credential:
    """The credential `name`, called `own_name` where it has a user or a key of the ssh_config."""
    entry = settings.credential(name)
    has_own = bool(device.password or device.key_file)
    if key and not entry.password and os.environ.get("SSH_AUTH_SOCK"):
        # The key itself, or an agent that has it, as for ssh.
        entry = entry.model_copy(update={"password": "agent"})
    update = {"username": entry.username or user, "key_file": entry.key_file or key}
    return complete(entry.model_copy(update=update), own_name, "" if has_own else f"credentials.{name}")


def complete(entry: CredentialEntry, name: str, table: str) -> Credential:
    """What an entry of the settings leaves open, as `ssh` would fill it in: own name, agent, else a default key.

    `table` is where a password or key can be set, for the CredentialError that is raised where there is none; without
    it there may be none.
    """
    username = entry.username or getpass.getuser()
    password, key_file = entry.password, entry.key_file
    if not password and not key_file:
        if os.environ.get("SSH_AUTH_SOCK"):
            password = "agent"
        else:
            key_file = _default_key()
        if not password and not key_file and table:
            raise CredentialError(
                f"credential {name!r} has no password, no key_file and there is no ssh-agent: "
                f"set one of them under [{table}] in the settings"
            )
    if password == "agent" and not os.environ.get("SSH_AUTH_SOCK"):
        raise CredentialError(
            f"credential {name!r} logs in with the ssh-agent, and SSH_AUTH_SOCK is not set: "
            "start an agent (or forward yours with `ssh -A`), or use another kind of login"
        )
    # What is asked for is asked once per credential: each has a reference of its own.
    return Credential(
        username=username,
        password=f"ask:{name}" if password == "ask" else password,
        key_file=str(Path(key_file).expanduser()) if key_file else "",
        enable=f"ask:{name}:enable" if entry.enable == "ask" else entry.enable,
    )


def _default_key() -> str:
    """The first of the user's own default keys, as `ssh` would try them."""
    folder = Path.home() / ".ssh"
    return next((str(folder / name) for name in _DEFAULT_KEYS if (folder / name).is_file()), "")


@dataclass(frozen=True, slots=True)
class Question:
    """A secret that only the operator knows."""

    reference: str
    label: str
    """What it is, as `password of netops (credential default)`; also what `ask` is called with."""


def questions(spec: JobSpec, from_inventory: Mapping[str, Secret]) -> list[Question]:
    """What `resolve_secrets` will ask, each reference once, in its order."""
    asked: dict[str, Question] = {}
    for reference, label in _references(spec.credentials):
        kind = reference.partition(":")[0]
        if reference not in from_inventory and kind in _ASKED:
            asked.setdefault(reference, Question(reference, label))
    return list(asked.values())


def resolve_secrets(
    spec: JobSpec,
    from_inventory: Mapping[str, Secret],
    ask: Callable[[str], str] | None = None,
) -> Secrets:
    """Give every reference of the job its value, asking once per reference. Raises CredentialError.

    Keyrings and commands may take their time: call it on a thread where something else must go on.
    """
    return resolve_credentials(spec.credentials, from_inventory, ask)


def resolve_credentials(
    credentials: Mapping[str, Credential],
    from_inventory: Mapping[str, Secret],
    ask: Callable[[str], str] | None = None,
) -> Secrets:
    """The same for credentials of no job."""
    for name, credential in credentials.items():
        if credential.key_file and not Path(credential.key_file).is_file():
            raise CredentialError(f"credential {name!r}: the key file {credential.key_file} does not exist")
    secrets = Secrets(agent_path=os.environ.get("SSH_AUTH_SOCK", ""))
    for reference, label in _references(credentials):
        if not secrets.has(reference):
            secrets.add(reference, _value(reference, label, from_inventory, ask))
    return secrets


_SOURCES: Mapping[str, Callable[[str, str], Secret]] = MappingProxyType(
    {"env": from_environment, "keyring": from_keyring, "command": from_command}
)
_ASKED = ("ask", "device")
"""Kinds of references that a person can answer; `device:` ones are asked for where the inventory is not at hand."""


def _references(credentials: Mapping[str, Credential]) -> Iterator[tuple[str, str]]:
    """Each reference to a value, with what it is."""
    for name, credential in credentials.items():
        for what, reference in (("password", credential.password), ("enable secret", credential.enable)):
            if reference and reference != "agent":
                yield reference, f"{what} of {credential.username} (credential {name})"


def _value(
    reference: str, label: str, from_inventory: Mapping[str, Secret], ask: Callable[[str], str] | None
) -> Secret:
    if reference in from_inventory:
        return from_inventory[reference]
    kind, _, name = reference.partition(":")
    if kind in _SOURCES:
        return _SOURCES[kind](name, label)
    if kind in _ASKED:
        if ask is None:
            raise CredentialError(
                f"the {label} must be asked for, and there is no terminal to ask on: "
                "use env:NAME, keyring:NAME, command:PROGRAM, a key or the agent"
            )
        return Secret(ask(label))
    raise CredentialError(f"no value for the {label} ({reference})")


__all__ = ["Chosen", "CredentialError", "Question", "choose_credentials", "questions", "resolve_secrets"]
