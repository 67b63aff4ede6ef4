"""A job: frozen devices, commands, pace, gates and timeouts, run once."""

import re
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from paceline.model.daily import daily
from paceline.model.device import Device
from paceline.model.jump import DEFAULT_PORT
from paceline.model.platform import Platform

Mode = Literal["batches", "rolling"]
Order = Literal["inventory", "country", "spread"]
OnCommandFailure = Literal["continue", "stop_device"]

_SHARE = re.compile(r"^(100|\d{1,2})(\.\d+)?\s*%$")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Command(_Part):
    """One line for the device."""

    command: Annotated[str, Field(min_length=1, max_length=2_000)]
    timeout_s: Seconds | None = None
    """The whole time it may take; `timeouts.command_s` when None."""

    @field_validator("command")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise ValueError("a command is one line without control characters")
        if not value.strip():
            raise ValueError("a command may not be blank")
        return value.strip()


class Pace(_Part):
    """How many devices, how fast."""

    batch_size: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Devices of one batch, or at once in rolling mode; 0: all in one."""
    mode: Mode = "batches"
    devices_per_hour: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 0
    """Devices granted per hour at most; 0: no limit."""
    order: Order = "inventory"
    per_country: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Devices running in one country at most; 0: no cap."""
    per_site: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Devices running at one site at most; 0: no cap."""
    connects_per_second: Annotated[float, Field(gt=0, le=1_000)] = 50
    """New SSH handshakes per second; may only lower the engine's own limit."""
    logins: Annotated[int, Field(ge=1, le=1_000)] = 20
    """Logins in flight per AAA domain; may only lower the engine's own limit."""


class Gates(_Part):
    """What holds a job."""

    max_failures: int | str | None = None
    """Failed + partial + unknown devices tolerated, as a number or a share ("5%") of those that ended."""
    min_sample: Annotated[int, Field(ge=1)] = 20
    """Devices that must have ended before a share counts."""
    max_unreachable: Annotated[int, Field(ge=0)] = 10
    """Unreachable devices in a row, over at least two sites; 0: no such gate."""
    canary: Annotated[int, Field(ge=0)] = 0
    """Hold after the first N devices; 0: no canary."""
    rejected_logins: Annotated[int, Field(ge=1, le=100)] = 2
    unattended: Literal["stop", "hold"] = "stop"
    """What a held job does when no operator watches."""

    @field_validator("max_failures")
    @classmethod
    def _number_or_share(cls, value: int | str | None) -> int | str | None:
        if isinstance(value, bool) or (isinstance(value, int) and value < 0):
            raise ValueError('expected a number from 0, or a share such as "5%"')
        if isinstance(value, str) and not _SHARE.match(value):
            raise ValueError('expected a number from 0, or a share such as "5%"')
        return value

    @property
    def failure_share(self) -> float | None:
        """`max_failures` as a fraction (0 to 1) when it is a share."""
        return float(self.max_failures.rstrip("% ")) / 100 if isinstance(self.max_failures, str) else None


class Timeouts(_Part):
    """How long each phase of an attempt may take, in seconds."""

    connect_s: Seconds = 10
    """TCP, and again the device's SSH greeting and key exchange."""
    login_s: Seconds = 45
    """From the start of authentication to its end."""
    prompt_s: Seconds = 20
    """From the terminal's opening to the first prompt, and for each preparing line."""
    command_idle_s: Seconds = 60
    """No byte for so long while a command runs."""
    command_s: Seconds = 900
    """One command in all."""

    def or_else(self, usual: "Timeouts") -> "Timeouts":
        """These as far as they were given, the others as `usual` has them."""
        return usual.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class Window(_Part):
    """When devices may start, by the wall clock. Aware datetimes; None: no such bound."""

    not_before: datetime | None = None
    not_after: datetime | None = None
    """Nothing starts from here on; what runs is let finish."""

    @field_validator("not_before", "not_after")
    @classmethod
    def _with_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("expected a time with its zone, such as 2026-11-25T05:00+01:00")
        return value

    @model_validator(mode="after")
    def _is_one(self) -> "Window":
        if self.not_before is not None and self.not_after is not None and self.not_after <= self.not_before:
            raise ValueError("the window would close before it opens")
        return self


class Retries(_Part):
    """When a device is tried again."""

    attempts: Annotated[int, Field(ge=1, le=10)] = 2
    """Attempts in all, the first included; the failure's own limit may be lower."""
    backoff_s: Annotated[float, Field(ge=0, le=86_400)] = 30
    sweep: bool = True
    """One more attempt, at the end of the job, for what is still unreachable."""


