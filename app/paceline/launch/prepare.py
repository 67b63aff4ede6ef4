"""From a preset, an inventory and the settings to a frozen job: everything that can be wrong is said before a start."""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from paceline.config.paths import Paths, expand
from paceline.config.platforms import Platforms, load_platforms
from paceline.config.presets import find_preset, load_preset
from paceline.config.settings import load_settings
from paceline.config.validation import sentences
from paceline.inventory.result import Inventory
from paceline.launch.credentials import choose_credentials
from paceline.launch.freeze import MOST_LISTED, Freezer, LaunchError, few
from paceline.launch.jumps import reach
from paceline.launch.ssh_hosts import SshHosts, notes_on
from paceline.launch.windows import read_window, windows_of
from paceline.model.device import Device
from paceline.model.job import JobSpec, LeftOut, Pace
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
    """Parts of the preset that are replaced: whether it may change devices, the demo's shorter waits."""
    jump: str = ""
    """The jump for every device, as `-J` takes it; `none` for none."""


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
    preset = preset.model_copy(update={"pace": resolve_pace(preset, options.pace)})
    platforms = load_platforms(paths)
    path = find_inventory(options, preset, preset_file.path, settings, paths)
    inventory = read_inventory(path, platforms)
    devices = select_devices(options, preset, inventory, path, paths)
    spec, guessed = freeze_job(preset, devices, settings, platforms, path.parent, paths, options.jump)
    spec = spec.model_copy(update={"left_out": left_out_of(inventory, preset.exclude)})
    warnings = (*warnings_of(preset, inventory, guessed), *notes_on(devices, settings))
    return Launch(spec, preset, settings, inventory, path, warnings)


def read_inventory(path: Path, platforms: Platforms) -> Inventory:
    """The inventory at `path`, with the platforms' names as the only known ones. Raises InventoryError."""
    from paceline.inventory.load import load

    return load(path, aliases=platforms.aliases, known_platforms=platforms.names)


def freeze_job(
    preset: Preset,
    devices: Sequence[Device],
    settings: Settings,
    platforms: Platforms,
    folder: Path,
    paths: Paths,
    jump: str = "",
) -> tuple[JobSpec, list[str]]:
    """The job that `preset` is on exactly these devices, and the names of those whose platform is its default.

    `folder` is where `@file` in the settings' rules is looked for: the inventory's. `jump` is what `-J` says, which
    wins over all. Raises LaunchError with every reason against it, and CredentialError.
    """

    def parse_rule(text: str) -> Selection:
        return read_selection(text, folder, paths)

    ways = reach(devices, settings, parse_rule, jump)
    frozen = Freezer(preset, platforms).freeze(ways.devices)
    chosen = choose_credentials(devices, settings, parse_rule, SshHosts.read(settings))
    created = now()
    windows = windows_of(devices, preset.windows, settings.timezones, created)
    targets = [
        target.model_copy(
            update={"credential": chosen.by_device[target.device.name], "window": windows.get(target.device.name, "")}
        )
        for target in frozen.targets
    ]
    spec = JobSpec(
        id=new_job_id(preset.name, created),
        name=preset.name,
        created_at=created,
        created_by=getpass.getuser(),
        read_only=preset.read_only,
        on_command_failure=preset.on_command_failure,
        pace=preset.pace,
        gates=preset.gates,
        timeouts=preset.timeouts.or_else(settings.timeouts),
        retries=preset.retries,
        window=read_window(preset, created),
        after_crash=preset.after_crash,
        seed=seeded().getrandbits(32),
        command_sets=tuple(frozen.sets),
        credentials=chosen.credentials | ways.credentials,
        jumps=ways.hosts,
        platforms=frozen.platforms,
        targets=tuple(targets),
    )
    return spec, frozen.guessed


def left_out_of(inventory: Inventory, ticked_off: Sequence[str]) -> tuple[LeftOut, ...]:
    """Rows of the inventory that are no devices, and devices that were ticked off the selection."""
    unreadable = [
        LeftOut(name=problem.place, reason=problem.reason)
        for problem in inventory.problems
        if problem.severity == "error"
    ]
    return (*unreadable, *(LeftOut(name=name, reason="ticked off the selection") for name in ticked_off))


def warnings_of(preset: Preset, inventory: Inventory, guessed: list[str]) -> tuple[str, ...]:
    """What the operator should know before the start, although it is no reason against it."""
    lines = _problem_lines(inventory)
    if guessed:
        lines.append(f"no platform in the inventory, so {preset.default_platform} is taken: {few(guessed)}")
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


def find_inventory(options: LaunchOptions, preset: Preset, preset_path: Path, settings: Settings, paths: Paths) -> Path:
    """The first inventory that is named: by the options, the preset, the settings. Raises LaunchError."""
    if options.inventory:
        return Path(options.inventory).expanduser()
    if preset.inventory:
        return expand(preset.inventory, preset_path.parent)
    if settings.inventory:
        return expand(settings.inventory, paths.config)
    raise LaunchError(
        f"no inventory: name one with -i FILE, as `inventory` in the preset, or as `inventory` in {paths.settings}"
    )


def select_devices(
    options: LaunchOptions, preset: Preset, inventory: Inventory, path: Path, paths: Paths
) -> list[Device]:
    """The devices in the inventory's order. An empty selection is an error, never all."""
    text = options.where or preset.selection
    include = () if options.where else preset.include
    if not text.strip() and not include:
        raise LaunchError("no devices are selected: say which with --where EXPR (--where '*' for all of the inventory)")
    selection = read_selection(text, path.parent, paths) if text.strip() else None
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


def read_selection(text: str, folder: Path, paths: Paths) -> Selection:
    """A selection; `@file` lies in `folder`, `failed:JOB` is asked of the journal. Raises LaunchError."""

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


def new_job_id(name: str, created: datetime) -> str:
    """An id for a job called `name`: `20261123-2201-ospf-7f3a`."""
    slug = (
        "".join(c if c.isalnum() or c in "._-" else "-" for c in name.lower() if c.isascii())[:60].strip("-") or "job"
    )
    return f"{created:%Y%m%d-%H%M}-{slug}-{seeded().getrandbits(16):04x}"
