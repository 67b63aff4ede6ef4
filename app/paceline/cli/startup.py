"""What libraries do as they are imported and no command needs, left out: a tenth of the time to start.

Only `main` calls this: a process that is not ours imports as it always does. tests/cli/test_startup.py fails when a
release of Python or pydantic changes what this leans on.
"""

import dataclasses
import functools
import sys
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

SELDOM_CALLED = frozenset({"__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"})
"""Methods that `dataclasses` compiles for each class, of which one process calls a few."""

_PLUGINS = "pydantic.plugin._loader"


def spare_imports() -> None:
    """Have whatever is imported from now on cost less. Harmless when called again."""
    _compile_when_called()
    _compile_annotations_once()
    _have_no_plugins()


def _compile_when_called() -> None:
    """Let `dataclasses` compile a class's seldom called methods with their first call.

    It compiles six functions for a frozen class, each from its text, and a start makes 140 classes: 12 % of it.
    Python 3.13 compiles all of a class at once, in another way, and is left alone.
    """
    make: Callable[..., Any] | None = getattr(dataclasses, "_create_fn", None)
    if make is not None and not hasattr(make, "makes_lazily"):
        dataclasses._create_fn = _lazily(make)  # type: ignore[attr-defined]


def _lazily(make: Callable[..., Any]) -> Callable[..., Any]:
    def create(name: str, *text: Any, **scope: Any) -> Any:
        if name not in SELDOM_CALLED:
            return make(name, *text, **scope)
        made: Any = None

        def method(*values: Any, **named: Any) -> Any:
            nonlocal made
            if made is None:
                made = make(name, *text, **scope)
                made.__qualname__ = method.__qualname__
                for owner in type(values[0]).__mro__:
                    if vars(owner).get(name) is method:
                        setattr(owner, name, made)
            return made(*values, **named)

        method.__name__ = name
        return method

    create.makes_lazily = True  # type: ignore[attr-defined]
    return create


def _compile_annotations_once() -> None:
    """Let `typing` compile each annotation that is a text once: pydantic-core has 600 of them, 150 different."""
    if "compile" not in vars(typing):
        typing.compile = functools.lru_cache(compile)  # type: ignore[attr-defined]


def _have_no_plugins() -> None:
    """Say that pydantic has no plugins; it reads the metadata of all that is installed to find out, 3 % of a start."""
    if _PLUGINS not in sys.modules:
        loader = ModuleType(_PLUGINS, "In place of pydantic's own.")
        loader.get_plugins = tuple  # type: ignore[attr-defined]
        sys.modules[_PLUGINS] = loader
