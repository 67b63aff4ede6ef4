"""Countries' names by their codes, short enough for a card."""

from collections.abc import Iterable


def country_names(codes: Iterable[str]) -> dict[str, str]:
    """ISO 3166-1's everyday names; codes it does not know are left out. Reads a file: call it off the loop."""
    import pycountry

    names: dict[str, str] = {}
    for code in codes:
        country = pycountry.countries.get(alpha_2=code)
        if country is not None:
            name = str(getattr(country, "common_name", country.name))
            # "Korea, Republic of": what stands before the comma is what one says.
            names[code] = name.partition(",")[0]
    return names
