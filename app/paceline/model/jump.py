"""How a way through jump hosts is written: `bastion`, `alice@host:2222`, a chain `a,b` with the first hop first."""

import re
from dataclasses import dataclass

DIRECT = "none"
"""Written where a device is reached without a jump, whatever a rule says."""

DEFAULT_PORT = 22
MOST_HOPS = 8

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:-]*(%[A-Za-z0-9._-]+)?")
_USER = re.compile(r"[^\s,@:/\[\]\x00-\x1f\x7f][^\s,/\[\]\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Hop:
    """One jump host of a way, as it was written."""

    host: str
    username: str = ""
    port: int = DEFAULT_PORT
    is_bare: bool = False
    """Whether it is one plain word, which only the settings can explain: no user, no port, no dot."""

    @property
    def text(self) -> str:
        """The same in one form, however it was written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.username}@" if self.username else ""
        return f"{user}{host}" if self.port == DEFAULT_PORT else f"{user}{host}:{self.port}"


def parse_jump(text: str) -> tuple[Hop, ...]:
    """The hops of a way; none of `none` and of nothing. Raises ValueError with a sentence."""
    words = [word.strip() for word in text.strip().split(",")]
    if words in ([""], [DIRECT]):
        return ()
    if DIRECT in words:
        raise ValueError(f'jump "{text}": `none` stands alone')
    if len(words) > MOST_HOPS:
        raise ValueError(f'jump "{text}": more than {MOST_HOPS} jump hosts in a row')
    hops = tuple(_hop(word, text) for word in words)
    if len({hop.text for hop in hops}) < len(hops):
        raise ValueError(f'jump "{text}" passes through one jump host twice')
    return hops


def _hop(word: str, text: str) -> Hop:
    user, _, place = word.removeprefix("ssh://").removesuffix("/").rpartition("@")
    if place.startswith("["):
        host, closing, rest = place[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        is_well_formed = bool(closing) and colon in ("", ":") and (bool(port) == bool(colon))
    elif place.count(":") > 1:
        host, port, is_well_formed = place, "", True
    else:
        host, colon, port = place.partition(":")
        is_well_formed = bool(port) == bool(colon)
    if port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):
        is_well_formed = False
    if not is_well_formed or not _HOST.fullmatch(host) or ("@" in word and not _USER.fullmatch(user)):
        raise ValueError(
            f'jump "{text}": expected the name of a [jumps.NAME] of the settings, or user@host:port; '
            "several with commas between, the first hop first; `none` for no jump"
        )
    is_bare = not user and not port and bool(_NAME.fullmatch(host))
    return Hop(host, user, int(port or DEFAULT_PORT), is_bare)


def ways_of(jump: str) -> tuple[str, ...]:
    """The ways that lead through the first hop, the first two ...; the whole of it last. Empty for no jump."""
    hops = jump.split(",") if jump else []
    return tuple(",".join(hops[:count]) for count in range(1, len(hops) + 1))


def place_of(jump: str) -> str:
    """From where a device behind `jump` is seen: its hosts, the last one first, without who logs in there.

    Under `name@place` its host key is recorded; equal addresses at two places are two devices.
    """
    return "@".join(hop.rpartition("@")[2] for hop in reversed(jump.split(","))) if jump else ""
