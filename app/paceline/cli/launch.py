"""From a preset, an inventory and the settings to a frozen job: everything that can be wrong is said before a start."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from paceline.cli.credentials import choose_credentials
from paceline.cli.freeze import MOST_LISTED, Freezer, Frozen, LaunchError, few
from paceline.config.paths import Paths, expand
from paceline.config.platforms import load_platforms
from paceline.config.presets import find_preset, load_preset
from paceline.config.settings import load_settings
from paceline.config.validation import sentences
from paceline.inventory.result import Inventory
from paceline.model.device import Device
from paceline.model.job import JobSpec, Pace
from paceline.model.preset import Preset
from paceline.model.selection import Selection, SelectionError, parse
from paceline.model.settings import Settings
from paceline.model.time import now, seeded
from paceline.store.reader import JournalReader

_ZERO = {
    "batch_size": "; 0 means all in one batch",
    "devices_per_hour": "; 0 means no limit",
    "per_country": "; 0 means no cap",
    "per_site": "; 0 means no cap",
}


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What the command line says on top of the preset."""

    preset: str
    inventory: str = ""
    where: str = ""
    pace: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the preset that are replaced (the demo's shorter waits)."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A job ready to start."""

    spec: JobSpec
    preset: Preset
    settings: Settings
    inventory: Inventory
    inventory_path: Path
    warnings: tuple[str, ...]


def prepare(options: LaunchOptions, paths: Paths) -> Launch:
    """Read all that the job needs and freeze it. Raises ConfigError, InventoryError or LaunchError: sentences."""
    settings = load_settings(paths)
    preset_file = find_preset(options.preset, paths)
    preset = load_preset(preset_file.path).model_copy(update=dict(options.changes))
    if not preset.read_only:
        raise LaunchError(
            f"{preset_file.path}: read_only = false: jobs that may change devices come with a later release; "
            "only read-only jobs start now"
        )
    pace = resolve_pace(preset, options.pace)
    platforms = load_platforms(paths)
    path = _inventory_path(options, preset, preset_file.path, settings, paths)
    from paceline.inventory.load import load

    inventory = load(path, aliases=platforms.aliases, known_platforms=platforms.names)
    devices = _select(options, preset, inventory, path, paths)
    frozen = Freezer(preset, platforms).freeze(devices)
    chosen = choose_credentials(devices, settings, lambda text: _selection(text, path.parent, paths))
    targets = [
        target.model_copy(update={"credential": chosen.by_device[target.device.name]}) for target in frozen.targets
    ]
    created = now()
    spec = JobSpec(
        id=_job_id(preset.name, created.strftime("%Y%m%d-%H%M")),
        name=preset.name,
        created_at=created,
        created_by=getpass.getuser(),
        read_only=preset.read_only,
        on_command_failure=preset.on_command_failure,
        pace=pace,
        gates=preset.gates,
        timeouts=preset.timeouts,
        retries=preset.retries,
        after_crash=preset.after_crash,
        seed=seeded().getrandbits(32),
        command_sets=tuple(frozen.sets),
        credentials=chosen.credentials,
        platforms=frozen.platforms,
        targets=tuple(targets),
    )
    return Launch(spec, preset, settings, inventory, path, _warnings(preset, inventory, frozen))


def _warnings(preset: Preset, inventory: Inventory, frozen: Frozen) -> tuple[str, ...]:
    lines = _problem_lines(inventory)
    if frozen.guessed:
        lines.append(f"no platform in the inventory, so {preset.default_platform} is taken: {few(frozen.guessed)}")
    return tuple(lines)


def _problem_lines(inventory: Inventory) -> list[str]:
    lines = [str(problem) for problem in inventory.problems[:MOST_LISTED]]
    if len(inventory.problems) > MOST_LISTED:
        lines.append(f"... and {len(inventory.problems) - MOST_LISTED} more; `paceline check` lists them all")
    return lines


def resolve_pace(preset: Preset, overrides: Mapping[str, Any]) -> Pace:
    """The preset's pace with what the command line says on top. Raises LaunchError with a line per option."""
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Pace.model_validate(preset.pace.model_dump() | given)
    except ValidationError as error:
        lines = [
            f"--{key.replace('_', '-')}: {sentence}{_ZERO.get(key, '')}"
            for key, sentence in sentences(Pace, error).items()
        ]
        raise LaunchError("\n".join(lines)) from None


def _inventory_path(
    options: LaunchOptions, preset: Preset, preset_path: Path, settings: Settings, paths: Paths
) -> Path:
    if options.inventory:
        return Path(options.inventory).expanduser()
    if preset.inventory:
        return expand(preset.inventory, preset_path.parent)
    if settings.inventory:
        return expand(settings.inventory, paths.config)
    raise LaunchError(
        f"no inventory: name one with -i FILE, as `inventory` in the preset, or as `inventory` in {paths.settings}"
    )


def _select(options: LaunchOptions, preset: Preset, inventory: Inventory, path: Path, paths: Paths) -> list[Device]:
    """The devices in the inventory's order. An empty selection is an error, never all."""
    text = options.where or preset.selection
    include = () if options.where else preset.include
    if not text.strip() and not include:
        raise LaunchError("no devices are selected: say which with --where EXPR (--where '*' for all of the inventory)")
    selection = _selection(text, path.parent, paths) if text.strip() else None
    known = {device.name for device in inventory.devices}
    missing = [name for name in (*include, *preset.exclude) if name not in known]
    if missing:
        raise LaunchError(f"the preset names devices that {path} does not have: {few(missing)}")
    ticked, left_out = set(include), set(preset.exclude)
    devices = [
        device
        for device in inventory.devices
        if device.name not in left_out
        and (device.name in ticked or (selection is not None and selection.matches(device)))
    ]
    if not devices:
        # What was left out may be what was meant.
        raise LaunchError("\n".join([*_problem_lines(inventory), _nothing_matches(text, inventory, path)]))
    return devices


def _nothing_matches(text: str, inventory: Inventory, path: Path) -> str:
    if not inventory.devices:
        return f"{path} has no device that can be used"
    return (
        f"the selection {text!r} matches none of the {len(inventory.devices)} devices of {path}: "
        "loosen it, or look at the inventory with `paceline check`"
    )


def _selection(text: str, folder: Path, paths: Paths) -> Selection:
    def names_from_file(name: str) -> list[str]:
        path = expand(name, folder)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise LaunchError(f"@{name}: cannot read {path}: {reason}") from None
        return [stripped for line in lines if (stripped := line.split("#", 1)[0].strip())]

    def devices_of_job(what: str, job: str) -> list[str]:
        return job_devices(what, job, paths)

    try:
        return parse(text, names_from_file=names_from_file, devices_of_job=devices_of_job)
    except SelectionError as error:
        raise LaunchError(f"the selection is not understood: {error}") from None


def job_devices(what: str, job: str, paths: Paths) -> list[str]:
    """Names of devices of an earlier job: `failed`, `unreachable`, `unknown`, `open`, or `kind=` a failure's kind."""
    reader = JournalReader(paths.state / "journal.sqlite")
    try:
        found = reader.find(job)
        if len(found) != 1:
            raise LaunchError(
                f"{job!r} names {'no job' if not found else f'{len(found)} jobs'}; `paceline jobs list` shows them all"
            )
        status = reader.status(found[0])
    finally:
        reader.close()
    devices = status.devices.values()
    if what == "open":
        return [device.name for device in devices if device.state != "succeeded"]
    if what in ("failed", "unreachable", "unknown"):
        return [device.name for device in devices if device.state == what]
    kind = what.removeprefix("kind=")
    return [device.name for device in devices if device.failure is not None and device.failure.value == kind]


def _job_id(name: str, stamp: str) -> str:
    slug = (
        "".join(c if c.isalnum() or c in "._-" else "-" for c in name.lower() if c.isascii())[:60].strip("-") or "job"
    )
    return f"{stamp}-{slug}-{seeded().getrandbits(16):04x}"
