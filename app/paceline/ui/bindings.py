"""Every binding of the screens, collected from the classes that have them: for help, the guide, and `[ui.keys]`."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from inspect import getmembers, isclass

from textual.app import App
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
    is_shared: bool
    """Whether it works on more than one screen: it belongs to the application or to a widget."""

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
                is_shared = issubclass(owner, App) or not issubclass(owner, Screen)
                keys = tuple(key.key for key in Binding.make_bindings([binding]))
                found.append(Bound(binding.id, keys, binding.description, owner.__name__, is_shared))
    return tuple(sorted(found, key=lambda bound: bound.id))
