"""What a look at one device's host key came to."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from paceline.model.failure import FailureKind


class KeyState(StrEnum):
    """What an offered host key is worth against what is recorded."""

    NEW = "new"
    """Nothing is recorded for the device."""
    SAME = "same"
    CHANGED = "changed"
    """Another key, or another type of key, is recorded. Never accepted together with others."""
    REVOKED = "revoked"
    """Recorded as @revoked. Never accepted."""
    NONE = "none"
    """The device showed no key; `failure` and `message` say why."""


class SeenKey(BaseModel):
    """One device's host key as it was offered, without a login."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    device: str
    """The device's name."""
    address: str
    port: int = 22
    jump: str = ""
    state: KeyState
    algorithm: str = ""
    fingerprint: str = ""
    """`SHA256:...` as OpenSSH prints it."""
    base64: str = ""
    """The key itself, as a known_hosts line has it."""
    failure: FailureKind | None = None
    message: str = ""
    """For all but new and same keys: what is wrong, and the remedy."""
