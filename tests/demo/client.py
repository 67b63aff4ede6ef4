"""A plain SSH client for the tests of the simulated fleet: what was received, byte by byte."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncssh

from paceline.demo.fleet import Fleet

WAIT_S = 10


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fails after WAIT_S."""
    for _ in range(int(WAIT_S / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not so within {WAIT_S} s")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a fleet's inventory."""

    name: str
    platform: str
    port: int
    country: str
    expected: str


def rows(fleet: Fleet) -> list[Row]:
    """The whole inventory of a fleet."""
    with fleet.inventory.open(encoding="utf-8", newline="") as file:
        return [
            Row(line["name"], line["platform"], int(line["port"]), line["country"], fleet.expected[line["name"]])
            for line in csv.DictReader(file)
        ]


def row(fleet: Fleet, platform: str = "", expected: str = "succeeded") -> Row:
    """The first device of a platform (any when empty) from which `expected` is expected."""
    return next(each for each in rows(fleet) if each.expected == expected and platform in ("", each.platform))


@asynccontextmanager
async def connection(
    fleet: Fleet, device: Row, password: str = "", username: str = "demo"
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Logged in with the fleet's key, or with a password, its host key checked."""
    async with asyncssh.connect(
        "127.0.0.1",
        device.port,
        username=username,
        password=password or None,
        client_keys=None if password else [str(fleet.key_file)],
        known_hosts=str(fleet.known_hosts),
        agent_path=None,
        config=None,
        login_timeout=WAIT_S,
    ) as conn:
        yield conn


class Typist:
    """Types at a device's terminal and reads to the prompt."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]", prompt: str) -> None:
        self.process = process
        self.prompt = prompt

    async def until(self, ending: str) -> str:
        """Everything up to and with `ending`."""
        async with asyncio.timeout(WAIT_S):
            received: bytes = await self.process.stdout.readuntil(ending.encode())
        return received.decode()

    async def rest(self) -> str:
        """Everything until the device ends the session."""
        async with asyncio.timeout(WAIT_S):
            received: bytes = await self.process.stdout.read()
        return received.decode()

    def type(self, text: str) -> None:
        """Send keys."""
        self.process.stdin.write(text.encode())

    async def run(self, command: str) -> str:
        """The output of one command: echo and prompt removed, after both were checked; line ends kept."""
        self.type(command + "\n")
        assert await self.until("\r\n") == command + "\r\n"
        received = await self.until(self.prompt)
        return received.removesuffix(self.prompt)


PROMPTS = {
    "cisco_xr": "RP/0/RP0/CPU0:{name}#",
    "cisco_ios": "{name}#",
    "juniper_junos": "demo@{name}> ",
    "linux": "demo@{name}:~$ ",
}


@asynccontextmanager
async def terminal(fleet: Fleet, device: Row, rows: int = 0) -> AsyncIterator[Typist]:
    """A terminal on a device, after its first prompt."""
    async with connection(fleet, device) as conn:
        process = await conn.create_process(term_type="vt100", term_size=(511, rows), encoding=None)
        typist = Typist(process, PROMPTS[device.platform].replace("{name}", device.name))
        await typist.until(typist.prompt)
        yield typist
