"""What every platform prints in its own words: routes, link states, load, uptime."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from paceline.demo.network import Network, Port, SimulatedDevice


@dataclass(frozen=True, slots=True)
class View:
    """One device at one moment."""

    network: Network
    device: SimulatedDevice
    began: datetime
    """When the fleet started; uptimes count from before it."""
    at: datetime
    """UTC."""
    user: str = "demo"

    @property
    def uptime(self) -> timedelta:
        """How long the device has been up."""
        return timedelta(seconds=self.device.uptime_s) + (self.at - self.began)

    @property
    def booted(self) -> datetime:
        """When it came up."""
        return self.at - self.uptime


@dataclass(frozen=True, slots=True)
class Route:
    """The best way to one loopback of the same OSPF domain."""

    prefix: str
    cost: int
    via: Port
    age_s: int


@dataclass(frozen=True, slots=True)
class LinkState:
    """One entry of the OSPF database."""

    link_id: str
    router: str
    age_s: int
    sequence: int
    checksum: int
    links: int = 0


def ospf_neighbours(view: View) -> list[tuple[Port, SimulatedDevice]]:
    """Who speaks OSPF at the other end of each link: routers, no servers."""
    return [(port, peer) for port, peer in view.network.neighbours(view.device.name) if peer.role != "server"]


def routes(view: View) -> list[Route]:
    """OSPF routes to the loopbacks of the domain, by address; fewest hops win."""
    reached: dict[str, tuple[int, Port]] = {}
    queue: deque[tuple[str, int, Port]] = deque((port.peer, port.cost + 1, port) for port, _ in ospf_neighbours(view))
    while queue:
        name, cost, via = queue.popleft()
        if name in reached or name == view.device.name:
            continue
        reached[name] = (cost, via)
        queue.extend((port.peer, cost + port.cost, via) for port in view.network.devices[name].ports)
    roll = view.device.dice("routes")
    found = [
        Route(f"{view.network.devices[name].loopback}/32", cost, via, roll.randrange(3_600, 2_000_000))
        for name, (cost, via) in reached.items()
        if view.network.devices[name].role != "server"
    ]
    return sorted(found, key=lambda route: tuple(int(part) for part in route.prefix[:-3].split(".")))


def router_states(view: View) -> list[LinkState]:
    """Router link states: one per router of the domain. Every router of a domain sees the same sequence numbers."""
    states = []
    for device in view.network.area(view.device.name):
        if device.role == "server":
            continue
        roll = device.dice("lsa")
        states.append(
            LinkState(
                device.loopback,
                device.loopback,
                roll.randrange(20, 1_800),
                0x80000000 + roll.randrange(200, 9_000),
                roll.randrange(0x10000),
                len(device.ports) + 1,
            )
        )
    return states


def external_states(view: View) -> list[LinkState]:
    """AS external link states: a few prefixes that the first router of the domain brings in."""
    first = view.network.area(view.device.name)[0]
    roll = first.dice("external")
    return [
        LinkState(
            f"198.51.100.{network * 16}",
            first.loopback,
            roll.randrange(20, 1_800),
            0x80000000 + roll.randrange(50, 900),
            roll.randrange(0x10000),
        )
        for network in range(roll.randrange(8, 15))
    ]


def cpu(view: View) -> tuple[int, int, int]:
    """Load in percent over five seconds, one minute, five minutes."""
    roll = view.device.dice("cpu")
    base = roll.randrange(2, 30)
    return base + roll.randrange(0, 6), base + roll.randrange(0, 3), base


def memory_mb(view: View) -> tuple[int, int]:
    """Physical memory and what of it is used, in MB."""
    total = {"cisco_xr": 24_576, "cisco_ios": 2_048, "juniper_junos": 16_384}.get(view.device.platform, 7_940)
    return total, total * view.device.dice("memory").randrange(28, 71) // 100


def span(duration: timedelta, *, plural_weeks: bool = True) -> str:
    """An uptime as Cisco writes it: `3 weeks, 2 days, 4 hours, 10 minutes`."""
    minutes = int(duration.total_seconds()) // 60
    parts = [(minutes // 1_440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    if plural_weeks:
        parts[:1] = [(minutes // 10_080, "week"), (minutes // 1_440 % 7, "day")]
    return ", ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)


def short_age(seconds: int) -> str:
    """An age as routing tables write it: `02:14:55`, `3d04h`, `2w1d`."""
    if seconds < 86_400:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    days = seconds // 86_400
    return f"{days}d{seconds // 3600 % 24:02d}h" if days < 7 else f"{days // 7}w{days % 7}d"


def cisco_stamp(at: datetime) -> str:
    """`Tue Nov 24 04:00:23.123 UTC`"""
    return f"{at:%a %b} {at.day:2d} {at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC"
