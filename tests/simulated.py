"""The simulated network without a wire: its answers, latencies and faults, for jobs on the virtual loop."""

import asyncio
import csv
import io

from tests.virtual_loop import EPOCH, virtual_now

from paceline.demo.faults import HANGING_TOPICS, Fault
from paceline.demo.interpreter import Interpreter
from paceline.demo.latency import Latency
from paceline.demo.network import Network, SimulatedDevice
from paceline.model.failure import FailureKind
from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.base import (
    CommandResult,
    Jump,
    JumpRequest,
    OutputSink,
    SessionError,
    SessionPorts,
    SessionRequest,
)


class SimulatedSessions:
    """A SessionFactory over the simulated network, without a wire: its answers, latencies and faults."""

    def __init__(self, network: Network) -> None:
        self._network, self._interpreter = network, Interpreter(network, EPOCH)

    async def open(self, request: SessionRequest, ports: SessionPorts) -> "SimulatedSession":
        """Connect and log in, as far as the device's fault lets it. Raises SessionError."""
        device, where = self._network.devices[request.device.name], f"{request.device.address}:{request.device.port}"
        latency = Latency(device.dice("latency"), device.pace, 1.0)
        if device.fault is Fault.UNREACHABLE:
            raise SessionError(
                FailureKind.REFUSED, f"{where} refuses the connection: SSH off, another port, lines full?"
            )
        if device.fault is Fault.SILENT:
            patience_s = request.timeouts.connect_s
            await asyncio.sleep(patience_s)
            raise SessionError(
                FailureKind.NO_BANNER, f"{where}: TCP is open, no SSH greeting in {patience_s:g} s: overloaded?"
            )
        async with ports.permit("connect"):
            await ports.connected()
        async with ports.permit("login"):
            await asyncio.sleep(latency.login_s())
        if device.fault is Fault.LOGIN_REJECTED:
            user = request.credential.username
            raise SessionError(FailureKind.AUTH_REJECTED, f"{where} rejected {user}: the key is not authorised there")
        return SimulatedSession(device, self._interpreter, latency, request.timeouts.command_idle_s)

    async def open_jump(self, request: JumpRequest, ports: SessionPorts) -> Jump:
        """There is none in the simulated network. Raises SessionError."""
        raise SessionError(FailureKind.DNS, f"cannot resolve {request.device.address}")


class SimulatedSession:
    """A conversation with one simulated device."""

    def __init__(self, device: SimulatedDevice, interpreter: Interpreter, latency: Latency, patience_s: float) -> None:
        self._device, self._interpreter, self._latency, self._patience_s = device, interpreter, latency, patience_s

    @property
    def platform_guess(self) -> str:
        """Its inventory names its platform."""
        return ""

    @property
    def name_seen(self) -> str:
        """Its own name."""
        return self._device.name

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """What the device answers, when it does."""
        reply = self._interpreter.reply(self._device, command.command, virtual_now(), "netops")
        if self._device.fault is Fault.HANGING_COMMAND and reply.topic in HANGING_TOPICS:
            await asyncio.sleep(self._patience_s)
            waited = f"nothing for {self._patience_s:g} s, 0 bytes"
            return CommandResult(CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT, waited)
        await asyncio.sleep(self._latency.command_s())
        sink.write("".join(f"{line}\n" for line in reply.lines).encode())
        if reply.topic:
            return CommandResult(CommandState.SUCCEEDED)
        reason = next(line for line in reply.lines if line.startswith("%") or "error" in line)
        return CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, reason)

    async def close(self) -> None:
        """Nothing is open."""


def inventory(network: Network) -> str:
    """The devices as CSV, at addresses kept for documentation (RFC 5737)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "address", "platform", "country", "site", "role"))
    for number, device in enumerate(network.devices.values(), 1):
        writer.writerow(
            (device.name, f"192.0.2.{number}", device.platform, device.country.code, device.site, device.role)
        )
    return text.getvalue()
