"""What an installed Paceline finds: everything that is shipped beside its code."""

import tomllib
from pathlib import Path

import pytest

import paceline
from paceline.config import paths

ROOT = Path(__file__).parents[2]


def test_the_wheel_takes_along_what_the_tree_has_at_its_top() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    included = build["targets"]["wheel"]["force-include"]
    assert included == {name: f"paceline/data/{name}" for name in ("themes", "configs", "GUIDE.md")}
    assert all((ROOT / name).exists() for name in included)


def test_the_guide_is_found_in_the_tree_and_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paths.find_paths().guide == ROOT / "GUIDE.md"
    package, data = tmp_path / "paceline", tmp_path / "paceline" / "data"
    (data / "themes").mkdir(parents=True)
    (data / "configs").mkdir()
    (data / "configs" / "paceline.toml").touch()
    (data / "GUIDE.md").write_text("# Guide\n", encoding="utf-8")
    monkeypatch.setattr(paceline, "__file__", str(package / "__init__.py"))
    assert paths.find_paths().guide.read_text(encoding="utf-8") == "# Guide\n"
