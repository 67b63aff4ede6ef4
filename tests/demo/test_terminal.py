"""The fleet at its terminals, over real SSH: prompts, echo, pagers, exact outputs, logins."""

import asyncio
import re

import asyncssh
import pytest
from tests.demo.client import PROMPTS, WAIT_S, Row, Typist, connection, eventually, row, rows, terminal

from paceline.demo.fleet import Fleet
from paceline.demo.interpreter import Interpreter
from paceline.demo.log import read_log
from paceline.demo.network import build_network
from paceline.model.time import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGING_OFF = {
    "cisco_xr": ("terminal length 0", "terminal exec prompt no-timestamp"),
    "cisco_ios": ("terminal length 0",),
    "juniper_junos": ("set cli screen-length 0",),
}
LONG = {
    "cisco_xr": "show ospf database",
    "cisco_ios": "show ip ospf database",
    "juniper_junos": "show ospf database",
}
PAGERS = {"cisco_xr": " --More-- ", "cisco_ios": " --More-- ", "juniper_junos": "---(more)---"}
SHELLS = list(PAGING_OFF)


def _expected(device: Row, command: str) -> str:
    """What the plan of the same seed says the device prints."""
    network = build_network(60, 1, linux=0.1)
    reply = Interpreter(network, now()).reply(network.devices[device.name], command, now(), "demo")
    return "".join(line + "\r\n" for line in reply.lines)


async def _prepare(typist: Typist, platform: str) -> None:
    for command in PAGING_OFF[platform]:
        await typist.run(command)


@pytest.mark.parametrize("platform", SHELLS)
async def test_with_paging_off_outputs_come_exactly_as_planned(fleet: Fleet, platform: str) -> None:
    device = row(fleet, platform)
    async with terminal(fleet, device) as typist:
        await _prepare(typist, platform)
        for command in (LONG[platform], "show version | include Junos|Version", "show foo", "sho invent"):
            assert await typist.run(command) == _expected(device, command)


@pytest.mark.parametrize("platform", SHELLS)
async def test_a_pager_stops_long_outputs_and_a_blank_goes_on(fleet: Fleet, platform: str) -> None:
    device = row(fleet, platform)
    pager = PAGERS[platform]
    async with terminal(fleet, device, rows=10) as typist:
        if platform == "cisco_xr":
            await typist.run("terminal exec prompt no-timestamp")
        typist.type(LONG[platform] + "\n")
        await typist.until("\r\n")
        received, ending = "", ""
        pages = 0
        while ending != typist.prompt:
            received += await _until_either(typist, pager, typist.prompt)
            ending = pager if received.endswith(pager) else typist.prompt
            received = received.removesuffix(ending)
            if ending == pager:
                pages += 1
                typist.type(" ")
        whole = re.sub("\r +\r|\b{9} {8}\b{9}", "", received)
        assert pages >= 2
        assert whole == _expected(device, LONG[platform])


async def _until_either(typist: Typist, first: str, second: str) -> str:
    async with asyncio.timeout(WAIT_S):
        received: bytes = await typist.process.stdout.readuntil((first.encode(), second.encode()))
    return received.decode()


async def test_enter_shows_one_more_line_and_q_ends_the_output(fleet: Fleet) -> None:
    device = row(fleet, "cisco_ios")
    async with terminal(fleet, device, rows=10) as typist:
        typist.type("show ip ospf database\n")
        await typist.until(" --More-- ")
        typist.type("\r")
        assert (await typist.until(" --More-- ")).count("\r\n") == 1
        typist.type("q")
        assert "\r\n" not in await typist.until(typist.prompt)


async def test_xr_tells_the_time_before_each_output_until_it_is_told_not_to(fleet: Fleet) -> None:
    device = row(fleet, "cisco_xr")
    async with terminal(fleet, device) as typist:
        stamped = await typist.run("show platform")
        stamp, rest = stamped.split("\r\n", 1)
        assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d{3} UTC", stamp)
        assert rest == _expected(device, "show platform")
        await typist.run("terminal exec prompt no-timestamp")
        assert await typist.run("show platform") == rest


async def test_what_is_typed_ahead_is_echoed_and_answered_in_order(fleet: Fleet) -> None:
    device = row(fleet, "cisco_ios")
    async with terminal(fleet, device) as typist:
        typist.type("show versoin\b\b\bion | include uptime\r\nterminal length 0\rexit\n")
        said = await typist.rest()
    assert said.count(typist.prompt) == 2
    assert said.index("uptime is") < said.index("terminal length 0") < said.index("exit")
    assert "Invalid" not in said


async def test_an_interrupt_at_the_prompt_drops_the_line(fleet: Fleet) -> None:
    async with terminal(fleet, row(fleet, "cisco_ios")) as typist:
        typist.type("show nonsense\x03")
        assert await typist.until(typist.prompt) == "show nonsense^C\r\n" + typist.prompt
        assert "uptime is" in await typist.run("show version")


@pytest.mark.parametrize("platform", list(PROMPTS))
async def test_a_session_opens_with_the_prompt_of_its_platform_and_ends_on_exit(fleet: Fleet, platform: str) -> None:
    async with terminal(fleet, row(fleet, platform)) as typist:
        typist.type("exit\n")
        await typist.rest()
        assert (await typist.process.wait()).exit_status == 0


async def test_servers_run_one_command_a_channel_with_its_exit_status(fleet: Fleet) -> None:
    async with connection(fleet, row(fleet, "linux")) as conn:
        echoed = await conn.run("echo pace  line")
        assert (echoed.stdout, echoed.exit_status) == ("pace line\n", 0)
        assert (await conn.run("reticulate")).exit_status == 127


async def test_the_password_logs_in_too_and_stands_in_no_file(fleet: Fleet) -> None:
    device = row(fleet, "cisco_xr")
    password = fleet.password.reveal()
    async with connection(fleet, device, password=password) as conn:
        assert conn.get_extra_info("username") == "demo"
    with pytest.raises(asyncssh.PermissionDenied):
        async with connection(fleet, device, password="wrong"):
            pass
    with pytest.raises(asyncssh.PermissionDenied):
        async with connection(fleet, device, username="root"):
            pass
    for file in fleet.folder.iterdir():
        assert password.encode() not in file.read_bytes(), file.name


async def test_the_log_tells_connections_logins_lines_and_ends_of_one_device(fleet: Fleet) -> None:
    device = [each for each in rows(fleet) if each.expected == "succeeded" and each.platform == "juniper_junos"][-1]
    async with terminal(fleet, device) as typist:
        await typist.run("set cli screen-length 0")
        await typist.run("show foo")
    await eventually(lambda: "closed" in [kind for kind, _, _ in _of(fleet, device)])
    entries = [entry for entry in read_log(fleet.log) if entry.device == device.name]
    # How the end reads depends on whether the device was still writing when the client left.
    assert entries[-1].kind == "closed"
    assert _of(fleet, device)[:-1] == [
        ("connection", entries[0].detail, None),
        ("login", "publickey", True),
        ("line", "set cli screen-length 0", None),
        ("line", "show foo", None),
    ]
    assert entries[0].detail.startswith("127.0.0.1:")
    assert entries[1].user == "demo"
    assert len({entry.connection for entry in entries}) == 1
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def _of(fleet: Fleet, device: Row) -> list[tuple[str, str, bool | None]]:
    return [(entry.kind, entry.detail, entry.accepted) for entry in read_log(fleet.log) if entry.device == device.name]
