"""asyncssh comes in without a compiler."""

import ctypes.util
import inspect
import os
import subprocess
import sys

import pytest
from tests.integration.workspace import APP

from paceline.session.lean import SLOW_SEARCHES

SPAWNED = """
import sys
spawned = []
sys.addaudithook(lambda name, args: spawned.append(args[0]) if name == "subprocess.Popen" else None)
import paceline.session.factory
import ctypes.util
print([str(program) for program in spawned if "ldconfig" not in str(program)], ctypes.util._findLib_gcc.__name__)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ctypes searches otherwise")
def test_no_compiler_is_asked_and_the_search_is_put_back() -> None:
    assert all(name in inspect.getsource(ctypes.util.find_library) for name in SLOW_SEARCHES)
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    environment.pop("LD_LIBRARY_PATH", None)
    done = subprocess.run([sys.executable, "-c", SPAWNED], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[] _findLib_gcc"
