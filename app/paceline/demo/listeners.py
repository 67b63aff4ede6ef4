"""The ports of the fleet: one listener on loopback per device, open, closed or silent as its fault has it."""

import asyncio
import socket
from functools import partial

import asyncssh

from paceline.demo.faults import Fault
from paceline.demo.network import SimulatedDevice
from paceline.demo.server import DeviceServer, Surroundings

ADDRESS = "127.0.0.1"
"""Devices differ by port: macOS has no other loopback address."""
_BACKLOG = 128


class Listeners:
    """Everything that is open, to be closed together."""

    def __init__(self, shared: Surroundings) -> None:
        self._shared = shared
        self._acceptors: list[asyncssh.SSHAcceptor] = []
        self._silent: list[asyncio.Server] = []
        self._reserved: list[socket.socket] = []

    async def open(self, device: SimulatedDevice, host_key: asyncssh.SSHKey) -> int:
        """Open what `device` has; its port."""
        if device.fault is Fault.UNREACHABLE:
            return self._reserve()
        if device.fault is Fault.SILENT:
            return await self._open_silent(device)
        acceptor = await asyncssh.listen(
            ADDRESS,
            0,
            backlog=_BACKLOG,
            server_factory=partial(DeviceServer, device, self._shared),
            server_host_keys=[host_key],
            server_version=self._shared.interpreter.manner(device).ssh_version,
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            gss_host=None,
        )
        self._acceptors.append(acceptor)
        return acceptor.get_port()

    def close(self) -> None:
        """Close every port. Connections end with the process."""
        for acceptor in self._acceptors:
            acceptor.close()
        for server in self._silent:
            server.close()
        for reserved in self._reserved:
            reserved.close()

    def _reserve(self) -> int:
        """A port that refuses: bound, so that nobody else gets it, but not listening."""
        reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        reserved.bind((ADDRESS, 0))
        self._reserved.append(reserved)
        port: int = reserved.getsockname()[1]
        return port

    async def _open_silent(self, device: SimulatedDevice) -> int:
        """A port that accepts, reads, and never says a word."""
        log = self._shared.log

        async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = log.number()
            host, port = writer.get_extra_info("peername")[:2]
            log.write(device.name, number, "connection", f"{host}:{port}")
            try:
                while await reader.read(4_096):
                    pass
            except ConnectionError as error:
                log.write(device.name, number, "closed", type(error).__name__)
            else:
                log.write(device.name, number, "closed")
            finally:
                writer.close()

        server = await asyncio.start_server(keep_silent, ADDRESS, 0, backlog=_BACKLOG)
        self._silent.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port
