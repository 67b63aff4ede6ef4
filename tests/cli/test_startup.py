"""A start is cheap: what it must not load, and what the shortcuts through the libraries must not change."""

import dataclasses
import inspect
import json
import os
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest
from pydantic.plugin import _schema_validator
from tests.integration.workspace import APP

from paceline.cli.startup import SELDOM_CALLED, _compile_annotations_once, _lazily

RUN = (
    "paceline.cli.run, paceline.engine.local, paceline.session.factory, paceline.store.journal, paceline.store.outputs"
)
SCREENS = "paceline.cli.screens, paceline.ui.app, paceline.ui.departure"
LISTING = """
import json, sys
from paceline.cli.startup import spare_imports
spare_imports()
processes = []
sys.addaudithook(lambda name, args: processes.append(str(args[0])) if name == "subprocess.Popen" else None)
import {modules}
print(json.dumps([sorted(name for name in sys.modules if sys.modules[name] is not None), processes]))
"""
NOBODYS = {"pycountry", "importlib.metadata", "ruamel", "yaml", "openpyxl", "keyring", "email", "http", "pdb", "jinja2"}
"""What neither needs before there is a file, a keyring or a bug."""


def loaded(modules: str) -> set[str]:
    """The modules of a fresh interpreter that imports these; it starts no process for it."""
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    environment.pop("LD_LIBRARY_PATH", None)
    code = LISTING.format(modules=modules)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    names, processes = json.loads(done.stdout)
    assert not processes
    return set(names)


def test_a_plain_run_loads_neither_screens_nor_what_it_may_not_need() -> None:
    names = loaded(RUN)
    assert {"asyncssh", "pydantic", "sqlite3"} <= names
    assert not names & (NOBODYS | {"textual", "rich", "cryptography.x509", "paceline.ui", "paceline.demo"})


def test_a_first_frame_loads_neither_ssh_nor_the_other_screens() -> None:
    names = loaded(SCREENS)
    assert {"textual", "pydantic"} <= names
    assert not names & (NOBODYS | {"asyncssh", "cryptography", "markdown_it", "httpx", "pygments"})
    others = {f"paceline.ui.screens.{name}" for name in ("monitor", "history", "device", "help")}
    assert not names & (others | {"paceline.engine.local", "paceline.store.journal", "paceline.plan.guard"})


# -- dataclasses ---------------------------------------------------------------------------------------


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods that were compiled since; dataclasses are made lazily."""
    if not hasattr(dataclasses, "_create_fn"):
        pytest.skip("this Python compiles all methods of a class at once")
    names: list[str] = []
    make = dataclasses._create_fn

    def noted(name: str, *text: Any, **scope: Any) -> Any:
        names.append(name)
        return make(name, *text, **scope)

    monkeypatch.setattr(dataclasses, "_create_fn", _lazily(noted))
    return names


def test_methods_are_compiled_with_their_first_call(compiled: list[str]) -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2

    @dataclasses.dataclass(frozen=True, slots=True)
    class Place(Point):
        name: str = "home"

    assert not compiled
    point, place = Point(1), Place(1, name="there")
    assert (point.x, point.y, place) == (1, 2, Place(1, 2, "there"))
    assert point == Point(1, 2) != Point(2)
    assert hash(point) == hash(Point(1))
    assert repr(place).endswith("Place(x=1, y=2, name='there')")
    assert dataclasses.replace(point, y=3) == Point(1, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(point, "x", 3)  # noqa: B010 - mypy would refuse the plain form
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(point, "x")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    assert set(compiled) == SELDOM_CALLED
    seen = len(compiled)
    assert (Point(5), hash(point), point == place) == (Point(5), hash(Point(1)), False)
    assert len(compiled) == seen


def test_ordering_and_hooks_are_as_ever(compiled: list[str]) -> None:
    @dataclasses.dataclass(order=True)
    class Version:
        number: int
        parts: list[int] = dataclasses.field(default_factory=list)
        text: str = dataclasses.field(init=False, compare=False)

        def __post_init__(self) -> None:
            self.text = f"v{self.number}"

    assert sorted([Version(2), Version(1)])[0].text == "v1"
    assert Version(1).parts is not Version(1).parts
    assert Version.__hash__ is None


# -- pydantic and typing ---------------------------------------------------------------------------------


def test_pydantic_still_looks_for_its_plugins_where_we_say_that_there_are_none() -> None:
    source = inspect.getsource(_schema_validator)
    assert "from ._loader import get_plugins" in source
    assert "get_plugins()" in source
    assert "def get_plugins()" in Path(_schema_validator.__file__).with_name("_loader.py").read_text(encoding="utf-8")


def test_annotations_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(typing, "compile", raising=False)
    _compile_annotations_once()
    once: Any = vars(typing)["compile"]
    try:
        references = [typing.ForwardRef("dict[str, int]") for _ in range(3)]
    finally:
        del typing.compile  # type: ignore[attr-defined]
    assert once.cache_info().misses == 1
    assert once.cache_info().hits == 2
    assert typing.get_type_hints(type("Holder", (), {"__annotations__": {"a": references[0]}})) == {"a": dict[str, int]}
    with pytest.raises(SyntaxError):
        typing.ForwardRef("not a type")
