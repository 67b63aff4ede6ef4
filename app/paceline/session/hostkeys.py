"""Whether a device's host key is the recorded one: decided here alone, and never by asyncssh."""

import asyncio
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from paceline.model.failure import FailureKind
from paceline.model.legacy import names_of as names_of_legacy
from paceline.session.base import SessionError
from paceline.session.knownhosts import KnownHostsFiles, RecordedKey, fingerprint
from paceline.session.ownhosts import DEFAULT_PORT, Entry, HostKeyFileError, OwnKnownHosts, names_of

_PLAIN = re.compile(r"[\w.-]+")
_AUTHORITY = "cert-authority"
_REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded for one device, under all its names."""

    device: str
    """The device's name."""
    label: str
    """The device as messages name it."""
    own_path: str = ""
    """Paceline's own file, which `paceline hostkeys` changes."""
    keys: tuple[RecordedKey, ...] = ()
    elsewhere: tuple[RecordedKey, ...] = ()
    """Recorded without the port or without the jump host: good enough to trust an equal key, not to call another one
    changed."""
    authorities: tuple[RecordedKey, ...] = ()
    revoked: tuple[RecordedKey, ...] = ()
    is_jump_host: bool = False

    def as_jump_host(self) -> "Recorded":
        """The same of a jump host, which stands in no inventory: its new key comes in another way."""
        return replace(self, is_jump_host=True)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is recorded, so that only a new key can be offered."""
        return not (self.keys or self.elsewhere or self.authorities)

    def judge(self, algorithm: str, blob: bytes) -> SessionError | None:
        """None where the offered key is a recorded one; the failure otherwise."""
        offered = f"{algorithm} {fingerprint(blob)}"
        if _has(self.revoked, blob):
            return SessionError(
                FailureKind.HOST_KEY_REVOKED, f"{self.label}: its host key {offered} is recorded as revoked"
            )
        if _has(self.keys, blob) or _has(self.elsewhere, blob):
            return None
        if self.keys:
            known = ", ".join(f"{key.algorithm} {key.fingerprint}" for key in self.keys)
            return SessionError(
                FailureKind.HOST_KEY_CHANGED,
                f"{self.label}: host key changed: recorded {known}; offered {offered}; {self._remedy()}",
            )
        return SessionError(
            FailureKind.HOST_KEY_UNKNOWN,
            f"{self.label}: unknown host key {offered}; {self._acceptance()}",
        )

    def _acceptance(self) -> str:
        """How a new key gets in."""
        if self.is_jump_host:
            return "compare it there, then log in to it once with `ssh`, which records it"
        return f"compare it on the device, then run `paceline hostkeys accept --where {self._selection()}`"

    def _selection(self) -> str:
        """The expression that selects the device, quoted for a shell."""
        return shlex.quote(f"name={self.device}" if _PLAIN.fullmatch(self.device) else f'name="{self.device}"')

    def _remedy(self) -> str:
        """How the recorded keys go, once it is sure that the device has a new one."""
        steps = [
            f"`paceline hostkeys remove {shlex.quote(self.device)}`"
            if origin == self.own_path
            else f"take line {line} out of {origin}"
            for origin, line in dict.fromkeys(
                (key.origin, 0 if key.origin == self.own_path else key.line) for key in self.keys
            )
        ]
        return f"if the device has a new key: {', '.join(steps)}, then accept it alone"

    def judge_authority(self, blob: bytes) -> SessionError | None:
        """The same for the authority that signed the device's host certificate."""
        if _has(self.revoked, blob):
            return SessionError(
                FailureKind.HOST_KEY_REVOKED,
                f"{self.label}: the authority {fingerprint(blob)} behind its host key is recorded as revoked",
            )
        if _has(self.authorities, blob):
            return None
        return SessionError(
            FailureKind.HOST_KEY_UNKNOWN,
            f"{self.label}: its host certificate is signed by {fingerprint(blob)}, which is no recorded authority",
        )

    def bad_certificate(self) -> SessionError:
        """A host certificate of a recorded authority that does not hold: expired, or for another name."""
        return SessionError(
            FailureKind.HOST_KEY_UNKNOWN,
            f"{self.label}: its host certificate does not hold: expired, not yet valid, revoked or for another name",
        )

    def algorithms(self, legacy: tuple[str, ...] = (), wanted: str = "") -> tuple[str, ...]:
        """Host key algorithms to ask for, recorded types first, so that a device shows the key that is recorded.

        Those of `legacy` words come last, unless one is recorded. `wanted` is the list of an ssh_config.
        """
        types = tuple(dict.fromkeys(key.algorithm for key in self.keys or self.elsewhere))
        return _ordered_algorithms(types, bool(self.authorities), names_of_legacy(legacy, "host key type"), wanted)


