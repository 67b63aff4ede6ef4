"""TCP to a device: name to addresses to a connected socket, each way to fail told apart."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name. Raises socket.gaierror."""

Dial = Callable[[str, int, float], Awaitable[socket.socket]]
"""Connects to an address or name and port within a time. Raises SessionError."""

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)
_NO_FILES = (errno.EMFILE, errno.ENFILE)


async def resolve(name: str, port: int) -> Sequence[str]:
    """The addresses of `name`, in the resolver's order. Raises socket.gaierror."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


async def dial(address: str, port: int, timeout_s: float, resolve: Resolve = resolve) -> socket.socket:
    """A connected, non-blocking socket; the resolver's addresses are tried in turn, all within `timeout_s`.

    Raises SessionError: dns, refused, no_route, connect_timeout. Leaves no socket behind when it raises.
    """
    try:
        async with asyncio.timeout(timeout_s):
            targets = [address] if is_address(address) else await resolve(address, port)
    except (socket.gaierror, UnicodeError, TimeoutError) as error:
        raise SessionError(FailureKind.DNS, f"cannot resolve {address}") from error
    if not targets:
        raise SessionError(FailureKind.DNS, f"cannot resolve {address}: it has no address")
    try:
        async with asyncio.timeout(timeout_s):
            return await _first(targets, port)
    except (OSError, TimeoutError) as error:
        raise _failure(error, f"{address}:{port}", timeout_s) from error


async def _first(targets: Sequence[str], port: int) -> socket.socket:
    for target in targets[:-1]:
        try:
            return await _connected(target, port)
        except OSError:
            continue
    return await _connected(targets[-1], port)


async def _connected(target: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (target, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _failure(error: OSError, where: str, timeout_s: float) -> SessionError:
    """The kind of a failed connect, by its errno. A TimeoutError is an OSError; ours carries no errno."""
    if isinstance(error, ConnectionRefusedError):
        return SessionError(FailureKind.REFUSED, f"{where} refuses the connection: SSH off, another port, lines full?")
    if isinstance(error, TimeoutError):
        return SessionError(FailureKind.CONNECT_TIMEOUT, f"{where}: no TCP answer in {timeout_s:g} s: firewall?")
    if error.errno in _NO_ROUTE:
        return SessionError(FailureKind.NO_ROUTE, f"no route to {where}")
    if error.errno in _NO_FILES:
        return no_more_files(where)
    return SessionError(FailureKind.NO_ROUTE, f"cannot reach {where} from here: {error.strerror or error}")


def no_more_files(where: str) -> SessionError:
    """The failure where no socket can be opened here any more."""
    return SessionError(
        FailureKind.INTERNAL, f"{where}: this host has no more open files for Paceline: raise `ulimit -n`"
    )


def peer_of(sock: socket.socket) -> str:
    """The address at the other end; empty through a jump host, which alone knows it. Raises OSError."""
    return "" if sock.family == socket.AF_UNIX else str(sock.getpeername()[0])


async def first_bytes(address: str, port: int, timeout_s: float, dial: Dial) -> bytes:
    """What a plain TCP connection is greeted with: at most 200 bytes, nothing written. Empty when it fails."""
    try:
        sock = await dial(address, port, timeout_s)
    except SessionError:
        return b""
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.get_running_loop().sock_recv(sock, 200)
    except (OSError, TimeoutError):
        return b""
    finally:
        sock.close()


def has_hung_up(sock: socket.socket) -> bool:
    """Whether the other side has closed a connection that nothing was read from yet."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
