"""A job being put together: a preset's values, an inventory, the ticked devices. Pure but for `to_spec`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from paceline.config.paths import Paths, expand
from paceline.config.platforms import Platforms
from paceline.config.presets import PresetFile, anchored
from paceline.inventory.result import Inventory
from paceline.launch.again import again, commands_per_platform, is_uniform, preset_of
from paceline.launch.earlier import NOTHING, Earlier, sent_lines, shortened
from paceline.launch.freeze import LaunchError, few
from paceline.launch.prepare import freeze_job, left_out_of
from paceline.launch.ticks import Ticks, Written
from paceline.model.device import Device
from paceline.model.job import Command, JobSpec, Pace
from paceline.model.preset import PlatformCommands, Preset
from paceline.model.secret import Secret
from paceline.model.selection import Selection
from paceline.model.settings import Settings

ReadSelection = Callable[[str], Selection]
"""Reads a selection over the draft's inventory. Raises LaunchError."""
InventorySource = Literal["preset", "settings", "chosen"]


@dataclass(frozen=True, slots=True)
class Found:
    """An inventory that was read, and why it was this one."""

    inventory: Inventory
    path: Path
    source: InventorySource = "chosen"


class Draft:
    """What Configure edits. A saved draft, run from the command line, gets the same devices, commands and pace."""

    def __init__(self, preset: Preset, file: PresetFile | None = None, continues: JobSpec | None = None) -> None:
        self.preset = preset
        """Values as edited; which devices is said by `ticks` alone."""
        self.file = file
        """Where it was loaded from; None for one that stands in no file."""
        self.continues = continues
        """The frozen job whose devices and commands these are."""
        self.earlier: Earlier = NOTHING
        """What that job came to, as far as it matters here."""
        self.found: Found | None = None
        self.ticks = Ticks(())
        self.inventory_problem = ""
        """Why its inventory could not be read; a sentence."""
        self.selection_problem = ""
        """Why the preset's selection chose nothing; a sentence."""
        self.passwords: dict[str, Secret] = {}
        """Those that stand in the inventory, by reference."""
        self._loaded = preset
        self._written_at_start = Written(preset.selection, preset.include, preset.exclude)
        self._ticked_at_start: frozenset[str] | None = frozenset()
        """None: not what the file says, whatever is ticked."""
        self._path_at_start: Path | None = None

    @classmethod
    def of_job(cls, spec: JobSpec, devices: Sequence[str], earlier: Earlier | None = None) -> "Draft":
        """Run a frozen job again on some of its devices, from where `earlier` says.

        Raises LaunchError when it has none of them.
        """
        wanted = set(devices)
        chosen = tuple(target.device for target in spec.targets if target.device.name in wanted)
        if not chosen:
            raise LaunchError(f"job {spec.id} has none of these devices: {few(list(devices)) or 'none are named'}")
        draft = cls(preset_of(spec), continues=spec)
        draft.earlier = earlier or NOTHING
        draft.ticks = Ticks(chosen)
        draft.ticks.tick(device.name for device in chosen)
        draft._begin()
        return draft

    def attach(self, found: Found, read: ReadSelection, where: str = "") -> None:
        """Choose in this inventory by `where`, else by the preset's selection with `include` and `exclude`.

        A selection that cannot be read chooses nothing, and is told in `selection_problem`.
        """
        devices, is_first = found.inventory.devices, self.found is None
        now = self.to_preset()
        written = Written(where) if where else Written(now.selection, now.include, now.exclude)
        matched: list[str] = []
        self.selection_problem = ""
        if written.selection.strip():
            try:
                selection = read(written.selection)
            except LaunchError as error:
                self.selection_problem = str(error)
            else:
                matched = [device.name for device in devices if selection.matches(device)]
                if not matched:
                    self.selection_problem = f"the selection {written.selection!r} matches no device of this inventory"
        self.inventory_problem = ""
        self.found, self.passwords = found, found.inventory.passwords
        self.ticks = Ticks(devices, written, matched)
        if is_first and not where and not self.ticks.missing:
            self._begin()
        else:
            self._ticked_at_start = None

    def _begin(self) -> None:
        self._ticked_at_start = frozenset(self.ticks.names)
        self._path_at_start = self.found.path if self.found else None

    # -- what it says ---------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.preset.name

    @property
    def devices(self) -> list[Device]:
        """The ticked devices, in the inventory's order."""
        return self.ticks.chosen

    @property
    def file_is_own(self) -> bool:
        """Whether it stands among the operator's own presets, so that saving goes over it."""
        return self.file is not None and self.file.source == "own"

    @property
    def has_fixed_commands(self) -> bool:
        """Whether the commands are those of a frozen job, which a job that continues it may not change."""
        return self.continues is not None

    def tables(self) -> dict[str, tuple[Command, ...]]:
        """The commands by platform: under "" those of every platform without a table of its own."""
        if self.continues is not None:
            return commands_per_platform(self.continues)
        plain = {"": self.preset.commands} if self.preset.commands else {}
        return plain | {name: table.commands for name, table in self.preset.platform.items()}

    def table_of(self, device: Device) -> str:
        """Key of `tables` for a device."""
        platform = device.platform or self.preset.default_platform
        return platform if platform in self.tables() else ""

    def sent_before(self) -> list[str]:
        """What the ticked devices were sent by the job that this one continues, where that may have changed them."""
        return sent_lines(self.earlier, (device.name for device in self.devices))

    # -- edits ----------------------------------------------------------------------------------------

    def set_pace(self, **changes: Any) -> None:
        """Change the pace. Raises ValueError with a sentence for a value that cannot be."""
        try:
            pace = Pace.model_validate(self.preset.pace.model_dump() | changes)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}, got {first['input']!r}") from None
        self.preset = self.preset.model_copy(update={"pace": pace})

    def set_read_only(self, *, read_only: bool) -> None:
        """Whether it only reads, or may change devices. Raises LaunchError for the commands of a frozen job."""
        if self.has_fixed_commands:
            raise LaunchError("a job that continues another one is of the same kind; open a preset to choose")
        self.preset = self.preset.model_copy(update={"read_only": read_only})

    def set_tables(self, tables: Mapping[str, tuple[Command, ...]]) -> None:
        """Change the commands; see `tables`. An empty table is none. Raises LaunchError for fixed ones and for none."""
        if self.has_fixed_commands:
            raise LaunchError("these are the commands of the job that this one continues; open a preset to change them")
        kept = {name: commands for name, commands in tables.items() if commands}
        if not kept:
            raise LaunchError("a job needs at least one command")
        platform = {name: PlatformCommands(commands=commands) for name, commands in kept.items() if name}
        self.preset = self.preset.model_copy(update={"commands": kept.get("", ()), "platform": platform})

    def mark_saved(self, preset: Preset, file: PresetFile) -> None:
        """It stands in `file` now, as `preset`."""
        self.preset = self._loaded = preset
        self.file, self.continues = file, None
        self._written_at_start = Written(preset.selection, preset.include, preset.exclude)
        self._begin()

    # -- results --------------------------------------------------------------------------------------

    def to_preset(self) -> Preset:
        """As a preset whose selection, `include` and `exclude` choose the ticked devices."""
        start = self._ticked_at_start
        is_untouched = start is not None and self.ticks.names == start
        written = self._written_at_start if is_untouched or self.found is None else self.ticks.written()
        if self.continues is not None:
            written = Written("", tuple(device.name for device in self.devices))
        update: dict[str, object] = {
            "selection": written.selection, "include": written.include, "exclude": written.exclude,
        }  # fmt: skip
        if self.found is not None and self.found.source == "chosen":
            update["inventory"] = str(self.found.path.absolute())
        return self.preset.model_copy(update=update)

    def unsavable(self) -> str:
        """Why no preset can say the same; empty when one can."""
        if self.continues is not None and not is_uniform(self.continues):
            return (
                "the commands of this job were filled in per device, and a preset cannot say that: "
                "open the preset that it came from"
            )
        return ""

    def to_saved(self, name: str) -> Preset:
        """The preset to write under `name` among the operator's own: paths hold from there too."""
        preset = self.to_preset().model_copy(update={"name": name})
        return anchored(preset, self.file.path.parent) if self.file is not None else preset

    def changes(self) -> tuple[str, ...]:
        """What differs from what was loaded, in the words of the preset's keys; empty when nothing does."""
        before, after = self._loaded.model_dump(), self.to_preset().model_dump()
        words = []
        for key, value in after.items():
            if value != before[key]:
                parts = (
                    [f"{key}.{part}" for part in value if value[part] != before[key].get(part)] if key in _PARTS else []
                )
                words += parts or [_WORDS.get(key, key)]
        return tuple(dict.fromkeys(words))

    def to_spec(self, settings: Settings, platforms: Platforms, paths: Paths) -> JobSpec:
        """The frozen job. Raises LaunchError with every reason against it, and CredentialError. Reads files."""
        if self.continues is not None:
            fresh = again(self.continues, self.devices, self.preset, settings, paths)
            return shortened(fresh, self.earlier) if self.earlier.done else fresh
        if self.found is None:
            raise LaunchError(self.inventory_problem or "there is no inventory yet: open one with the key i")
        if not self.ticks:
            raise LaunchError(self.selection_problem or "no device is ticked: space ticks one, a all that are shown")
        folder = self.found.path.parent
        spec, _ = freeze_job(self.preset, self.devices, settings, platforms, folder, paths)
        return spec.model_copy(update={"left_out": left_out_of(self.found.inventory, self.to_preset().exclude)})

    def inventory_path(self, settings: Settings, paths: Paths) -> tuple[Path, InventorySource] | None:
        """Where the preset, else the settings, have their inventory; None when neither names one."""
        if self.preset.inventory and self.file is not None:
            return expand(self.preset.inventory, self.file.path.parent), "preset"
        if settings.inventory:
            return expand(settings.inventory, paths.config), "settings"
        return None


_PARTS = ("pace", "gates", "timeouts", "retries")
_WORDS = {"selection": "devices", "include": "devices", "exclude": "devices", "platform": "commands"}
