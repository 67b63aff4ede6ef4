"""What both sides of a connection offered: what they lack in common, and what old algorithms they settled on."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh

from paceline.model.legacy import LEGACY, AlgorithmKind, word_for

_COOKIE_END = 17
"""A KEXINIT packet: one byte of type, 16 of cookie, then ten lists of names (RFC 4253, 7.1)."""
_PLACES: dict[AlgorithmKind, int] = {"key exchange": 0, "host key type": 1, "cipher": 2, "MAC": 4}
_OWN_MAC = ("gcm@openssh.com", "poly1305@openssh.com")
"""Ciphers that need no MAC beside them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The algorithms of one kind, by either side."""

    kind: AlgorithmKind
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def chosen(self) -> str:
        """The client's first that the device has too (RFC 4253, 7.1); empty when there is none."""
        return next((name for name in self.ours if name in self.theirs), "")


def offers(connection: asyncssh.SSHClientConnection, options: asyncssh.SSHClientConnectionOptions) -> list[Offer]:
    """What was offered of each kind; empty before the device's KEXINIT has come."""
    # asyncssh keeps the packet for the exchange hash and shows the lists only as text.
    lists = _name_lists(getattr(connection, "_server_kexinit", b""))
    if len(lists) <= _PLACES["MAC"]:
        return []
    ours: dict[AlgorithmKind, Sequence[bytes]] = {
        "key exchange": options.kex_algs,
        "host key type": [name.encode() for name in options.server_host_key_algs],
        "cipher": options.encryption_algs,
        "MAC": options.mac_algs,
    }
    return [Offer(kind, _texts(ours[kind]), _texts(lists[place])) for kind, place in _PLACES.items()]


def lacking(found: Sequence[Offer]) -> list[Offer]:
    """The kinds in which both sides have nothing in common; a MAC counts only beside a cipher that needs one."""
    missing = [offer for offer in found if not offer.chosen]
    cipher = next((offer.chosen for offer in found if offer.kind == "cipher"), "")
    return [offer for offer in missing if offer.kind != "MAC" or not cipher.endswith(_OWN_MAC)]


def words_in_use(found: Sequence[Offer]) -> list[str]:
    """The words of `legacy` that the connection rests on."""
    cipher = next((offer.chosen for offer in found if offer.kind == "cipher"), "")
    words = (
        word_for([offer.chosen], offer.kind) for offer in found if offer.kind != "MAC" or not cipher.endswith(_OWN_MAC)
    )
    return [word for word in words if word]


def words_that_allow(missing: Sequence[Offer]) -> list[str]:
    """The words of `legacy` that would give each kind something in common; empty when one kind has no such word."""
    words = [word_for(offer.theirs, offer.kind) for offer in missing]
    return [word for word in LEGACY if word in words] if all(words) else []


def _texts(names: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(name.decode("ascii", "replace") for name in names)


def _name_lists(packet: bytes) -> list[list[bytes]]:
    lists: list[list[bytes]] = []
    position = _COOKIE_END
    while position + 4 <= len(packet) and len(lists) < 10:
        end = position + 4 + int.from_bytes(packet[position : position + 4], "big")
        lists.append(packet[position + 4 : end].split(b","))
        position = end
    return lists
