"""Each fault of the fleet, as a client meets it."""

import asyncio

import asyncssh
import pytest
from tests.demo.client import WAIT_S, Row, connection, rows, terminal

from paceline.demo.faults import Fault
from paceline.demo.fleet import Fleet
from paceline.demo.log import read_log
from paceline.demo.network import build_network

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERFACES = {
    "cisco_xr": "show interface brief",
    "cisco_ios": "show ip interface brief",
    "juniper_junos": "show interfaces terse",
}
CPU = {
    "cisco_xr": "show process cpu",
    "cisco_ios": "show processes cpu",
    "juniper_junos": "show chassis routing-engine",
}


def _struck(fleet: Fleet, fault: Fault) -> Row:
    planned = build_network(60, 1, linux=0.1)
    name = next(device.name for device in planned.devices.values() if device.fault is fault)
    return next(each for each in rows(fleet) if each.name == name)


async def test_the_unreachable_one_refuses_the_connection(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.UNREACHABLE)
    assert device.expected == "refused"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", device.port)


async def test_the_silent_one_accepts_and_says_nothing(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.SILENT)
    assert device.expected == "no_banner"
    reader, writer = await asyncio.open_connection("127.0.0.1", device.port)
    writer.write(b"SSH-2.0-test\r\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.read(1)
    writer.close()
    assert next(entry.kind for entry in read_log(fleet.log) if entry.device == device.name) == "connection"


async def test_the_rejecting_one_takes_neither_key_nor_password_and_notes_it(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.LOGIN_REJECTED)
    assert device.expected == "auth_rejected"
    for password in ("", fleet.password.reveal()):
        with pytest.raises(asyncssh.PermissionDenied):
            async with connection(fleet, device, password=password):
                pass
    noted = [entry for entry in read_log(fleet.log) if entry.device == device.name and entry.kind == "login"]
    assert [(entry.user, entry.detail, entry.accepted) for entry in noted] == [
        ("demo", "publickey", False),
        ("demo", "password", False),
    ]


async def test_the_one_with_the_unknown_key_is_in_no_known_hosts(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.UNKNOWN_KEY)
    assert device.expected == "host_key_unknown"
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with connection(fleet, device):
            pass


async def test_the_refusing_one_refuses_one_command_and_answers_the_next(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.REFUSED_COMMAND)
    assert device.expected == "command_rejected"
    async with terminal(fleet, device) as typist:
        assert "^\r\n" in await typist.run(CPU[device.platform])
        assert "^\r\n" not in await typist.run("show version")


async def test_the_hanging_one_gives_its_prompt_back_on_an_interrupt(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.HANGING_COMMAND)
    assert device.expected == "command_timeout"
    async with terminal(fleet, device, rows=100) as typist:
        typist.type(INTERFACES[device.platform] + "\n")
        await typist.until("\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await typist.process.stdout.read(1)
        typist.type("\x03")
        assert (await typist.until(typist.prompt)).startswith("^C\r\n")
        assert "ersion" in await typist.run("show version")


async def test_the_cut_one_drops_the_connection_in_the_middle_of_an_output(fleet: Fleet) -> None:
    device = _struck(fleet, Fault.CUT)
    assert device.expected == "lost"
    with pytest.raises(asyncssh.ConnectionLost):
        async with terminal(fleet, device, rows=100) as typist:
            typist.type(INTERFACES[device.platform] + "\n")
            await typist.until("\r\n")
            received = bytearray()
            async with asyncio.timeout(WAIT_S):
                while more := await typist.process.stdout.read(1_000):
                    received += more
                    assert typist.prompt.encode() not in received
            assert received
            await typist.process.wait(check=True)
            raise asyncssh.ConnectionLost("" if typist.process.exit_status is None else "it ended in good order")
