"""What importing a part loads, seen in a fresh interpreter: start-up time, and the engine's independence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
LISTING = "; import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter holds after `statement`."""
    done = subprocess.run(
        [sys.executable, "-c", statement + LISTING],
        env={**os.environ, "PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def modules_of(package: str) -> list[str]:
    """The dotted names of a package's modules."""
    files = sorted((APP / "paceline" / package).rglob("*.py"))
    names = (file.relative_to(APP).with_suffix("") for file in files)
    return [".".join(name.parts).removesuffix(".__init__") for name in names]


def test_the_listing_sees_what_is_imported() -> None:
    assert "asyncssh" in modules_after("import asyncssh")


@pytest.mark.parametrize("package", ["engine", "plan", "model", "store"])
def test_neither_the_screen_nor_the_ssh_library_is_loaded(package: str) -> None:
    names = modules_of(package)
    assert len(names) > 1
    loaded = modules_after("import " + ", ".join(names))
    assert not loaded & {"textual", "rich", "asyncssh", "click"}


def test_a_first_frame_owes_nothing_to_the_service_or_the_ssh_library() -> None:
    loaded = modules_after("import paceline.cli.screens, paceline.ui.app, paceline.cli.attach, paceline.cli.run")
    assert not loaded & {"fastapi", "starlette", "uvicorn", "httpx", "anyio", "asyncssh"}
