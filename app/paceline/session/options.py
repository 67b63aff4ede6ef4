"""asyncssh's options as every connection here takes them: nothing tried by itself, nothing trusted by itself."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import asyncssh
from asyncssh.encryption import get_default_encryption_algs, get_encryption_algs
from asyncssh.kex import get_default_kex_algs, get_kex_algs
from asyncssh.mac import get_default_mac_algs, get_mac_algs

from paceline.model.legacy import AlgorithmKind, names_of
from paceline.session.preferences import preferred

KEEPALIVE_S = 15
_KEEPALIVE_COUNT = 3

# Shaves a tenth off a session's processor time against chacha20, which OpenSSH prefers; both are safe.
_FIRST_CIPHER = b"aes128-gcm@openssh.com"

_NOTHING_TRUSTED: tuple[tuple[()], ...] = ((), (), (), (), (), (), ())
"""asyncssh's own known_hosts: checked, and empty, so that every key is put to our own decision.

None would mean no check at all; an empty value the user's default file.
"""


def client_options(
    username: str,
    methods: Sequence[str],
    legacy: Sequence[str] = (),
    wanted: Mapping[AlgorithmKind, str] = MappingProxyType({}),
) -> asyncssh.SSHClientConnectionOptions:
    """Options for many connections, to be copied for each: checking them costs more than a key exchange.

    `legacy` words allow exactly their algorithms, after all others; `wanted` are lists of an ssh_config. Host key types
    are given per connection.
    """
    ciphers = [_FIRST_CIPHER, *(name for name in get_default_encryption_algs() if name != _FIRST_CIPHER)]
    return asyncssh.SSHClientConnectionOptions(
        config=None,
        username=username,
        client_keys=None,
        client_host_keys=None,
        agent_path=None,
        known_hosts=_NOTHING_TRUSTED,
        x509_trusted_certs=None,
        x509_trusted_cert_paths=[],
        gss_host=None,
        preferred_auth=list(methods) or ["none"],
        kex_algs=_with_legacy(get_default_kex_algs(), get_kex_algs(), legacy, "key exchange", wanted),
        encryption_algs=_with_legacy(ciphers, get_encryption_algs(), legacy, "cipher", wanted),
        mac_algs=_with_legacy(get_default_mac_algs(), get_mac_algs(), legacy, "MAC", wanted),
        compression_algs=["none"],
        utf8_decode_errors="replace",
        login_timeout=0,
        keepalive_interval=KEEPALIVE_S,
        keepalive_count_max=_KEEPALIVE_COUNT,
        encoding=None,
    )


def _with_legacy(
    defaults: Sequence[bytes],
    known: Sequence[bytes],
    legacy: Sequence[str],
    kind: AlgorithmKind,
    wanted: Mapping[AlgorithmKind, str],
) -> list[str]:
    """The usual or the wanted algorithms, then those of `legacy` that this asyncssh still has."""
    old = [name for name in names_of(legacy, kind) if name.encode() in known]
    usual = preferred(wanted.get(kind, "+"), [name.decode() for name in defaults])
    return list(dict.fromkeys((*usual, *old)))
