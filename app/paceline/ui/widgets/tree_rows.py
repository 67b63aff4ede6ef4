"""The rows of the device tree: countries, and the devices of those that are open, as far as a filter shows them."""

from collections.abc import Collection, Iterable, Sequence

from paceline.model.device import UNKNOWN_COUNTRY, Device

Row = str | Device
"""A country's code, or a device."""


class TreeRows:
    """Which rows there are. Built in one pass whenever a country opens or the filter changes."""

    def __init__(self, devices: Sequence[Device] = ()) -> None:
        self._by_country: dict[str, list[Device]] = {}
        for device in devices:
            self._by_country.setdefault(device.country, []).append(device)
        self._by_country = dict(
            sorted(self._by_country.items(), key=lambda item: (item[0] == UNKNOWN_COUNTRY, item[0]))
        )
        self._shown = self._by_country
        self._open: set[str] = set()
        self.visible: frozenset[str] | None = None
        """Names that the filter lets through; None: there is no filter."""
        self.rows: list[Row] = list(self._by_country)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def countries(self) -> list[str]:
        """The countries that are shown."""
        return list(self._shown)

    def devices_of(self, country: str) -> Sequence[Device]:
        """The devices of a country that the filter lets through."""
        return self._shown.get(country, ())

    def names_of(self, row: Row) -> list[str]:
        """The devices a row stands for."""
        return [device.name for device in self.devices_of(row)] if isinstance(row, str) else [row.name]

    def all_names(self) -> list[str]:
        """Every device that the filter lets through, open or not."""
        return [device.name for devices in self._shown.values() for device in devices]

    def narrow(self, names: Collection[str] | None) -> None:
        """Show only these devices, their countries open; None: all, and closed again."""
        self.visible = None if names is None else frozenset(names)
        if self.visible is None:
            self._shown = self._by_country
            self._open = set()
        else:
            kept = {
                country: [device for device in devices if device.name in self.visible]
                for country, devices in self._by_country.items()
            }
            self._shown = {country: devices for country, devices in kept.items() if devices}
            self._open = set(self._shown)
        self._build()

    def is_open(self, country: str) -> bool:
        """Whether its devices have rows."""
        return country in self._open

    def open(self, countries: Iterable[str], *, is_open: bool) -> None:
        """Open or close countries."""
        self._open = self._open | set(countries) if is_open else self._open - set(countries)
        self._build()

    def place_of(self, row: Row) -> int | None:
        """Where a row is; a device whose country is closed is where the country is."""
        try:
            return self.rows.index(row)
        except ValueError:
            return self.place_of(row.country) if isinstance(row, Device) else None

    def _build(self) -> None:
        rows: list[Row] = []
        for country, devices in self._shown.items():
            rows.append(country)
            if country in self._open:
                rows += devices
        self.rows = rows
