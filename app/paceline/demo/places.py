"""Where the simulated devices stand: countries, their sites, and how many devices each has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country of the fleet."""

    code: str
    """ISO 3166-1 alpha-2, as the inventory writes it."""
    prefix: str
    """ISO 3166-1 alpha-3 in lower case, as device names begin."""
    timezone: str
    sites: tuple[str, ...]
    weight: int
    """Its share of the devices, out of the sum of all weights."""


COUNTRIES = (
    Country("DE", "deu", "Europe/Berlin", ("ber1", "fra2", "muc1"), 11),
    Country("FR", "fra", "Europe/Paris", ("par1", "par2", "lyo1"), 9),
    Country("GB", "gbr", "Europe/London", ("lon1", "lon3", "man1"), 9),
    Country("IT", "ita", "Europe/Rome", ("mil1", "rom1"), 7),
    Country("NL", "nld", "Europe/Amsterdam", ("ams1", "rtm1"), 6),
    Country("ES", "esp", "Europe/Madrid", ("mad1", "bcn1"), 6),
    Country("PL", "pol", "Europe/Warsaw", ("waw1", "krk1"), 6),
    Country("SE", "swe", "Europe/Stockholm", ("sto1", "got1"), 6),
)


def shares(devices: int) -> dict[str, int]:
    """How many of `devices` stand in each country, by alpha-2: largest remainders, so that they add up."""
    total = sum(country.weight for country in COUNTRIES)
    exact = {country.code: devices * country.weight / total for country in COUNTRIES}
    counted = {code: int(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: counted[code] - exact[code])
    for code in by_remainder[: devices - sum(counted.values())]:
        counted[code] += 1
    return counted
