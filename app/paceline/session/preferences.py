"""Lists of algorithms as an ssh_config writes them: `+a,b`, `-a*`, `^a`, or a whole list."""

import fnmatch
from collections.abc import Mapping, Sequence

from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs
from asyncssh.mac import get_mac_algs
from asyncssh.public_key import get_certificate_algs, get_public_key_algs

from paceline.model.legacy import AlgorithmKind

_SIGNS = ("+", "-", "^")


def known_part(kind: AlgorithmKind, text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with only the names that are known here, and those that are not; empty when nothing is left of it.

    What a `-` takes away need not be known.
    """
    sign, names = _split(text)
    if sign == "-":
        return text, ()
    known = _known(kind)
    kept = [name for name in names if name in known]
    return (sign + ",".join(kept) if kept else ""), tuple(name for name in names if name not in known)


def preferred(text: str, usual: Sequence[str]) -> list[str]:
    """`usual` as `text` changes it, as ssh does: added behind, taken away by pattern, put first, or replaced."""
    sign, names = _split(text)
    if sign == "+":
        return list(dict.fromkeys((*usual, *names)))
    if sign == "-":
        return [name for name in usual if not any(fnmatch.fnmatchcase(name, pattern) for pattern in names)]
    if sign == "^":
        return list(dict.fromkeys((*names, *usual)))
    return names


def _split(text: str) -> tuple[str, list[str]]:
    sign = text[0] if text.startswith(_SIGNS) else ""
    return sign, [name for name in text.removeprefix(sign).split(",") if name]


def _known(kind: AlgorithmKind) -> frozenset[str]:
    every: Mapping[AlgorithmKind, Sequence[bytes]] = {
        "key exchange": get_kex_algs(),
        "cipher": get_encryption_algs(),
        "MAC": get_mac_algs(),
        "host key type": [*get_public_key_algs(), *get_certificate_algs()],
    }
    return frozenset(name.decode("ascii") for name in every[kind])
