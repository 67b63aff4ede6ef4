"""Presets on disk: the operator's own, the shipped ones, and any path."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomli_w

from paceline.config.document import Document, read_document, read_text
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths, expand
from paceline.config.validation import nearest, require_own_name, validate
from paceline.model.preset import Preset, preset_name

Source = Literal["own", "shipped", "path"]

_TEXT_OR_COMMENT = re.compile(
    r'''"""(?:\\.|[^\\])*?"""''' r"|'''.*?'''" r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#""", re.DOTALL
)
"""A string of TOML, or the beginning of a comment: what is left after the strings."""


@dataclass(frozen=True, slots=True)
class PresetFile:
    """A preset that can be chosen."""

    name: str
    path: Path
    source: Source
    description: str = ""
    error: str = ""
    """Why it cannot be used; empty when it can."""


def list_presets(paths: Paths) -> list[PresetFile]:
    """Every preset by name; one of the operator's own hides a shipped one of that name."""
    found: dict[str, PresetFile] = {}
    for folder, source in _folders(paths):
        for path in sorted(folder.glob("*.toml")):
            if path.stem in found:
                continue
            try:
                found[path.stem] = PresetFile(path.stem, path, source, _load_named(path).description)
            except ConfigError as error:
                found[path.stem] = PresetFile(path.stem, path, source, error=str(error))
    return [found[name] for name in sorted(found)]


def find_preset(name: str, paths: Paths) -> PresetFile:
    """A preset by name, or by path when `name` has a slash or ends in `.toml`. Raises ConfigError."""
    if "/" in name or name.endswith(".toml"):
        path = Path(name).expanduser()
        return PresetFile(path.stem, path, "path", load_preset(path).description)
    for folder, source in _folders(paths):
        path = folder / f"{name}.toml"
        if path.is_file():
            return PresetFile(name, path, source, _load_named(path).description)
    known = [file.name for file in list_presets(paths)]
    near = nearest(name, known)
    hint = (
        f'did you mean "{near}"?' if near else f"there are: {', '.join(known) or 'none'}; a file is given by its path"
    )
    raise ConfigError.of(paths.presets, f'no preset is called "{name}"; {hint}')


def load_preset(path: Path) -> Preset:
    """The preset in a file; without a `name` it is called as the file is. Raises ConfigError."""
    return _as_preset(read_document(path))


def has_comments(path: Path) -> bool:
    """Whether saving over `path` would lose comments. Raises ConfigError when it cannot be read."""
    return any(match.group() == "#" for match in _TEXT_OR_COMMENT.finditer(read_text(path)))


def save_preset(preset: Preset, paths: Paths) -> Path:
    """Write to the operator's own presets, over one of the same name. Raises ConfigError."""
    path = paths.presets / f"{preset.name}.toml"
    _write(path, tomli_w.dumps(as_toml(preset), multiline_strings=False))
    return path


def save_preset_as(preset: Preset, name: str, paths: Paths) -> Path:
    """Write under another name. Raises ConfigError for a name that is none, or that is taken."""
    try:
        preset_name(name)
    except ValueError as error:
        raise ConfigError.of(paths.presets, f'"{name}" cannot be a preset\'s name: {error}') from None
    path = paths.presets / f"{name}.toml"
    if path.exists():
        raise ConfigError.of(path, "a preset of this name exists; choose another name, or delete that one")
    return save_preset(preset.model_copy(update={"name": name}), paths)


def anchored(preset: Preset, folder: Path) -> Preset:
    """`preset` with its inventory's path made absolute, before it is saved elsewhere than in `folder`."""
    if not preset.inventory:
        return preset
    return preset.model_copy(update={"inventory": str(expand(preset.inventory, folder.resolve()))})


def delete_preset(name: str, paths: Paths) -> None:
    """Remove one of the operator's own. Raises ConfigError."""
    path, shipped = paths.presets / f"{name}.toml", paths.shipped_presets / f"{name}.toml"
    if "/" in name or not (path.exists() or shipped.exists()):
        raise ConfigError.of(paths.presets, f'none of your presets is called "{name}"')
    if not path.exists():
        raise ConfigError.of(shipped, "comes with Paceline and cannot be deleted")
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError.of(path, f"cannot be deleted: {error.strerror}") from error


def as_toml(preset: Preset) -> dict[str, Any]:
    """What the file of `preset` says: no key at its default, but always the ones a reader looks for first."""
    data: dict[str, Any] = preset.model_dump(mode="json", exclude_defaults=True)
    first = {"name": preset.name, "description": preset.description, "read_only": preset.read_only}
    data = {**first, **data}
    if preset.commands:
        data["commands"] = _command_lines(data["commands"])
    for table in data.get("platform", {}).values():
        table["commands"] = _command_lines(table["commands"])
    if timeouts := preset.timeouts.model_dump(mode="json", exclude_unset=True):
        # Also at its default a timeout that was said wins over the settings'.
        data["timeouts"] = timeouts
    return {key: _whole_numbers(value) for key, value in data.items()}


def _command_lines(commands: list[dict[str, Any]]) -> list[Any]:
    return [entry if len(entry) > 1 else entry["command"] for entry in commands]


def _whole_numbers(value: Any) -> Any:
    """60 where the model holds 60.0, as people write it."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_preset(document: Document) -> Preset:
    return validate(Preset, document, {"name": document.path.stem, **document.data})


def _load_named(path: Path) -> Preset:
    document = read_document(path)
    preset = _as_preset(document)
    require_own_name(document, preset.name)
    return preset


def _folders(paths: Paths) -> tuple[tuple[Path, Source], ...]:
    return ((paths.presets, "own"), (paths.shipped_presets, "shipped"))


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a file of its own beside it, on disk, then renamed over it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigError.of(path, f"cannot be written: {error.strerror or error}") from error
