"""In which order devices run, and how many batches they make."""

from collections.abc import Sequence

from paceline.model.job import Order, Pace, Target


def arrange(targets: Sequence[Target], order: Order) -> list[Target]:
    """The targets in running order; see `running_order`."""
    if order == "inventory":
        return list(targets)
    return [targets[place] for place in running_order([target.device.country for target in targets], order)]


def running_order(countries: Sequence[str], order: Order) -> list[int]:
    """Places in running order: as listed, one country after the other, or round robin over countries.

    `countries` has the country of each device. Countries follow each other in the order of their first device;
    within one the inventory's order stays.
    """
    if order == "inventory":
        return list(range(len(countries)))
    by_country: dict[str, list[int]] = {}
    for place, country in enumerate(countries):
        by_country.setdefault(country, []).append(place)
    if order == "country":
        return [place for places in by_country.values() for place in places]
    rounds: list[list[int]] = [[] for _ in range(max(map(len, by_country.values()), default=0))]
    for places in by_country.values():
        for turn, place in enumerate(places):
            rounds[turn].append(place)
    return [place for turn in rounds for place in turn]


def batch_sizes(devices: int, batch_size: int) -> tuple[int, int]:
    """How many batches `devices` make, and the size of the last one; a size of 0 puts all in one."""
    if devices <= 0:
        return (0, 0)
    size = min(batch_size, devices) if batch_size else devices
    count = -(-devices // size)
    return (count, devices - (count - 1) * size)


def started_in_first_hour(devices: int, pace: Pace) -> int:
    """How many devices are granted in the first hour at most: bursts may exceed the rate by less than one batch."""
    size = 1 if pace.mode == "rolling" else (min(pace.batch_size, devices) or devices)
    return granted_in_first_hour(devices, size, pace.devices_per_hour)


def granted_in_first_hour(devices: int, size: int, devices_per_hour: float) -> int:
    """The same for grants of `size` devices; without a rate (0) nothing but the devices themselves bounds it."""
    if not devices_per_hour:
        return devices
    interval_s = size * 3600 / devices_per_hour
    grants = 1 + int((3600 - 1e-9) // interval_s)
    return min(devices, grants * size)
