"""A platform: how devices of one kind talk, as data."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator


def _checked_pattern(value: object) -> object:
    if isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
    return value


Pattern = Annotated[str, BeforeValidator(_checked_pattern)]
"""A regular expression, kept as its text so that a platform stays plain data."""
Phrase = Annotated[str, Field(pattern=r"^[a-z0-9-]+(?: [a-z0-9-]+)*$")]
"""Words of a command, written out in lower case."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Pager(_Part):
    """A prompt that stops long output, and the keys that go on."""

    pattern: Pattern
    answer: str = " "


class NotReading(_Part):
    """A line that looks as if it only read."""

    pattern: Pattern
    """Over the whole line, its first word written out."""
    reason: Annotated[str, Field(min_length=1)]
    """Why it is refused, as a sentence."""


class Enable(_Part):
    """How to reach the privileged mode, asked only of devices that have an `enable` secret."""

    command: str = "enable"
    password_prompt: Pattern = r"(?i)password:\s*$"
    privileged: Pattern = r"#\s*$"
    """What the prompt must end in afterwards; otherwise the login failed."""


class Platform(_Part):
    """How devices of one kind talk: prompt, pager, refusals, what only reads. See `configs/platforms/`."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """netmiko's name where it has one."""
    description: str = ""
    aliases: tuple[str, ...] = ()
    """NAPALM's and Ansible's names of the same."""
    channel: Literal["shell", "exec"] = "shell"
    """`shell`: a terminal and a prompt. `exec`: one SSH exec channel and exit status per command."""
    prompt: Pattern = ""
    """Matches one whole prompt line, its end included; the named group `host` is the device's own name."""
    prompt_host_max: int = 0
    """Characters the platform keeps of its name in a prompt (IOS 20, XR 31); 0: all."""
    prompt_view: str = ""
    """What a later prompt puts between the device's name and a view's (`-`: `[sw1-GigabitEthernet0/0/1]`)."""
    login_suffix: str = ""
    """Put behind the user's name at the login: RouterOS takes the terminal's settings there."""
    paging_off: tuple[str | Annotated[tuple[str, ...], Field(min_length=1)], ...] = ()
    """Sent after login, before the first command; a refusal is a warning. A list stands for the first of its lines
    that the device takes."""
    newline: Literal["\n", "\r"] = "\n"
    """What ends a line that is sent."""
    pagers: tuple[Pager, ...] = ()
    refusals: tuple[Pattern, ...] = ()
    """Searched at the start of a line, in outputs under 20 lines: the device did not take the command."""
    questions: tuple[Pattern, ...] = ()
    """What asks for an answer, on the last line; added to the ones every platform has."""
    enable: Enable | None = None
    interrupt: str = "\x03"
    """Sent after a command's timeout in read-only jobs."""
    early_prompt_s: Annotated[float, Field(ge=0, le=60)] = 0
    """How long a prompt directly behind the echo must stand before it counts, where a line editor (birdc's) draws it
    ahead of the answer and wipes it when that comes; 0: as long as any."""
    quiet_s: Annotated[float, Field(ge=0, le=5)] = 0.05
    """How long nothing may come after a prompt before it counts as one."""
    abbreviations: dict[str, str] = {}
    """First words that may be shortened: full word to its shortest form (`show = "sh"`)."""
    reads: tuple[Pattern, ...] = ()
    """What only reads: patterns over the whole line, its first word written out."""
    not_reads: tuple[NotReading, ...] = ()
    """What looks as if it did: refused whatever `reads` says."""
    disrupts: tuple[Phrase, ...] = ()
    """What takes a device down or wipes it: the words that such a line begins with, written out."""
    leads_away: tuple[Phrase, ...] = ()
    """What leads out of the mode that a login lands in (configuration, another shell, another device) or ends the
    session: the words that such a line begins with, written out. Refused even in jobs that may change devices, because
    the lines that follow would be sent where nobody meant them."""

    @field_validator("prompt")
    @classmethod
    def _names_the_host(cls, value: str) -> str:
        if value and "(?P<host>" not in value:
            raise ValueError("expected a named group (?P<host>...) around the device's own name")
        return value
