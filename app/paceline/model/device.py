"""A device: one network element that is reached by SSH."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from paceline.model.jump import place_of
from paceline.model.legacy import AlgorithmKind

UNKNOWN_COUNTRY = "??"


class Device(BaseModel):
    """One entry of an inventory. `name` is unique there; nothing here is a secret.

    `password` and `enable` are references (`env:NAME`, `device:NAME` ...), never values: an inventory reader
    that meets a literal password keeps it apart, under `device:NAME`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    platform: str = ""
    """netmiko's name of the platform; empty where the inventory does not say."""
    country: str = UNKNOWN_COUNTRY
    """ISO 3166-1 alpha-2, or `??`."""
    country_derived: bool = False
    """True when the country was worked out from the site, a group or the name; shown as `DE~`."""
    site: str = ""
    timezone: str = ""
    groups: tuple[str, ...] = ()
    username: str = ""
    password: str = ""
    enable: str = ""
    key_file: str = ""
    jump: str = ""
    """The way to it; in a frozen job keys of `JobSpec.jumps`, commas between, the first hop first. Empty: direct."""
    legacy: tuple[str, ...] = ()
    algorithms: dict[AlgorithmKind, str] = {}
    """Lists of an ssh_config, as it writes them. No inventory can say so."""
    role: str = ""
    sysname: str = ""
    """What the device calls itself, when that is not `name`."""
    prompt_name: str = ""
    """What its prompt shows, when that is neither `name` nor `sysname`."""
    aaa: str = ""
    """The domain whose servers check its logins; the country when empty."""
    ha_group: str = ""
    accept_new_key: bool = False
    """The operator's word, given once for a counted set of devices at the launch: a host key that is recorded nowhere
    is trusted and recorded. No inventory can say so."""
    vars: dict[str, JsonValue] = {}
    """Every other column or key of the inventory, for command templates and selections."""

    @property
    def lock_key(self) -> tuple[str, int, str]:
        """What makes two names one box: address, port and jump host."""
        return (self.address, self.port, self.jump_place)

    @property
    def jump_place(self) -> str:
        """From where it is seen; empty: from here. See `place_of`."""
        return place_of(self.jump) if self.jump else ""

    @property
    def aaa_domain(self) -> str:
        """The domain of its logins: `aaa`, else the country."""
        return self.aaa or self.country
