"""The devices of a plan as columns: built once, and cheap to put in order and to forecast at any pace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from paceline.model.job import Order
from paceline.plan.batches import running_order
from paceline.plan.expectation import Basis, Expectation, blended

MOST_RANKS = 40
"""Expected times that are told apart; of more, neighbours are taken together."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """Devices in running order. A device's time is a rank: the place of its expectation in `table`."""

    table: Sequence[Expectation]
    """By rising median, so that the slowest of some devices is the one of the largest rank."""
    ranks: list[int]
    countries: list[str]
    sites: list[str]
    windows: list[str] = field(default_factory=list)
    """As `Target.window` has them; empty where no device has one."""

    def __len__(self) -> int:
        return len(self.ranks)

    def picked(self, places: Sequence[int]) -> "Lineup":
        """The devices at these places, in their order."""
        ranks, countries, sites = self.ranks, self.countries, self.sites
        return Lineup(
            self.table,
            [ranks[place] for place in places],
            [countries[place] for place in places],
            [sites[place] for place in places],
            [self.windows[place] for place in places] if self.windows else [],
        )


@dataclass
class Roster:
    """Country, site and expected time of each device, in the inventory's order: three columns of one length."""

    countries: list[str]
    sites: list[str]
    expected: list[Expectation]
    windows: list[str] = field(default_factory=list)
    """As `Target.window` has them; empty where no device has one."""
    _lineups: dict[Order, Lineup] = field(default_factory=dict, init=False, repr=False, compare=False)
    _orders: dict[Order, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, Expectation]]) -> "Roster":
        """From one (country, site, expectation) per device."""
        listed = list(rows)
        return cls([row[0] for row in listed], [row[1] for row in listed], [row[2] for row in listed])

    def __len__(self) -> int:
        return len(self.countries)

    @cached_property
    def basis(self) -> Basis:
        """What the expected times rest on."""
        found = {expectation.basis for expectation in self.expected}
        return found.pop() if len(found) == 1 else ("history and defaults" if found else "defaults")

    def order(self, order: Order) -> list[int]:
        """Places in the inventory's order, in running order; worked out once."""
        if order not in self._orders:
            self._orders[order] = running_order(self.countries, order)
        return self._orders[order]

    def lineup(self, order: Order) -> Lineup:
        """The devices in running order; worked out once."""
        if order not in self._lineups:
            plain = self._lineup
            self._lineups[order] = plain if order == "inventory" else plain.picked(self.order(order))
        return self._lineups[order]

    @cached_property
    def _lineup(self) -> Lineup:
        # By identity: devices of one platform share one object, and hashing 10,000 of them costs milliseconds.
        distinct = {id(expectation): expectation for expectation in self.expected}
        by_time = sorted(distinct.items(), key=lambda item: (item[1].median_s, item[1].sigma))
        share = -(-len(by_time) // MOST_RANKS)
        groups = [by_time[begin : begin + share] for begin in range(0, len(by_time), share or 1)]
        rank_of = {identity: rank for rank, group in enumerate(groups) for identity, _ in group}
        ranks = [rank_of[id(expectation)] for expectation in self.expected]
        table = [blended([expectation for _, expectation in group]) for group in groups]
        return Lineup(table, ranks, self.countries, self.sites, self.windows)
