"""Whether a device's host key is the recorded one: strict, and decided here alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError
from paceline.session.knownhosts import KnownHosts, KnownHostsFiles, RecordedKey, fingerprint

_DEFAULT_PORT = 22
_AUTHORITY = "cert-authority"
_REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded for one device, under all its names."""

    label: str
    """The device as messages name it."""
    keys: tuple[RecordedKey, ...] = ()
    other_port: tuple[RecordedKey, ...] = ()
    """Recorded without the port: good enough to trust an equal key, not to call another one changed."""
    authorities: tuple[RecordedKey, ...] = ()
    revoked: tuple[RecordedKey, ...] = ()

    def judge(self, algorithm: str, blob: bytes) -> SessionError | None:
        """None where the offered key is a recorded one; the failure otherwise."""
        offered = f"{algorithm} {fingerprint(blob)}"
        if _has(self.revoked, blob):
            return SessionError(
                FailureKind.HOST_KEY_REVOKED, f"{self.label}: its host key {offered} is recorded as revoked"
            )
        if _has(self.keys, blob) or _has(self.other_port, blob):
            return None
        if self.keys:
            known = ", ".join(f"{key.algorithm} {key.fingerprint}" for key in self.keys)
            return SessionError(
                FailureKind.HOST_KEY_CHANGED, f"{self.label}: host key changed: recorded {known}; offered {offered}"
            )
        return SessionError(
            FailureKind.HOST_KEY_UNKNOWN,
            f"{self.label}: unknown host key {offered}; compare it on the device, then add it to known_hosts",
        )

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

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Host key algorithms to ask for, recorded types first, so that a device shows the key that is recorded."""
        types = tuple(dict.fromkeys(key.algorithm for key in self.keys or self.other_port))
        return _ordered_algorithms(types, bool(self.authorities))


def _has(keys: Iterable[RecordedKey], blob: bytes) -> bool:
    return any(_blob_of(key) == blob for key in keys)


def _blob_of(key: RecordedKey) -> bytes:
    try:
        return key.blob
    except ValueError:
        return b""


@lru_cache(maxsize=64)
def _ordered_algorithms(types: tuple[str, ...], has_authority: bool) -> tuple[str, ...]:
    from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs

    plain = [name.decode() for name in get_default_public_key_algs()]
    certificates = [name.decode() for name in get_default_certificate_algs()] if has_authority else []
    first = [name for kind in types for name in plain if _type_of(name) == kind]
    return tuple(dict.fromkeys([*certificates, *first, *plain]))


def _type_of(algorithm: str) -> str:
    """The key type behind a signature algorithm: one RSA key signs under many names."""
    return "ssh-rsa" if algorithm.startswith(("rsa-sha2-", "ssh-rsa")) else algorithm


class HostKeys:
    """Looks devices up in the user's known_hosts files and in Paceline's own."""

    def __init__(self, known_hosts: Sequence[Path], own_known_hosts: Path) -> None:
        self._files = KnownHostsFiles([*known_hosts, own_known_hosts])

    @property
    def hashed(self) -> int:
        """Lines with a hashed name, which must be tried one by one. Raises SessionError as `recorded` does."""
        return self._files.current().hashed

    async def recorded(self, name: str, addresses: Sequence[str], port: int) -> Recorded:
        """What is recorded for the device `name` at any of `addresses` (as written, as resolved).

        Raises SessionError where a file can not be trusted.
        """
        index = self._files.current()
        bare = tuple(dict.fromkeys(text.lower() for text in (*addresses, name) if text))
        label = name if port == _DEFAULT_PORT else f"{name} (port {port})"
        if port == _DEFAULT_PORT:
            return _sorted(label, await index.find(bare), [])
        return await _with_port(index, label, bare, port)


async def _with_port(index: KnownHosts, label: str, bare: tuple[str, ...], port: int) -> Recorded:
    found = await index.find(tuple(f"[{text}]:{port}" for text in bare))
    elsewhere = [] if any(not key.marker for key in found) else await index.find(bare)
    return _sorted(label, found, elsewhere)


def _sorted(label: str, found: list[RecordedKey], elsewhere: list[RecordedKey]) -> Recorded:
    every = [*found, *elsewhere]
    return Recorded(
        label,
        keys=tuple(dict.fromkeys(key for key in found if not key.marker)),
        other_port=tuple(dict.fromkeys(key for key in elsewhere if not key.marker)),
        authorities=tuple(dict.fromkeys(key for key in every if key.marker == _AUTHORITY)),
        revoked=tuple(dict.fromkeys(key for key in every if key.marker == _REVOKED)),
    )
