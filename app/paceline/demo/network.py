"""The simulated network: devices, how they are linked, and their addresses. Pure; the same seed gives the same."""

import zlib
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the type of what is handed in

from paceline.demo.faults import Fault, deal, expected
from paceline.demo.places import COUNTRIES, Country, shares
from paceline.model.time import seeded

MAX_DEVICES = 1_000
XR, IOS, JUNOS, LINUX = "cisco_xr", "cisco_ios", "juniper_junos", "linux"

_MODELS = {
    XR: (("ASR-9904", "7.5.2"), ("ASR-9006", "7.3.2"), ("NCS-5501", "7.5.2")),
    IOS: (("CISCO2921/K9", "15.7(3)M8"), ("CISCO1941/K9", "15.5(3)M7")),
    JUNOS: (("mx204", "21.4R3-S5.4"), ("mx480", "20.4R3-S8.2")),
    LINUX: (("x86_64", "6.1.0-28-amd64"),),
}
_PORT_NAMES = {XR: "TenGigE0/0/0/{}", IOS: "GigabitEthernet0/{}", JUNOS: "xe-0/0/{}", LINUX: "eth{}"}


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a link."""

    name: str
    address: str
    """Without its length, which is /31."""
    peer: str
    """Name of the device at the other end."""
    peer_port: str
    peer_address: str
    cost: int


@dataclass(slots=True)
class SimulatedDevice:
    """One device of the fleet, as it is set up; `ports` fill while the network is linked."""

    index: int
    name: str
    country: Country
    site: str
    role: str
    platform: str
    model: str
    release: str
    serial: str
    loopback: str
    uptime_s: int
    """How long it had been up when the fleet began."""
    pace: float
    """How much longer than usual it takes for everything; about 1."""
    seed: int
    fault: Fault | None = None
    ports: list[Port] = field(default_factory=list)

    @property
    def groups(self) -> tuple[str, ...]:
        """The inventory's groups."""
        return {"p": ("core",), "pe": ("edge", "ospf"), "ce": ("access",)}.get(self.role, ("servers",))

    @property
    def expected(self) -> str:
        """What a job with the shipped presets should make of it: `succeeded`, or a failure's kind."""
        return expected(self.fault)

    def dice(self, *words: str) -> Random:
        """A generator that always gives this device the same numbers for the same words."""
        return dice(self.seed, self.name, *words)


def dice(seed: int, *words: str) -> Random:
    """A generator for one purpose, the same in every process."""
    return seeded(zlib.crc32("/".join((str(seed), *words)).encode()))


class Network:
    """All devices of a fleet, by name, in inventory order."""

    def __init__(self, devices: list[SimulatedDevice]) -> None:
        self.devices = {device.name: device for device in devices}
        self.links = 0

    def neighbours(self, name: str) -> list[tuple[Port, SimulatedDevice]]:
        """The links of a device, with who is at the other end."""
        return [(port, self.devices[port.peer]) for port in self.devices[name].ports]

    def area(self, name: str) -> list[SimulatedDevice]:
        """Every device of the same OSPF domain: its country."""
        country = self.devices[name].country
        return [device for device in self.devices.values() if device.country is country]


def build_network(devices: int, seed: int, *, faults: bool = True, linux: float = 0) -> Network:
    """A network of `devices` devices (1 to 1,000), `linux` of them (a share, 0 to 1) exec-capable servers.

    Raises ValueError when a figure is out of its range.
    """
    if not 1 <= devices <= MAX_DEVICES:
        raise ValueError(f"devices is {devices}; expected 1 to {MAX_DEVICES:,}")
    if not 0 <= linux <= 1:
        raise ValueError(f"linux is {linux}; expected a share from 0 to 1")
    counted = shares(devices)
    made: list[SimulatedDevice] = []
    for country in COUNTRIES:
        size = counted[country.code]
        here = [_device(country, number, size, len(made) + number, seed) for number in range(1, size + 1)]
        servers = round(len(here) * linux)
        for device in here[len(here) - servers :]:
            _make_server(device)
        made += here
    network = Network(made)
    for country in COUNTRIES:
        _link([device for device in made if device.country is country], network)
    if faults:
        _deal_faults(made, seed)
    return network


def _device(country: Country, number: int, size: int, index: int, seed: int) -> SimulatedDevice:
    name = f"{country.prefix}-r{number}"
    roll = dice(seed, name)
    # A small core, a broad edge: two P routers, then one in eight.
    cores = max(2, size // 8)
    role = "p" if number <= cores else roll.choice(("pe", "pe", "pe", "ce"))
    platform = roll.choices((XR, IOS, JUNOS), (1, 8, 1) if role == "ce" else (8, 1, 2))[0]
    model, release = roll.choice(_MODELS[platform])
    return SimulatedDevice(
        index=index,
        name=name,
        country=country,
        site=country.sites[(number - 1) % len(country.sites)],
        role=role,
        platform=platform,
        model=model,
        release=release,
        serial=f"F{roll.choice('OCDT')}{roll.choice('CXZ')}{roll.randrange(1800, 2652)}{roll.randrange(16**4):04X}",
        loopback=f"10.255.{index // 250}.{index % 250 + 1}",
        uptime_s=roll.randrange(3 * 86_400, 700 * 86_400),
        pace=min(3.0, roll.lognormvariate(0, 0.35)),
        seed=seed,
    )


def _make_server(device: SimulatedDevice) -> None:
    device.role, device.platform = "server", LINUX
    device.model, device.release = _MODELS[LINUX][0]


def _link(here: list[SimulatedDevice], network: Network) -> None:
    """Ring the P routers of one country, then hang everything else on two of them (a CE on one PE)."""
    cores = [device for device in here if device.role == "p"]
    edges = [device for device in here if device.role == "pe"]
    for position, device in enumerate(cores[1:], start=1):
        _join(cores[position - 1], device, 10, network)
    if len(cores) > 2:
        _join(cores[-1], cores[0], 10, network)
    for position, device in enumerate(edges):
        for other in (cores * 2)[position % len(cores) :][: min(2, len(cores))]:
            _join(device, other, 100, network)
    uplinks = edges or cores
    for position, device in enumerate(each for each in here if each.role in ("ce", "server")):
        if uplinks:
            _join(device, uplinks[position % len(uplinks)], 1_000, network)


def _join(left: SimulatedDevice, right: SimulatedDevice, cost: int, network: Network) -> None:
    number, network.links = network.links, network.links + 1
    first, second = (f"10.{10 + number // 32_768}.{number // 128 % 256}.{number % 128 * 2 + end}" for end in (0, 1))
    names = [_PORT_NAMES[device.platform].format(len(device.ports)) for device in (left, right)]
    left.ports.append(Port(names[0], first, right.name, names[1], second, cost))
    right.ports.append(Port(names[1], second, left.name, names[0], first, cost))


def _deal_faults(made: list[SimulatedDevice], seed: int) -> None:
    """Give some devices a fault, never the first of a country: there a login is tried out before the others."""
    first = {device.country.code: device.name for device in reversed(made)}
    eligible = [device for device in made if device.name != first[device.country.code]]
    dealt = deal(
        [device.name for device in eligible if device.platform != LINUX],
        [device.name for device in eligible if device.platform == LINUX],
        dice(seed, "faults"),
    )
    for device in eligible:
        device.fault = dealt.get(device.name)
