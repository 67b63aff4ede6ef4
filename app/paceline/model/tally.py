"""The parts of a job's status: slotted and changed in place, because there is one for every device and command."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec, Target
from paceline.model.states import CommandState, DeviceState


@dataclass(slots=True)
class CommandStatus:
    """One command of a device's latest attempt."""

    text: str
    state: CommandState = CommandState.PENDING
    sent_at: datetime | None = None
    seconds: float | None = None
    bytes: int | None = None
    reason: str = ""
    truncated: bool = False

    def copy(self) -> "CommandStatus":
        """One of its own."""
        # Written out here and below: dataclasses.replace takes five times as long, and there are tens of thousands.
        return CommandStatus(self.text, self.state, self.sent_at, self.seconds, self.bytes, self.reason, self.truncated)


@dataclass(slots=True)
class DeviceStatus:
    """One device of a job."""

    name: str
    country: str
    state: DeviceState = DeviceState.PENDING
    phase: str = ""
    """What it does within its state: `connecting`, `login`, `ready`, `command`."""
    attempt: int = 0
    batch: int = 0
    failure: FailureKind | None = None
    message: str = ""
    name_seen: str = ""
    started_at: datetime | None = None
    attempt_at: datetime | None = None
    """When its latest attempt began."""
    finished_at: datetime | None = None
    retry_at: datetime | None = None
    outcome: DeviceState | None = None
    """What its last attempt came to, while it is pending again."""
    hold: str = ""
    """The question whose answer its next login waits for."""
    held_attempts: int = 0
    """Attempts that a gate ended before they had sent a login: they count toward no limit."""
    legacy: tuple[str, ...] | None = None
    """Words of the old algorithms that its latest connection rested on; None before one stood."""
    platform_guess: str = ""
    """What it looks like, where its inventory names no platform."""
    commands: list[CommandStatus] | None = None
    """None until the first command of an attempt was sent, and while every one of them is pending."""

    @property
    def commands_ended(self) -> int:
        """Commands of the latest attempt that have ended."""
        return sum(command.state.is_final for command in self.commands) if self.commands else 0

    def elapsed_s(self, now: datetime) -> float | None:
        """Seconds of its latest attempt, until it ended; None before the first one."""
        return ((self.finished_at or now) - self.attempt_at).total_seconds() if self.attempt_at else None

    def legacy_words(self, allowed: Sequence[str]) -> str:
        """What is to say of old algorithms on a device that is `allowed` some; empty when it is allowed none."""
        if not allowed:
            return ""
        if self.legacy is None:
            return f"legacy SSH allowed: {', '.join(allowed)}"
        if not self.legacy:
            return f"legacy SSH not needed any more: {', '.join(allowed)}"
        idle = [word for word in allowed if word not in self.legacy]
        return f"needs legacy SSH: {', '.join(self.legacy)}" + (f" (not {', '.join(idle)})" if idle else "")

    def copy(self) -> "DeviceStatus":
        """One of its own. The commands of a device that has ended are shared: another attempt makes new ones."""
        commands = self.commands
        if commands is not None and not self.state.is_final:
            commands = [command.copy() for command in commands]
        return DeviceStatus(
            self.name,
            self.country,
            self.state,
            self.phase,
            self.attempt,
            self.batch,
            self.failure,
            self.message,
            self.name_seen,
            self.started_at,
            self.attempt_at,
            self.finished_at,
            self.retry_at,
            self.outcome,
            self.hold,
            self.held_attempts,
            self.legacy,
            self.platform_guess,
            commands,
        )


@dataclass(slots=True)
class CountryStatus:
    """One country of a job: devices by state, and when it began and ended."""

    code: str
    total: int = 0
    by_state: dict[DeviceState, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def ended(self) -> int:
        """Devices that have ended."""
        return sum(count for state, count in self.by_state.items() if state.is_final)

    def elapsed_s(self, now: datetime) -> float | None:
        """Seconds since its first device began, until its last one ended; None before."""
        return ((self.finished_at or now) - self.started_at).total_seconds() if self.started_at else None

    def copy(self) -> "CountryStatus":
        """One of its own."""
        return replace(self, by_state=self.by_state.copy())


@dataclass(frozen=True, slots=True)
class Question:
    """A gate that waits for an answer."""

    id: str
    gate: str
    message: str
    since: datetime
    credentials: tuple[str, ...] = ()
    """Keys of `JobSpec.credentials`; empty: the whole job is held."""
    domain: str = ""
    """An AAA domain; empty: every one."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds the whole job, and not the logins of some devices."""
        return not self.credentials

    def covers(self, target: Target, spec: JobSpec) -> bool:
        """Whether it holds a login that this device takes: its own, or one at a jump host on the way to it."""
        return any(
            credential in self.credentials and self.domain in ("", domain)
            for credential, domain in spec.logins_of(target)
        )


@dataclass(slots=True)
class JumpTrouble:
    """A way through jump hosts that cannot be gone now, and what becomes of the devices behind it."""

    way: str
    """As devices have it in `jump`, or the beginning of that."""
    name: str
    """The jump host that fails."""
    failure: FailureKind
    """What its devices end with when it is given up."""
    message: str
    tries: int = 1
    retry_at: datetime | None = None
    """When it is tried again, while its devices wait; None: it was given up, and they are unreachable."""

    def is_before(self, jump: str) -> bool:
        """Whether a device with this `jump` is behind it."""
        return jump == self.way or jump.startswith(self.way + ",")


@dataclass(slots=True)
class Forecast:
    """When the job is expected to end."""

    likely: datetime
    nine_in_ten: datetime
    held_by: str
    basis: str = ""


@dataclass(slots=True)
class Touched:
    """What an event changed: the names of devices, the codes of countries, and whether the job's own line did."""

    devices: tuple[str, ...] | None = ()
    """None: all of them."""
    countries: tuple[str, ...] | None = ()
    job: bool = True