class Credential(_Part):
    """Whom to log in as, and where the proof comes from; never the proof itself."""

    username: str
    password: str = ""
    """A secret's reference: `agent`, `ask`, `env:NAME`, `keyring:NAME`, `command:…`, `device:NAME`, or empty (the key
    file alone)."""
    key_file: str = ""
    enable: str = ""
    """A secret's reference; empty: stay where the login lands."""

    @property
    def uses_password(self) -> bool:
        """Whether a password is sent (and not an agent's or a file's key)."""
        return self.password not in ("", "agent")


class JumpHost(_Part):
    """A jump host of a job's devices."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = DEFAULT_PORT
    credential: str
    """Key of `JobSpec.credentials`."""


def jump_domain(name: str) -> str:
    """The domain under which logins at a jump host are counted: it is its own."""
    return f"jump {name}"


class Target(_Part):
    """One device of a job, with which commands it gets and who logs in."""

    device: Device
    commands: Annotated[int, Field(ge=0)] = 0
    """Index into `JobSpec.command_sets`."""
    credential: str = "default"
    """Key of `JobSpec.credentials`."""
    platform: str = "generic"
    """Key of `JobSpec.platforms`."""
    window: str = ""
    """The hours in which it may start, by which clock: `22:00-05:00 Europe/Berlin`; empty: any time."""

    @field_validator("window")
    @classmethod
    def _is_window(cls, value: str) -> str:
        if value:
            daily(value)
        return value


class LeftOut(_Part):
    """What might have been a device of a job and is none: a row that could not be read, one that was ticked off."""

    name: str
    """The device's, or the row's place in its file."""
    reason: str


JOB_ID = r"^\d{8}-\d{4}-[a-z0-9._-]{1,60}-[0-9a-f]{4}$"


class JobSpec(_Part):
    """All that a run needs and that stays as it was at the start. Holds no secret."""

    id: Annotated[str, Field(pattern=JOB_ID)]
    """Sortable and readable: `20261123-2201-ospf-7f3a`, the time in UTC."""
    name: str
    created_at: datetime
    created_by: str = ""
    continues: str = ""
    """The job whose open devices this one takes up."""
    read_only: bool = True
    confirmed_devices: int | None = None
    """The number of devices that the operator typed at the start; None: not asked. No job that may change devices
    starts without the right one."""
    on_command_failure: OnCommandFailure = "continue"
    pace: Pace = Pace()
    gates: Gates = Gates()
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    window: Window = Window()
    after_crash: Literal["ask", "resume"] = "ask"
    seed: int = 0
    command_sets: tuple[tuple[Command, ...], ...]
    credentials: dict[str, Credential]
    jumps: dict[str, JumpHost] = {}
    """By the name under which devices have them in `jump`, and under which messages name them."""
    platforms: dict[str, Platform]
    targets: tuple[Target, ...]
    left_out: tuple[LeftOut, ...] = ()
    """For the report that accounts for every device; of the first job of a chain."""

    @model_validator(mode="after")
    def _hangs_together(self) -> "JobSpec":
        names = {target.device.name for target in self.targets}
        if not self.targets:
            raise ValueError("a job needs at least one device")
        if len(names) != len(self.targets):
            raise ValueError("a device may stand in a job only once")
        for target in self.targets:
            if target.commands >= len(self.command_sets) or not self.command_sets[target.commands]:
                raise ValueError(f"{target.device.name}: no commands")
            if target.credential not in self.credentials or target.platform not in self.platforms:
                raise ValueError(f"{target.device.name}: no such credential or platform")
            if target.device.jump and not all(hop in self.jumps for hop in target.device.jump.split(",")):
                raise ValueError(f"{target.device.name}: no such jump")
        for name, jump in self.jumps.items():
            if jump.credential not in self.credentials:
                raise ValueError(f"jump {name}: no such credential")
        return self

    @cached_property
    def targets_by_name(self) -> dict[str, Target]:
        """Device name to target."""
        return {target.device.name: target for target in self.targets}

    @cached_property
    def windows(self) -> dict[str, list[str]]:
        """Windows of the day, and the devices that may start within them alone."""
        found: dict[str, list[str]] = {}
        for target in self.targets:
            if target.window:
                found.setdefault(target.window, []).append(target.device.name)
        return found

    def commands_of(self, target: Target) -> tuple[Command, ...]:
        """The commands `target` gets, in order."""
        return self.command_sets[target.commands]

    def logins_of(self, target: Target) -> tuple[tuple[str, str], ...]:
        """The logins that `target` takes, each as credential and domain: its own, then those of its jump hosts."""
        own = (target.credential, target.device.aaa_domain)
        if not target.device.jump:
            return (own,)
        hops = target.device.jump.split(",")
        return (own, *((self.jumps[hop].credential, jump_domain(hop)) for hop in hops))

    @property
    def max_failures(self) -> int | str | None:
        """The failure budget in force: the preset's, else 2 for a job that may change devices, else none."""
        if self.gates.max_failures is not None:
            return self.gates.max_failures
        return None if self.read_only else 2
