"""A job ordered from outside, as the API takes it: resolved, frozen, with a sentence per field that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from paceline.config.paths import Paths, expand
from paceline.config.platforms import load_platforms
from paceline.config.presets import find_preset, load_preset
from paceline.config.settings import load_settings
from paceline.config.validation import sentences
from paceline.inventory.result import Inventory
from paceline.launch.confirm import confirm
from paceline.launch.credentials import CredentialError, resolve_secrets
from paceline.launch.freeze import LaunchError, few
from paceline.launch.overlap import overlap_warnings
from paceline.launch.prepare import (
    LaunchOptions,
    find_inventory,
    freeze_job,
    read_inventory,
    select_devices,
    warnings_of,
)
from paceline.launch.windows import read_window
from paceline.model.errors import PacelineError
from paceline.model.job import JobSpec, Pace
from paceline.model.preset import CommandLine, Preset
from paceline.model.secret import Secret, Secrets
from paceline.model.time import now

T = TypeVar("T")

PACE_KEYS = (
    "batch_size", "mode", "devices_per_hour", "order", "per_country", "per_site", "connects_per_second", "logins",
)  # fmt: skip


class JobOrder(BaseModel):
    """What to run, where, and how fast. Either `preset` or `commands`; what is not given is the preset's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str = ""
    """The name of a preset, or the absolute path of its file."""
    commands: tuple[CommandLine, ...] = ()
    """In order: `"show version"`, or `{"command": "show version", "timeout_s": 300}`."""
    name: str = ""
    """What the job is called; the preset's name otherwise."""
    platform: str = ""
    """The platform of devices whose inventory names none."""
    inventory: str = ""
    """An absolute path, or one beside the settings; the preset's or the settings' inventory otherwise."""
    where: str = ""
    """A selection over the inventory."""
    devices: tuple[str, ...] = ()
    """Names of devices, in place of `where`."""
    expect_devices: int | None = None
    """The number of devices; a job that may change devices starts only with the exact one."""
    batch_size: int | None = None
    """Devices of one batch (10); 0: all in one."""
    devices_per_hour: float | None = None
    """Devices started per hour at most; 0: no limit (0)."""
    mode: Literal["batches", "rolling"] | None = None
    order: Literal["inventory", "country", "spread"] | None = None
    per_country: int | None = None
    per_site: int | None = None
    connects_per_second: float | None = None
    logins: int | None = None
    at: str = ""
    """When it begins: `22:00`, or a date and time; at once otherwise."""
    not_after: str = ""
    """From when on no device starts; no such bound otherwise."""
    secrets: Annotated[dict[str, str], Field(repr=False)] = {}
    """Values by reference, as `{"ask:default": "…"}`; kept in memory, never given back."""
    agent: str = ""
    """The socket of the ssh-agent to use; the service's own otherwise."""


class OrderError(PacelineError):
    """An order that cannot be carried out: a sentence for each field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in fields.items()))
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A job ready to start."""

    spec: JobSpec
    secrets: Secrets
    warnings: tuple[str, ...]


def take_order(order: JobOrder, paths: Paths) -> Ordered:
    """Resolve and freeze. May take its time: files, keyrings, commands. Raises OrderError."""
    settings = _in("settings", lambda: load_settings(paths))
    preset, path = _preset(order, paths)
    preset = preset.model_copy(update={"pace": _pace(order, preset)})
    _check_window(preset)
    platforms = _in("settings", lambda: load_platforms(paths))
    options = LaunchOptions(preset.name, _absolute(order.inventory, paths), order.where)
    file = _in("inventory", lambda: find_inventory(options, preset, path, settings, paths))
    inventory = _in("inventory", lambda: read_inventory(file, platforms))
    if order.devices:
        preset = _only(order, preset, inventory, file)
    devices = _in(
        "devices" if order.devices else "where", lambda: select_devices(options, preset, inventory, file, paths)
    )
    spec, guessed = _in("commands", lambda: freeze_job(preset, devices, settings, platforms, file.parent, paths))
    spec = _in("expect_devices", lambda: _confirmed(spec, order))
    warnings = (*warnings_of(preset, inventory, guessed), *overlap_warnings(spec, paths.state))
    return Ordered(spec, _secrets(order, spec, inventory), warnings)


def _in(field: str, work: Callable[[], T]) -> T:
    """What `work` gives; what it says against it is said of `field`."""
    try:
        return work()
    except CredentialError as error:
        raise OrderError({"secrets": str(error)}) from None
    except PacelineError as error:
        raise OrderError({field: str(error)}) from None


def _check_window(preset: Preset) -> None:
    try:
        read_window(preset, now())
    except LaunchError as error:
        field, _, sentence = str(error).partition(": ")
        raise OrderError({field: sentence}) from None


def _confirmed(spec: JobSpec, order: JobOrder) -> JobSpec:
    if order.expect_devices is None and not spec.read_only:
        raise LaunchError("this job may change devices: expected their exact number")
    return spec if order.expect_devices is None else confirm(spec, order.expect_devices)


def _preset(order: JobOrder, paths: Paths) -> tuple[Preset, Path]:
    if bool(order.preset) == bool(order.commands):
        raise OrderError({"preset": "expected either a preset or commands" + (", got both" if order.preset else "")})
    changes: dict[str, Any] = {}
    if order.name:
        changes["name"] = order.name
    changes |= {key: value for key in ("at", "not_after") if (value := getattr(order, key))}
    if order.platform:
        changes["default_platform"] = order.platform
    if order.preset:
        if "/" in order.preset and not Path(order.preset).expanduser().is_absolute():
            raise OrderError({"preset": "expected a preset's name, or the absolute path of its file"})
        path = _in("preset", lambda: find_preset(order.preset, paths)).path
        preset = _in("preset", lambda: load_preset(path))
    else:
        path = paths.presets / "api.toml"
        preset = Preset(name="api", commands=order.commands)
    try:
        preset = Preset.model_validate(preset.model_dump() | changes)
    except ValidationError as error:
        found = sentences(Preset, error)
        raise OrderError({_API_NAMES.get(key, key): sentence for key, sentence in found.items()}) from None
    return preset, path


_API_NAMES = {"default_platform": "platform"}


def _pace(order: JobOrder, preset: Preset) -> Pace:
    given = {key: value for key in PACE_KEYS if (value := getattr(order, key)) is not None}
    try:
        return Pace.model_validate(preset.pace.model_dump() | given)
    except ValidationError as error:
        raise OrderError(sentences(Pace, error)) from None


def _absolute(inventory: str, paths: Paths) -> str:
    return str(expand(inventory, paths.config)) if inventory else ""


def _only(order: JobOrder, preset: Preset, inventory: Inventory, file: Path) -> Preset:
    """The preset on exactly these devices."""
    if order.where:
        raise OrderError({"devices": "expected either devices or where, got both"})
    known = {device.name for device in inventory.devices}
    if missing := [name for name in order.devices if name not in known]:
        raise OrderError({"devices": f"{file} does not have {few(missing)}"})
    return preset.model_copy(update={"selection": "", "include": order.devices, "exclude": ()})


def _secrets(order: JobOrder, spec: JobSpec, inventory: Inventory) -> Secrets:
    given = {reference: Secret(value) for reference, value in order.secrets.items()}
    secrets: Secrets = _in("secrets", lambda: resolve_secrets(spec, {**inventory.passwords, **given}))
    if order.agent:
        secrets.agent_path = order.agent
    return secrets
