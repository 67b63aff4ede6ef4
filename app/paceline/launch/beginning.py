"""What Configure begins with: a preset, its inventory, the platforms. Reads files; run it on a thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.platforms import Platforms, load_platforms
from paceline.config.presets import PresetFile, find_preset, list_presets, load_preset
from paceline.inventory.result import InventoryError
from paceline.launch.draft import Draft, Found, InventorySource
from paceline.launch.prepare import read_inventory, read_selection
from paceline.model.errors import PacelineError
from paceline.model.selection import Selection
from paceline.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for at the start; see `ui.ports.Opening`."""

    preset: str = ""
    inventory: str = ""
    where: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Beginning:
    """A draft with its inventory, as far as both could be read, and sentences about what could not."""

    draft: Draft
    platforms: Platforms
    sentences: list[str] = field(default_factory=list)
    has_inventory_named: bool = False
    """Whether anything says where an inventory is; without one it is a first start."""


def begin(wish: Wish, settings: Settings, paths: Paths) -> Beginning:
    """The preset that was asked for, else the operator's first, else the first shipped one, with its inventory.

    Raises ConfigError when no preset at all can be used, or a platform's file is broken.
    """
    platforms = load_platforms(paths)
    sentences: list[str] = []
    file = _choose(wish.preset, paths, sentences)
    draft = load_draft(file, wish.changes)
    beginning = Beginning(draft, platforms, sentences)
    found: tuple[Path, InventorySource] | None = draft.inventory_path(settings, paths)
    if wish.inventory:
        found = Path(wish.inventory).expanduser(), "chosen"
    if found is not None:
        beginning.has_inventory_named = True
        try:
            read_into(draft, *found, platforms, paths, wish.where)
        except PacelineError as error:
            draft.inventory_problem = str(error)
    return beginning


def load_draft(file: PresetFile, changes: Mapping[str, object] | None = None) -> Draft:
    """A draft of a preset's file, parts of it replaced. Raises ConfigError."""
    return Draft(load_preset(file.path).model_copy(update=dict(changes or {})), file)


def read_into(
    draft: Draft, path: Path, source: InventorySource, platforms: Platforms, paths: Paths, where: str = ""
) -> None:
    """Read an inventory and choose in it as the draft says. Raises InventoryError."""
    inventory = read_inventory(path, platforms)
    if not inventory.devices:
        count = len(inventory.problems)
        raise InventoryError(
            f"{path}: none of its devices can be used; the first of {count} problems: {inventory.problems[0]}"
        )
    draft.attach(Found(inventory, path, source), lambda text: selection_in(text, path, paths), where)


def selection_in(text: str, inventory: Path, paths: Paths) -> Selection:
    """A selection over the inventory at a path. Raises LaunchError."""
    return read_selection(text, inventory.parent, paths)


def _choose(name: str, paths: Paths, sentences: list[str]) -> PresetFile:
    if name:
        try:
            return find_preset(name, paths)
        except ConfigError as error:
            sentences.append(str(error))
    listed = list_presets(paths)
    if not name:
        sentences += [file.error for file in listed if file.error]
    usable = [file for file in listed if not file.error]
    if not usable:
        raise ConfigError.of(paths.shipped_presets, "there is no preset that can be used: install Paceline again")
    return next((file for file in usable if file.source == "own"), usable[0])