def _has(keys: Iterable[RecordedKey], blob: bytes) -> bool:
    return any(_blob_of(key) == blob for key in keys)


def _blob_of(key: RecordedKey) -> bytes:
    try:
        return key.blob
    except ValueError:
        return b""


@lru_cache(maxsize=64)
def _ordered_algorithms(
    types: tuple[str, ...], has_authority: bool, old: tuple[str, ...], wanted: str
) -> tuple[str, ...]:
    from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs, get_public_key_algs

    from paceline.session.preferences import preferred

    known = get_public_key_algs()
    usual = [name.decode() for name in get_default_public_key_algs()]
    # Certificates are for devices that an authority is recorded of, whoever prefers them.
    plain = [name for name in preferred(wanted or "+", usual) if "-cert-v" not in name] or usual
    plain += [name for name in old if name.encode() in known]
    certificates = [name.decode() for name in get_default_certificate_algs()] if has_authority else []
    first = [name for kind in types for name in plain if _type_of(name) == kind]
    return tuple(dict.fromkeys([*certificates, *first, *plain]))


def _type_of(algorithm: str) -> str:
    """The key type behind a signature algorithm: one RSA key signs under many names."""
    return "ssh-rsa" if algorithm.startswith(("rsa-sha2-", "ssh-rsa")) else algorithm


class HostKeys:
    """Looks devices up in the user's known_hosts files and in Paceline's own, and writes the latter."""

    def __init__(self, known_hosts: Sequence[Path], own_known_hosts: Path) -> None:
        self.own = OwnKnownHosts(own_known_hosts)
        self._files = KnownHostsFiles([*known_hosts, own_known_hosts])
        self._writing = asyncio.Lock()

    def look(self) -> None:
        """Read what has changed. Raises SessionError where a file can not be trusted."""
        self._files.look()

    @property
    def hashed(self) -> int:
        """Lines with a hashed name, which must be tried one by one. Raises SessionError as `recorded` does."""
        self._files.look()
        return self._files.hashed

    async def recorded(self, name: str, addresses: Sequence[str], port: int, jump: str = "") -> Recorded:
        """What is recorded for the device `name` at any of `addresses` (as written, as resolved), behind `jump`.

        Raises SessionError where a file can not be trusted.
        """
        self._files.look()
        names = names_of(name, addresses, port, jump)
        label = name if port == DEFAULT_PORT else f"{name} (port {port})"
        found = await self._files.find(names)
        elsewhere: list[RecordedKey] = []
        if (port != DEFAULT_PORT or jump) and all(key.marker for key in found):
            elsewhere = await self._files.find(_less_exact(name, addresses, port, jump))
        every = [*found, *elsewhere]
        return Recorded(
            name,
            label,
            str(self.own.path),
            keys=_distinct(found, ""),
            elsewhere=_distinct(elsewhere, ""),
            authorities=_distinct(every, _AUTHORITY),
            revoked=_distinct(every, _REVOKED),
        )

    async def record(self, entries: Sequence[Entry]) -> None:
        """Append keys to Paceline's own file. Raises HostKeyFileError."""
        async with self._writing:
            before, after, text = await asyncio.to_thread(self.own.append, entries)
            self._files.appended(self.own.path, before, after, text)


def _less_exact(name: str, addresses: Sequence[str], port: int, jump: str) -> tuple[str, ...]:
    """The same without the port, and as `ssh -J` records it: without the jump host."""
    names = names_of(name, addresses, DEFAULT_PORT, jump) if port != DEFAULT_PORT else ()
    if jump:
        names += names_of(name, addresses, port) + names_of(name, addresses, DEFAULT_PORT)
    return tuple(dict.fromkeys(names))


def _distinct(keys: Iterable[RecordedKey], marker: str) -> tuple[RecordedKey, ...]:
    return tuple(dict.fromkeys(key for key in keys if key.marker == marker))


__all__ = ["HostKeyFileError", "HostKeys", "Recorded"]
