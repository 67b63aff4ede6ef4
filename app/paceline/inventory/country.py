"""Which country a device is in: what the inventory says, else what its site, its groups or its name give away."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from paceline.inventory.iso3166 import all_countries
from paceline.model.device import UNKNOWN_COUNTRY

PREFIX_SHARE = 0.8
"""A host name's alpha-3 prefix counts only when at least this share of all names has one."""
DERIVED_MARK = "~"

_PREFIX = re.compile(r"[A-Za-z]{3}(?![A-Za-z])")
_GROUP_CODE = re.compile(r"country[ _:=-](.+)", re.IGNORECASE)

# What people write that ISO 3166 does not: two exceptional codes, and names still in use.
_ALSO: Mapping[str, str] = MappingProxyType(
    {
        "uk": "GB", "el": "GR", "great britain": "GB", "turkey": "TR", "czech republic": "CZ", "russia": "RU",
        "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK", "burma": "MM", "holland": "NL",
        "the netherlands": "NL", "vatican": "VA", "vatican city": "VA", "palestine": "PS", "micronesia": "FM",
        "brunei": "BN", "uae": "AE", "east timor": "TL", "dr congo": "CD", "bosnia": "BA", "bosnia herzegovina": "BA",
        "united states of america": "US", "republic of korea": "KR",
    }
)  # fmt: skip


class Whereabouts(NamedTuple):
    """All that may tell a device's country; `country` as written, empty where nothing was."""

    name: str
    country: str = ""
    site: str = ""
    groups: tuple[str, ...] = ()


class Countries:
    """ISO 3166-1, looked up by alpha-2, alpha-3 or name. Made for one load; it remembers what it looked up."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def code(self, text: str) -> str:
        """The alpha-2 code of a country written as a code or a name; empty when it is none."""
        found = self._seen.get(text)
        if found is None:
            found = self._seen[text] = self._codes.get(text.casefold()) or self.named(text)
        return found

    def named(self, text: str) -> str:
        """The alpha-2 code of a country written out; codes do not count. Empty when it is none."""
        return self._names.get(_folded(text), "")

    def of_group(self, group: str) -> str:
        """The country a group stands for: its full name, or `country_xx`. A bare code is more often a role (`pe`)."""
        if coded := _GROUP_CODE.fullmatch(group):
            return self.code(coded[1])
        return self.named(group)

    def of_prefix(self, name: str) -> str:
        """The country whose alpha-3 code begins a host name (`deu-r6`); empty when none does."""
        if not _PREFIX.match(name):
            return ""
        return self._alpha_3.get(name[:3].upper(), "")

    @cached_property
    def _alpha_3(self) -> dict[str, str]:
        return {country.alpha_3: country.alpha_2 for country in all_countries().values()}

    @cached_property
    def _codes(self) -> dict[str, str]:
        codes = {alpha_3.casefold(): alpha_2 for alpha_3, alpha_2 in self._alpha_3.items()}
        codes |= {alpha_2.casefold(): alpha_2 for alpha_2 in self._alpha_3.values()}
        return codes | dict(_ALSO)

    @cached_property
    def _names(self) -> dict[str, str]:
        names = {name: code for name, code in _ALSO.items() if len(name) > 3}
        for country in all_countries().values():
            for name in (country.name, country.common_name, country.official_name):
                if name:
                    names[_folded(name)] = country.alpha_2
        return names


def settle(all_of: Sequence[Whereabouts], countries: Countries) -> list[tuple[str, bool]]:
    """For each device its alpha-2 code or `??`, and whether that was derived rather than written.

    In order: what is written (`DE~` is written as derived, `??` as known to be unknown), the site's country (what every
    other device of the site says, or a site named as a country), the groups, and the name's prefix where 80 % have one.
    """
    sites = _of_sites(all_of, countries)
    prefixes = _of_prefixes([device.name for device in all_of], countries)
    groups: dict[tuple[str, ...], str] = {}
    settled = []
    for device, prefix in zip(all_of, prefixes, strict=True):
        written = device.country.removesuffix(DERIVED_MARK)
        if written == UNKNOWN_COUNTRY:
            settled.append((UNKNOWN_COUNTRY, False))
            continue
        if written and (code := countries.code(written)):
            settled.append((code, device.country.endswith(DERIVED_MARK)))
            continue
        if device.groups not in groups:
            groups[device.groups] = next(filter(None, map(countries.of_group, device.groups)), "")
        derived = sites.get(device.site) or groups[device.groups] or prefix
        settled.append((derived or UNKNOWN_COUNTRY, bool(derived)))
    return settled


def country_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of countries by their alpha-2 codes, as people say them (Bolivia, not its official name)."""
    known = all_countries()
    return {code: known[code].common_name for code in codes if code in known}


def is_country(text: str, countries: Countries) -> bool:
    """Whether a country column may hold this: a country, `DE~` for a derived one, or `??`."""
    written = text.removesuffix(DERIVED_MARK)
    return written == UNKNOWN_COUNTRY or bool(countries.code(written))


def _of_sites(all_of: Iterable[Whereabouts], countries: Countries) -> dict[str, str]:
    said: dict[str, set[str]] = {}
    for device in all_of:
        if device.site:
            codes = said.setdefault(device.site, set())
            if (
                device.country
                and not device.country.endswith(DERIVED_MARK)
                and (code := countries.code(device.country))
            ):
                codes.add(code)
    # A site whose devices disagree tells nothing.
    return {site: "" if len(codes) > 1 else next(iter(codes), countries.named(site)) for site, codes in said.items()}


def _of_prefixes(names: Sequence[str], countries: Countries) -> list[str]:
    # The cheap test first: most fleets are not named this way, and then need no table of countries.
    enough = PREFIX_SHARE * len(names)
    if sum(1 for name in names if _PREFIX.match(name)) >= enough:
        codes = [countries.of_prefix(name) for name in names]
        if sum(1 for code in codes if code) >= enough:
            return codes
    return [""] * len(names)


def _folded(text: str) -> str:
    """Letters and digits without accents and case, words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split())
