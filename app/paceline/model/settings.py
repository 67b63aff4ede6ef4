"""The settings: what one operator's Paceline knows before any job."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from paceline.model.job import Credential, Timeouts
from paceline.model.jump import DIRECT, parse_jump
from paceline.model.legacy import LegacyWord
from paceline.model.notify import Notify
from paceline.model.secret import REFERENCE_FORMS, is_source

_JUMP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _reference(value: str, allowed: tuple[str, ...]) -> str:
    """`value` when it names where a secret comes from. What is refused is never repeated: it may be the secret."""
    if value == "" or value in allowed or is_source(value):
        return value
    forms = (form for form in REFERENCE_FORMS if ":" in form or form in allowed)
    works = ", ".join(f"`{form}`" for form in forms)
    raise ValueError(f"expected {works}: where the secret comes from, never the secret itself")


def _password(value: str) -> str:
    return _reference(value, ("agent", "ask"))


def _enable(value: str) -> str:
    return _reference(value, ("ask",))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class CredentialEntry(Credential):
    """A credential as the settings name it: whom to log in as, and where the proof comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    username: str = ""
    """Empty: the name the operator is logged in under, as `ssh` does."""
    password: Annotated[str, AfterValidator(_password)] = ""
    enable: Annotated[str, AfterValidator(_enable)] = ""


class CredentialRule(_Part):
    """Devices that log in with another credential than the default."""

    where: Annotated[str, Field(min_length=1)]
    """A selection over the inventory."""
    use: Annotated[str, Field(min_length=1)]
    """The credential's name."""


class Credentials(BaseModel):
    """The credentials by name, and the rules that choose among them."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)
    __pydantic_extra__: dict[str, CredentialEntry]

    rule: tuple[CredentialRule, ...] = ()
    """The first match wins; `default` otherwise."""

    @property
    def entries(self) -> dict[str, CredentialEntry]:
        """Every credential, by name."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _rules_name_entries(self) -> "Credentials":
        for number, rule in enumerate(self.rule, start=1):
            if rule.use != "default" and rule.use not in self.entries:
                known = ", ".join(sorted({"default", *self.entries}))
                raise ValueError(f"rule {number} uses {rule.use!r}, which is no credential here (there are: {known})")
        return self


class Jump(_Part):
    """A jump host: sessions with devices pass through it."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    username: str = ""
    password: Annotated[str, AfterValidator(_password)] = ""
    key_file: str = ""


class JumpRule(_Part):
    """Devices that are reached through a jump host, where the inventory does not say how."""

    where: Annotated[str, Field(min_length=1)]
    """A selection over the inventory."""
    use: Annotated[str, Field(min_length=1)]
    """A jump as `-J` takes it."""


class Jumps(BaseModel):
    """The jump hosts by name, and the rules that choose among them."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Jump]

    rule: tuple[JumpRule, ...] = ()
    """The first match wins."""

    @property
    def entries(self) -> dict[str, Jump]:
        """Every jump host, by name."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _hangs_together(self) -> "Jumps":
        for name in self.entries:
            if name == DIRECT or not _JUMP_NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be a jump's name: letters, digits, `.`, `_` and `-`, but not `none`")
        for number, rule in enumerate(self.rule, start=1):
            for hop in parse_jump(rule.use):
                if hop.is_bare and hop.text not in self.entries:
                    known = ", ".join(sorted(self.entries)) or "none"
                    raise ValueError(f"rule {number} uses {hop.text!r}, which is no jump here (there are: {known})")
        return self


class HostKeys(_Part):
    """Which host keys are trusted."""

    policy: Literal["strict", "accept-new"] = "strict"
    """`accept-new`: each start asks once, with their number, whether to trust the first key of devices without one."""
    known_hosts: tuple[str, ...] = ("~/.ssh/known_hosts",)
    """Read, never written; Paceline's own file comes on top."""


class SshConfigUse(_Part):
    """Whether the user's own ssh_config fills in what inventory and settings leave open."""

    enabled: bool = True
    path: Annotated[str, Field(min_length=1)] = "~/.ssh/config"
    match_exec: bool = False
    """Whether the programs of `Match exec` may run; otherwise such a block is ignored, and said to be."""


class LegacyRule(_Part):
    """Devices that are allowed old SSH algorithms."""

    where: Annotated[str, Field(min_length=1)]
    """A selection over the inventory."""
    allow: Annotated[tuple[LegacyWord, ...], Field(min_length=1)]


class Ui(_Part):
    """How it looks, and which keys drive it."""

    theme: str = "paceline-dark"
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    """`auto`: what the locale's encoding can show."""
    low_bandwidth: bool = False
    """For slow links: two repaints a second, no blinking cursor, no mouse."""
    keys: dict[str, str] = {}
    """Other keys for bindings: the binding's id (`monitor.pause`) to one or more keys (`p` or `p,ctrl+p`)."""


class Keep(_Part):
    """How long finished jobs stay, with their folders."""

    jobs: Annotated[int, Field(ge=0)] = 0
    """The newest so many; 0: all."""
    days: Annotated[float, Field(ge=0, le=36_500)] = 0
    """Those that ended within so many days; 0: all."""


class Service(_Part):
    """The background process that owns running jobs."""

    idle_s: Annotated[float, Field(gt=0, le=2_592_000)] = 600
    """It ends when nothing has run and nobody has asked for so long."""


class Settings(_Part):
    """What `paceline.toml` says. Every key is optional."""

    inventory: str = ""
    """The inventory of presets that name none: a path, beside the settings or absolute."""
    credentials: Credentials = Credentials()
    jumps: Jumps = Jumps()
    host_keys: HostKeys = HostKeys()
    ssh_config: SshConfigUse = SshConfigUse()
    legacy: tuple[LegacyRule, ...] = ()
    """Every rule that matches a device counts, on top of what the inventory says of it."""
    timeouts: Timeouts = Timeouts()
    """For presets that do not say otherwise, key by key."""
    timezones: dict[str, str] = {}
    """By country's code, the clock that windows go by where a device's inventory names none: `Europe/Madrid`."""
    ui: Ui = Ui()
    keep: Keep = Keep()
    service: Service = Service()
    notify: Notify = Notify()

    def credential(self, name: str = "default") -> CredentialEntry:
        """The credential called `name`; without a `default` entry, keys alone under the operator's own name.

        Raises KeyError for any other name the settings do not have.
        """
        entries = self.credentials.entries
        return CredentialEntry() if name == "default" and name not in entries else entries[name]
