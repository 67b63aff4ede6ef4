"""Files that are no TOML at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from paceline.config.document import read_document
from paceline.config.errors import ConfigError


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a = ", "f.toml:1: not TOML: invalid value"),
        (b"a = 1\nname = hello\n", 'f.toml:2: not TOML: invalid value; text stands in quotes, as in `key = "text"`'),
        (b"hello\n", "f.toml:1: not TOML: expected '=' after a key"),
        (b"a = 1\na = 2\n", "not TOML: cannot overwrite a value"),
        (b"a = 1\nb = '\xff'\n", "f.toml:2: not UTF-8 text"),
    ],
)
def test_what_is_not_toml_is_named_with_its_line(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        read_document(path)
    assert said in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_document(tmp_path / "f.toml")
    with pytest.raises(ConfigError, match="this is a folder"):
        read_document(tmp_path)


def test_a_file_one_may_not_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> bytes:
        # Root reads everything, and the tests may run as root.
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(ConfigError, match="you may not read this file"):
        read_document(tmp_path / "f.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_document(tmp_path / "f.toml").data == {"a": 1}


def test_shipped_files_are_found_in_an_installed_package(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    package = tmp_path / "paceline"
    (package / "data").mkdir(parents=True)
    (package / "data" / "themes").symlink_to(root / "themes")
    (package / "data" / "configs").symlink_to(root / "configs")
    for name in ("__init__.py", "config", "model"):
        (package / name).symlink_to(root / "app" / "paceline" / name)
    code = "from paceline.config.paths import find_paths; print(find_paths().shipped_presets)"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(package / "data" / "configs" / "presets")
