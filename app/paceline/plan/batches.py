"""In which order devices run, and how many batches they make."""

from collections.abc import Sequence

from paceline.model.job import Order, Pace, Target


def arrange(targets: Sequence[Target], order: Order) -> list[Target]:
    """The targets in running order: as listed, one country after the other, or round robin over countries.

    Countries follow each other in the order of their first device; within one the inventory's order stays.
    """
    if order == "inventory":
        return list(targets)
    by_country: dict[str, list[Target]] = {}
    for target in targets:
        by_country.setdefault(target.device.country, []).append(target)
    if order == "country":
        return [target for country in by_country.values() for target in country]
    rounds = max((len(country) for country in by_country.values()), default=0)
    return [country[turn] for turn in range(rounds) for country in by_country.values() if turn < len(country)]


def batch_sizes(devices: int, batch_size: int) -> tuple[int, int]:
    """How many batches `devices` make, and the size of the last one; a size of 0 puts all in one."""
    if devices <= 0:
        return (0, 0)
    size = min(batch_size, devices) if batch_size else devices
    count = -(-devices // size)
    return (count, devices - (count - 1) * size)


def started_in_first_hour(devices: int, pace: Pace) -> int:
    """How many devices are granted in the first hour at most: bursts may exceed the rate by less than one batch."""
    if not pace.devices_per_hour:
        return devices
    size = 1 if pace.mode == "rolling" else (min(pace.batch_size, devices) or devices)
    interval_s = size * 3600 / pace.devices_per_hour
    grants = 1 + int((3600 - 1e-9) // interval_s)
    return min(devices, grants * size)
