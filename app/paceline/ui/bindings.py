"""Every binding of the screens, collected from the classes that have them: for help, the guide, and `[ui.keys]`."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from inspect import getmembers, isclass

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import paceline.ui


@dataclass(frozen=True, slots=True)
class Bound:
    """One binding, as its class has it."""

    id: str
    keys: tuple[str, ...]
    description: str
    owner: str
    """The class."""
    place: str
    """The one screen it works on; empty when it works on several: the application's, and a widget's that many use."""

    @property
    def scope(self) -> str:
        """The first part of its id: the screen or widget."""
        return self.id.partition(".")[0]


def classes() -> list[type[DOMNode]]:
    """Every class of the screens that can have bindings; imports all of `paceline.ui`."""
    found: dict[str, type[DOMNode]] = {}
    for module in pkgutil.walk_packages(paceline.ui.__path__, "paceline.ui."):
        for _, member in getmembers(importlib.import_module(module.name), isclass):
            if issubclass(member, DOMNode) and member.__module__.startswith("paceline.ui."):
                found[f"{member.__module__}.{member.__qualname__}"] = member
    return [found[name] for name in sorted(found)]


@lru_cache(maxsize=1)
def all_bindings() -> tuple[Bound, ...]:
    """Every binding, by its id. One without an id is left out; a test holds that there is none."""
    found = []
    for owner in classes():
        for binding in vars(owner).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                place = binding.id.partition(".")[0] if issubclass(owner, Screen) else getattr(owner, "LIVES_ON", "")
                keys = tuple(key.key for key in Binding.make_bindings([binding]))
                found.append(Bound(binding.id, keys, binding.description, owner.__name__, place))
    return tuple(sorted(found, key=lambda bound: bound.id))
