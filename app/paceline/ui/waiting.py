"""What a job waits for: its running devices by how late they are, and what each was heard to say last."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from paceline.engine.contract import Engine
from paceline.engine.ports import StoreError
from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.model.time import Now, seconds_between
from paceline.ui.paged import PagedText
from paceline.ui.widgets.device_rows import current_command

MOST_BEFORE = 200_000
"""Bytes of a running command that are read when its device is first listened to: of more, only what comes in."""


@dataclass(slots=True)
class Heard:
    """What came from one device while it was listened to."""

    attempt: int = 0
    index: int = 0
    text: PagedText = field(default_factory=PagedText)
    at: datetime | None = None
    """When the last bytes came; None: none have."""
    received: int = 0
    """Of the command that runs."""

    def take(self, attempt: int, index: int, data: bytes) -> None:
        """More of a command's output; another command begins anew."""
        if (attempt, index) != (self.attempt, self.index):
            self.attempt, self.index, self.text, self.received = attempt, index, PagedText(), 0
        self.text.append(data)
        self.received += len(data)

    def tail(self, lines: int) -> list[str]:
        """The last lines, secrets masked."""
        return [self.text.line(n) or "" for n in range(max(0, self.text.count - lines), self.text.count)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One running device."""

    device: DeviceStatus
    doing: str
    """Its command, or what it does before the first one."""
    in_state_s: float
    """Since its command was sent, or its attempt began."""
    age_s: float
    usual_s: float | None

    @property
    def lateness(self) -> float:
        """How often its usual time it has taken; 0 without history."""
        return self.age_s / self.usual_s if self.usual_s else 0.0


def waited_for(status: JobStatus, usual: Mapping[str, float], now: datetime) -> list[Waiting]:
    """The running devices: the latest against their own history first, then the oldest."""
    found = [_waiting(status.devices[name], usual.get(name), now) for name in status.in_flight]
    return sorted(found, key=lambda one: (-one.lateness, -one.age_s))


def _waiting(device: DeviceStatus, usual_s: float | None, now: datetime) -> Waiting:
    age_s = max(0.0, device.elapsed_s(now) or 0.0)
    current = current_command(device)
    if current is None or device.phase in ("connecting", "login", "code"):
        doing = {"connecting": "connecting", "login": "logging in", "code": "waits for a code"}
        return Waiting(device, doing.get(device.phase, device.phase), age_s, age_s, usual_s)
    index, command = current
    since = command.sent_at if command.state is CommandState.RUNNING else None
    in_state_s = max(0.0, seconds_between(since, now)) if since else age_s
    return Waiting(device, f"{index} {command.text}", in_state_s, age_s, usual_s)


async def listen(engine: Engine, job: str, device: DeviceStatus, heard: Heard, now: Now) -> None:
    """Follow a device's live output into `heard`, until the job ends or this is cancelled."""
    current = current_command(device)
    if current is not None and current[1].state is CommandState.RUNNING:
        try:
            page = await engine.output(job, device.name, current[0], device.attempt, 0, MOST_BEFORE)
        except (StoreError, OSError):
            page = None
        if page is not None and page.data and page.size <= MOST_BEFORE:
            heard.take(device.attempt, current[0], page.data)
    async with aclosing(engine.watch(job, device.name)) as chunks:
        async for chunk in chunks:
            heard.take(chunk.attempt, chunk.index, chunk.text.encode())
            heard.at = now()
