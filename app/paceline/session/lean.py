"""Imports asyncssh without the work it starts for what is not used here: a tenth of the time to start.

Import it before anything that imports asyncssh. tests/session/test_lean.py fails when Python or asyncssh do otherwise.
"""

import ctypes.util
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SLOW_SEARCHES = ("_findLib_gcc", "_findLib_ld")
"""asyncssh looks for two C libraries as it is imported, and where they are not installed `ctypes` goes on to ask gcc
and ld, which takes longer than all of asyncssh's own modules. What these two find and the linker's cache does not
have, no program could load anyway, unless LD_LIBRARY_PATH leads to it."""
LISTING = "_findSoname_ldconfig"
"""Has `ldconfig` print the linker's cache for each of them: two processes, to read a file of 35 KB."""
CACHE = Path("/etc/ld.so.cache")

UNUSED = "asyncssh.crypto.x509"
"""X.509 certificates, which no device takes and asyncssh does without where they cannot be imported."""


@contextmanager
def _searching_less() -> Iterator[None]:
    found: dict[str, Callable[..., Any]] = {}
    if not os.environ.get("LD_LIBRARY_PATH"):
        found = {name: getattr(ctypes.util, name) for name in (*SLOW_SEARCHES, LISTING) if hasattr(ctypes.util, name)}
    for name, search in found.items():
        setattr(ctypes.util, name, _listed(search) if name == LISTING else lambda _: None)
    try:
        yield
    finally:
        for name, search in found.items():
            setattr(ctypes.util, name, search)


def _listed(otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """The search in the linker's cache itself; `otherwise` where there is none to read."""

    def find(name: str) -> Any:
        try:
            cache = CACHE.read_bytes()
        except OSError:
            return otherwise(name)
        listed = re.search(rb"[\0/](lib%b\.[^\0/]+)\0" % re.escape(name).encode(), cache)
        return os.fsdecode(listed[1]) if listed else None

    return find


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Whoever tries to import `module` finds that it is not there."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


with _searching_less(), _without(UNUSED):
    import asyncssh

__all__ = ["asyncssh"]
