"""Which devices are ticked, and the selection, `include` and `exclude` that say the same to the command line. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from paceline.model.device import Device


@dataclass(frozen=True, slots=True)
class Written:
    """A choice of devices as a preset writes it."""

    selection: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Ticks:
    """The ticked devices of an inventory. What they were chosen by stays known, so that it can be written again."""

    def __init__(self, devices: Sequence[Device], written: Written = Written(), matched: Collection[str] = ()) -> None:
        """`matched`: names that `written.selection` selects. Names that no device has are in `missing`."""
        self.devices = tuple(devices)
        self.by_name = {device.name: device for device in self.devices}
        named = (*written.include, *written.exclude)
        self.missing = tuple(name for name in named if name not in self.by_name)
        """Names in `include` and `exclude` that this inventory does not have."""
        self.selection = written.selection
        self.names: set[str] = set()
        self.per_country: Counter[str] = Counter()
        """Ticked devices by country."""
        self.sizes: Counter[str] = Counter(device.country for device in self.devices)
        """All devices by country."""
        self._matched = frozenset(matched)
        self.tick({*self._matched, *written.include}.difference(written.exclude))

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def chosen(self) -> list[Device]:
        """The ticked devices, in the inventory's order."""
        return [device for device in self.devices if device.name in self.names]

    def tick(self, names: Iterable[str]) -> None:
        """Tick these; names that no device has are left alone."""
        for name in names:
            if name in self.by_name and name not in self.names:
                self.names.add(name)
                self.per_country[self.by_name[name].country] += 1

    def untick(self, names: Iterable[str]) -> None:
        """Untick these."""
        for name in names:
            if name in self.names:
                self.names.remove(name)
                self.per_country[self.by_name[name].country] -= 1

    def toggle(self, names: Collection[str]) -> None:
        """Tick all of these, or untick them when all are ticked."""
        if all(name in self.names for name in names):
            self.untick(names)
        else:
            self.tick(names)

    def choose(self, selection: str, names: Collection[str]) -> None:
        """Tick `names`, which `selection` selects. Where nothing was ticked, the selection is what is kept."""
        if not self.names:
            self.selection, self._matched = selection, frozenset(names)
        self.tick(names)

    def clear(self) -> None:
        """Untick all, and forget by what they were chosen."""
        self.selection, self._matched = "", frozenset()
        self.names.clear()
        self.per_country.clear()

    def written(self) -> Written:
        """The selection, with the names that were ticked beside it and those that were ticked off.

        Where a selection would need more exceptions than there are devices, and where there is none, whole countries
        are written as such, and single devices by name.
        """
        include = tuple(d.name for d in self.devices if d.name in self.names and d.name not in self._matched)
        exclude = tuple(d.name for d in self.devices if d.name in self._matched and d.name not in self.names)
        if self.selection and len(include) + len(exclude) <= len(self.names):
            return Written(self.selection, include, exclude)
        if not self.names:
            return Written()
        if len(self.names) == len(self.devices):
            return Written("*")
        whole = [code for code, size in self.sizes.items() if size > 1 and self.per_country[code] == size]
        if whole:
            rest = tuple(d.name for d in self.devices if d.name in self.names and d.country not in whole)
            return Written(f"country={','.join(whole)}", rest)
        return Written("", tuple(d.name for d in self.devices if d.name in self.names))
