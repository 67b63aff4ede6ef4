"""asyncssh comes in without a compiler."""

import ctypes.util
import inspect
import os
import subprocess
import sys
from pathlib import Path

import asyncssh.crypto
import pytest
from tests.integration.workspace import APP

from paceline.session import lean

SPAWNED = """
import sys
spawned = []
sys.addaudithook(lambda name, args: spawned.append(args[0]) if name == "subprocess.Popen" else None)
import paceline.session.factory
from ctypes import util
print([str(program) for program in spawned], util._findLib_gcc.__name__, util._findSoname_ldconfig.__name__)
print("cryptography.x509" in sys.modules, paceline.session.lean.UNUSED in sys.modules)
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ctypes searches otherwise")


@linux
def test_no_process_is_asked_and_the_search_is_put_back() -> None:
    source = inspect.getsource(ctypes.util.find_library)
    assert all(name in source for name in (*lean.SLOW_SEARCHES, lean.LISTING))
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    environment.pop("LD_LIBRARY_PATH", None)
    done = subprocess.run([sys.executable, "-c", SPAWNED], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[] _findLib_gcc _findSoname_ldconfig", "False False"]


@linux
def test_the_linkers_cache_says_what_ldconfig_says() -> None:
    find = lean._listed(lambda _: "asked ldconfig")
    listed = ctypes.util._findSoname_ldconfig("c")  # type: ignore[attr-defined]
    assert listed
    assert find("c") == listed
    assert find("of-nobody") is None


def test_where_there_is_no_cache_the_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "CACHE", tmp_path / "none")
    assert lean._listed(lambda name: f"lib{name}.so.9")("oqs") == "liboqs.so.9"


def test_asyncssh_does_without_x509_where_it_cannot_be_imported() -> None:
    source = inspect.getsource(asyncssh.crypto)
    assert "from .x509 import" in source.split("try:")[-1]
    assert "except (ImportError" in source.split("try:")[-1]
