"""Imports asyncssh without a compiler's help. Import it before anything that imports asyncssh.

asyncssh looks for two C libraries as it is imported, and where they are not installed `ctypes` goes on to ask gcc and
ld, which takes longer than all of asyncssh's own modules. What these two find and `ldconfig` does not, no program
could load anyway, unless LD_LIBRARY_PATH leads to it.
"""

import ctypes.util
import os
from collections.abc import Iterator
from contextlib import contextmanager

SLOW_SEARCHES = ("_findLib_gcc", "_findLib_ld")
"""What is left out; tests/session/test_lean.py fails when Python calls them otherwise."""


@contextmanager
def _without_compilers() -> Iterator[None]:
    found = {name: getattr(ctypes.util, name) for name in SLOW_SEARCHES if hasattr(ctypes.util, name)}
    if os.environ.get("LD_LIBRARY_PATH"):
        found = {}
    for name in found:
        setattr(ctypes.util, name, lambda _: None)
    try:
        yield
    finally:
        for name, search in found.items():
            setattr(ctypes.util, name, search)


with _without_compilers():
    import asyncssh

__all__ = ["asyncssh"]
