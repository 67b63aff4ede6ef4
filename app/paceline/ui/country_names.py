"""Countries' names by their codes, short enough for a card."""

from collections.abc import Iterable

from paceline.inventory.iso3166 import all_countries


def country_names(codes: Iterable[str]) -> dict[str, str]:
    """ISO 3166-1's everyday names; codes it does not know are left out. Reads a file: call it off the loop."""
    known = all_countries()
    # "Korea, Republic of": what stands before the comma is what one says.
    return {code: known[code].common_name.partition(",")[0] for code in codes if code in known}
