"""Ticks and what a preset writes of them: always the same devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.launch.ticks import Ticks, Written
from paceline.model.device import Device
from paceline.model.selection import parse

DEVICES = [
    Device(name=f"{country.lower()}-r{number}", address=f"192.0.2.{place * 10 + number}", country=country, role=role)
    for place, country in enumerate(("DE", "FR", "BR", "??"))
    for number, role in ((1, "p"), (2, "pe"), (3, "pe"))
]
NAMES = [device.name for device in DEVICES]


def ticks(selection: str = "", include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Ticks:
    written = Written(selection, include, exclude)
    return Ticks(DEVICES, written, matched(selection))


def matched(selection: str) -> list[str]:
    return [device.name for device in parse(selection).select(DEVICES)] if selection else []


def chosen_by(written: Written) -> set[str]:
    """As the command line chooses."""
    return {*matched(written.selection), *written.include}.difference(written.exclude)


def test_a_preset_ticks_what_its_selection_include_and_exclude_say() -> None:
    made = ticks("role=pe", include=("de-r1",), exclude=("fr-r2",))
    assert made.names == {"de-r1", "de-r2", "de-r3", "fr-r3", "br-r2", "br-r3", "??-r2", "??-r3"}
    assert made.per_country == {"DE": 3, "FR": 1, "BR": 2, "??": 2}
    assert [device.name for device in made.chosen] == [name for name in NAMES if name in made.names]


def test_names_that_no_device_has_are_told_apart() -> None:
    assert ticks("role=pe", include=("gone-r1",), exclude=("gone-r2",)).missing == ("gone-r1", "gone-r2")


def test_one_more_and_one_less_stay_beside_the_selection() -> None:
    made = ticks("role=pe")
    made.tick(["de-r1"])
    made.untick(["fr-r2"])
    assert made.written() == Written("role=pe", ("de-r1",), ("fr-r2",))


def test_whole_countries_are_written_as_such() -> None:
    made = ticks()
    made.toggle(["de-r1", "de-r2", "de-r3"])
    made.toggle(["br-r1"])
    assert made.written() == Written("country=DE", ("br-r1",))


def test_all_is_written_as_all() -> None:
    made = ticks()
    made.tick(NAMES)
    assert made.written() == Written("*")


def test_a_selection_with_more_exceptions_than_devices_gives_way() -> None:
    made = ticks("*")
    made.untick(NAMES[1:])
    assert made.written() == Written("", ("de-r1",))


def test_what_a_filter_chose_is_kept_as_the_selection_when_nothing_was_ticked() -> None:
    made = ticks()
    made.choose("role=p", matched("role=p"))
    assert made.written() == Written("role=p")
    made.choose("country=DE", matched("country=DE"))
    assert made.written() == Written("role=p", ("de-r2", "de-r3"))


def test_toggling_a_country_that_is_partly_ticked_ticks_the_rest_first() -> None:
    made = ticks(include=("de-r1",))
    country = ["de-r1", "de-r2", "de-r3"]
    made.toggle(country)
    assert made.names == set(country)
    made.toggle(country)
    assert not made
    assert made.per_country["DE"] == 0


def test_clearing_forgets_the_selection() -> None:
    made = ticks("role=pe")
    made.clear()
    assert made.written() == Written()


@pytest.mark.parametrize("selection", ["", "role=pe", "*", "country=FR,??"])
@given(data=st.data())
def test_what_is_written_always_chooses_what_is_ticked(selection: str, data: st.DataObject) -> None:
    made = ticks(selection)
    for names in data.draw(st.lists(st.lists(st.sampled_from(NAMES), max_size=6), max_size=6)):
        made.toggle(names)
    assert chosen_by(made.written()) == made.names
    assert +made.per_country == {
        country: count
        for country in ("DE", "FR", "BR", "??")
        if (count := sum(device.country == country for device in made.chosen))
    }
