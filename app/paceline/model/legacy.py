"""SSH algorithms that are refused unless a device is allowed them: the words of `legacy`, and what each stands for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

LegacyWord = Literal["gex-sha1", "group1", "ssh-dss", "cbc", "arcfour", "md5"]
AlgorithmKind = Literal["key exchange", "host key type", "cipher", "MAC"]


@dataclass(frozen=True, slots=True)
class LegacyAlgorithms:
    """What one word allows, and nothing else."""

    kind: AlgorithmKind
    names: tuple[str, ...]
    """As SSH calls them, the better ones first."""


LEGACY: Mapping[LegacyWord, LegacyAlgorithms] = MappingProxyType(
    {
        "gex-sha1": LegacyAlgorithms("key exchange", ("diffie-hellman-group-exchange-sha1",)),
        "group1": LegacyAlgorithms("key exchange", ("diffie-hellman-group1-sha1",)),
        "ssh-dss": LegacyAlgorithms("host key type", ("ssh-dss",)),
        "cbc": LegacyAlgorithms("cipher", ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc")),
        "arcfour": LegacyAlgorithms("cipher", ("arcfour256", "arcfour128", "arcfour")),
        "md5": LegacyAlgorithms("MAC", ("hmac-md5", "hmac-sha1-96", "hmac-md5-96")),
    }
)


def names_of(words: Iterable[str], kind: AlgorithmKind) -> tuple[str, ...]:
    """The algorithms of one kind that `words` allow, the better ones first; a word that is none allows nothing."""
    allowed = frozenset(words)
    return tuple(name for word, one in LEGACY.items() if word in allowed and one.kind == kind for name in one.names)


def word_for(algorithms: Iterable[str], kind: AlgorithmKind) -> str:
    """The word that allows one of `algorithms`, as LEGACY has them in order; empty when none does."""
    offered = frozenset(algorithms)
    return next((word for word, one in LEGACY.items() if one.kind == kind and offered.intersection(one.names)), "")
