"""Addresses as exports write them, with masks, brackets and ports, made plain."""

import ipaddress
import re

_NAME = re.compile(r"[^\s/\[\]:,;@\\\"'<>|-][^\s/\[\]:,;@\\\"'<>|]*")
_ONLY_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_MASK = re.compile(r"/(?:[0-9]{1,3}|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$")
_PORT = re.compile(r"[0-9]{1,5}")


def parse_address(text: str) -> tuple[str, int | None]:
    """The plain address and the port written with it, if any: `[2001:db8::1]:830`, `10.0.0.1/24`, `r1:2222`.

    IPv6 is shortened to its one canonical form, so that equal addresses compare equal. Raises ValueError with a clause.
    """
    if _IPV4.fullmatch(text):
        return text, None
    bare = _MASK.sub("", text) if "/" in text else text
    port: int | None = None
    if bare.startswith("["):
        bare, closed, rest = bare[1:].partition("]")
        bare = _MASK.sub("", bare)
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(f"address {text!r} is not understood: expected [IPv6] or [IPv6]:port")
        port = parse_port(rest[1:]) if rest else None
    elif bare.count(":") == 1:
        bare, _, digits = bare.partition(":")
        port = parse_port(digits)
    if ":" in bare:
        return _ipv6(bare, text), port
    if not _NAME.fullmatch(bare) or not bare.isprintable():
        raise ValueError(f"address {text!r} is neither an IP address nor a host name")
    if _ONLY_DIGITS_AND_DOTS.fullmatch(bare) and not _IPV4.fullmatch(bare):
        raise ValueError(f"address {text!r} is not an IPv4 address: expected four numbers from 0 to 255")
    return bare, port


def parse_port(text: str) -> int:
    """A port from 1 to 65535. Raises ValueError with a clause."""
    if _PORT.fullmatch(text) and 1 <= int(text) <= 65535:
        return int(text)
    raise ValueError(f"port {text!r} is not a number from 1 to 65535")


def join_address(address: str, port: int | None) -> str:
    """The way back, as a name for a device that has none: `r1`, `r1:2222`, `[2001:db8::1]:830`."""
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _ipv6(bare: str, text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(bare))
    except ValueError:
        raise ValueError(f"address {text!r} is not an IPv6 address") from None
