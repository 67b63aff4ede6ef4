"""From a preset, an inventory and the settings to a frozen job: everything that can be wrong is said before a start."""

import getpass
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from paceline.cli.credentials import choose_credentials
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths, expand
from paceline.config.platforms import Platforms, load_platforms
from paceline.config.presets import find_preset, load_preset
from paceline.config.settings import load_settings
from paceline.inventory.result import Inventory
from paceline.model.device import Device
from paceline.model.errors import PacelineError
from paceline.model.job import Command, Credential, JobSpec, Pace, Target
from paceline.model.platform import Platform
from paceline.model.preset import Preset
from paceline.model.selection import Selection, SelectionError, parse
from paceline.model.settings import Settings
from paceline.model.time import now, seeded
from paceline.plan.guard import check
from paceline.plan.template import TemplateError, fill
from paceline.store.reader import JournalReader

MOST_LISTED = 8
"""Problems of one kind that are listed; the rest is counted."""


class LaunchError(PacelineError):
    """A job that cannot start as it stands; one line per reason."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What the command line says on top of the preset."""

    preset: str
    inventory: str = ""
    where: str = ""
    pace: Mapping[str, Any] = field(default_factory=dict)


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
    settings = load_settings(paths.settings)
    preset_file = find_preset(options.preset, paths)
    preset = load_preset(preset_file.path)
    if not preset.read_only:
        raise LaunchError(
            f"{preset_file.path}: read_only = false: jobs that may change devices come with a later release; "
            "only read-only jobs start now"
        )
    pace = _pace(preset, options.pace)
    platforms = load_platforms(paths)
    path = _inventory_path(options, preset, preset_file.path, settings, paths)
    from paceline.inventory.load import load  # noqa: PLC0415 - pycountry and ruamel.yaml load slowly

    inventory = load(path, aliases=platforms.aliases, known_platforms=platforms.names)
    devices = _select(options, preset, inventory, path, paths)
    targets, command_sets, used, warnings = _freeze(devices, preset, platforms)
    chosen = choose_credentials(devices, settings, lambda text: _selection(text, path.parent, paths))
    targets = [
        target.model_copy(update={"credential": chosen.by_device[target.device.name]}) for target in targets
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
        command_sets=command_sets,
        credentials=chosen.credentials,
        platforms=used,
        targets=tuple(targets),
    )
    return Launch(spec, preset, settings, inventory, path, tuple(warnings))


def _pace(preset: Preset, overrides: Mapping[str, Any]) -> Pace:
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Pace.model_validate(preset.pace.model_dump() | given)
    except ValidationError as error:
        lines = [f"--{str(e['loc'][0]).replace('_', '-')}: {e['msg']}, got {e['input']!r}" for e in error.errors()]
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


def _select(
    options: LaunchOptions, preset: Preset, inventory: Inventory, path: Path, paths: Paths
) -> list[Device]:
    """The devices in the inventory's order. An empty selection is an error, never all."""
    text = options.where or preset.selection
    include = () if options.where else preset.include
    if not text.strip() and not include:
        raise LaunchError("no devices are selected: say which with --where EXPR (--where '*' for all of the inventory)")
    selection = _selection(text, path.parent, paths) if text.strip() else None
    known = {device.name for device in inventory.devices}
    missing = [name for name in (*include, *preset.exclude) if name not in known]
    if missing:
        raise LaunchError(f"the preset names devices that {path} does not have: {_few(missing)}")
    ticked, left_out = set(include), set(preset.exclude)
    devices = [
        device
        for device in inventory.devices
        if device.name not in left_out
        and (device.name in ticked or (selection is not None and selection.matches(device)))
    ]
    if not devices:
        raise LaunchError(
            f"the selection {text!r} matches none of the {len(inventory.devices)} devices of {path}: "
            "loosen it, or look at the inventory with `paceline check`"
        )
    return devices


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
    """Names of devices of an earlier job: `failed`, `unreachable`, `unknown`, `open`, or a failure's kind."""
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
    return [device.name for device in devices if device.failure is not None and device.failure.value == what]


def _freeze(
    devices: Iterable[Device], preset: Preset, platforms: Platforms
) -> tuple[list[Target], tuple[tuple[Command, ...], ...], dict[str, Platform], list[str]]:
    """Platform and filled commands per device; every line is checked by the guard."""
    sets: dict[tuple[Command, ...], int] = {}
    used: dict[str, Platform] = {}
    targets: list[Target] = []
    problems: dict[str, list[str]] = {}
    guessed: list[str] = []
    verdicts: dict[tuple[str, str], str | None] = {}
    for device in devices:
        if device.jump:
            problems.setdefault("a jump host, which comes with a later release", []).append(device.name)
            continue
        name = device.platform or preset.default_platform
        if not device.platform:
            guessed.append(device.name)
        platform = used.setdefault(name, platforms.get(name))
        try:
            commands = tuple(
                command.model_copy(update={"command": fill(command.command, device)})
                for command in preset.commands_for(name)
            )
        except TemplateError as error:
            problems.setdefault(str(error), []).append(device.name)
            continue
        if not commands:
            problems.setdefault(f"no commands for platform {name} in the preset", []).append(device.name)
            continue
        for command in commands:
            key = (name, command.command)
            if key not in verdicts:
                verdicts[key] = check(command.command, platform)
            if (verdict := verdicts[key]) is not None:
                problems.setdefault(f"refused `{command.command}`: {verdict}", []).append(device.name)
        targets.append(Target(device=device, commands=sets.setdefault(commands, len(sets)), platform=name))
    if problems:
        lines = [f"{reason} ({_few(names)})" for reason, names in list(problems.items())[:MOST_LISTED]]
        more = len(problems) - len(lines)
        raise LaunchError("\n".join(lines + ([f"... and {more} more problems"] if more > 0 else [])))
    warnings = []
    if guessed:
        text = f"no platform in the inventory, so {preset.default_platform} is taken: {_few(guessed)}"
        warnings.append(text)
    return targets, tuple(sets), used, warnings


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _job_id(name: str, stamp: str) -> str:
    slug = "".join(c if c.isalnum() or c in "._-" else "-" for c in name.lower() if c.isascii())[:60].strip("-") or "job"
    return f"{stamp}-{slug}-{seeded().getrandbits(16):04x}"


def agent_path() -> str:
    """The socket of this terminal's ssh-agent, or empty."""
    return os.environ.get("SSH_AUTH_SOCK", "")


