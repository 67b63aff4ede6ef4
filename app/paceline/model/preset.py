"""A preset: a job definition kept as a file, with a selection instead of frozen devices."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from paceline.model.clock import check_moment
from paceline.model.daily import ANY, hours_of
from paceline.model.job import Command, Gates, OnCommandFailure, Pace, Retries, Timeouts

NO_TIME = ("", "now", "none")
"""As `at` or `not_after`: no such bound."""
_COUNTRY = re.compile(r"[A-Z]{2}|\*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def preset_name(value: str) -> str:
    """`value`, when it can be a preset's name and so a file's. Raises ValueError, which says what can."""
    if not _NAME.fullmatch(value):
        raise ValueError("expected at most 64 letters, digits, `.`, `_` or `-`, the first a letter or digit")
    return value


def _as_command(value: object) -> object:
    if isinstance(value, dict | Command):
        return value
    if not isinstance(value, str):
        raise ValueError('expected a command in quotes, or `{ command = "show version", timeout_s = 300 }`')
    return {"command": value}


CommandLine = Annotated[Command, BeforeValidator(_as_command)]
"""A command as files write it: `"show version"`, or `{ command = "show version", timeout_s = 300 }`."""


class PlatformCommands(BaseModel):
    """The same steps in one platform's words."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    commands: Annotated[tuple[CommandLine, ...], Field(min_length=1)]


class Preset(BaseModel):
    """Which devices get which commands, how fast, and what holds the job."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    """Also the name of its file."""
    description: str = ""
    inventory: str = ""
    """A path, beside the preset or absolute; empty: the settings' inventory."""
    selection: str = ""
    """An expression over the inventory; empty: the launch must say which devices."""
    include: tuple[str, ...] = ()
    """Names of devices on top of the selection."""
    exclude: tuple[str, ...] = ()
    """Names of devices taken off it."""
    read_only: bool = True
    default_platform: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "generic"
    """The platform of devices whose inventory names none."""
    commands: tuple[CommandLine, ...] = ()
    """In order, for every platform without a table of its own."""
    on_command_failure: OnCommandFailure = "continue"
    after_crash: Literal["ask", "resume"] = "ask"
    """What becomes of the job when the engine that ran it died: it waits, or the next service takes it up."""
    at: str = ""
    """When the job begins: `22:00`, or a date and time; empty: as it is started. Understood at the start."""
    not_after: str = ""
    """From when on no device starts; empty: no such bound."""
    windows: dict[str, str] = {}
    """By country, `*` for the others: the hours in which devices may start, by their own clock, as `22:00-05:00`; or
    `any`."""
    platform: dict[str, PlatformCommands] = {}
    pace: Pace = Pace()
    gates: Gates = Gates()
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()

    @field_validator("name")
    @classmethod
    def _is_file_name(cls, value: str) -> str:
        return preset_name(value)

    @field_validator("at", "not_after")
    @classmethod
    def _is_moment(cls, value: str) -> str:
        if value not in NO_TIME:
            check_moment(value)
        return value

    @field_validator("windows")
    @classmethod
    def _are_hours(cls, value: dict[str, str]) -> dict[str, str]:
        for country, hours in value.items():
            if not _COUNTRY.fullmatch(country):
                raise ValueError(f'expected a country\'s code such as DE, or "*" for the others, got "{country}"')
            if hours != ANY:
                hours_of(hours)
        return {country: hours.replace(" ", "") for country, hours in value.items()}

    @model_validator(mode="after")
    def _has_commands(self) -> "Preset":
        if not self.commands and not self.platform:
            raise ValueError('no commands: expected `commands = ["show version"]`, or a `[platform.NAME]` with some')
        return self

    def commands_for(self, platform: str) -> tuple[Command, ...]:
        """The commands a device of `platform` gets; empty when the preset has none for it."""
        own = self.platform.get(platform)
        return own.commands if own else self.commands
