"""What one running job remembers between its events: shared by the executor, the operator's controls and recovery."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

from paceline.engine.conduct import Surroundings
from paceline.engine.gates import Gates
from paceline.engine.job_logins import JobLogins
from paceline.engine.ledger import Caps, Ledger
from paceline.engine.locks import DeviceLocks
from paceline.model import event as ev
from paceline.model.job import Pace, Target
from paceline.model.states import DeviceState, JobState
from paceline.model.tally import Question
from paceline.model.time import Now, after
from paceline.plan.batches import arrange
from paceline.plan.pacer import Pacer


class RunState:
    """The working memory of a job. All of it can be rebuilt from the job's status (see recovery.py)."""

    def __init__(self, shared: Surroundings, locks: DeviceLocks, now: Now) -> None:
        spec = shared.spec
        self.shared, self.locks, self.now = shared, locks, now
        self.spec, self.status, self.emit = spec, shared.publisher.status, shared.publisher.emit
        self.pace: Pace = spec.pace
        self.pacer = Pacer(spec.pace.devices_per_hour)
        self.ledger = Ledger([target.device.name for target in arrange(spec.targets, spec.pace.order)])
        self.caps = Caps(spec.pace)
        self.gates = Gates(spec)
        self.logins = JobLogins(spec, shared.gate, shared.secrets)
        self.jumps = shared.jumps
        self.jumps.on_gone = self.logins.lose
        self.attempts: dict[str, int] = {}
        """Attempts begun, per device."""
        self.held_attempts: Counter[str] = Counter()
        """Of those, the ones that a hold ended before they had sent a login."""
        self.granted: list[str] = []
        """Granted devices that have not begun: a cap, a pause or a gate holds them."""
        self.running: dict[str, asyncio.Task[None]] = {}
        self.starting: set[str] = set()
        """Running devices whose task has not had its first turn: a task that is cancelled then never runs at all."""
        self.cancellable: set[str] = set()
        """Running devices whose attempt is not settled yet."""
        self.cancelled: dict[str, str] = {}
        """Devices that were told to end, and why."""
        self.skipped: set[str] = set()
        """Of those, the ones an operator left out."""
        self.unreachable: dict[str, float] = {}
        """Devices for the sweep, and when they ended."""
        self.batch = 0
        self.is_paused = False
        self.paused_countries: set[str] = set()
        self.question: Question | None = None
        self.holds = 0
        self.stop: ev.StopKind | None = None
        self.stop_why = ""
        self.window_closed = False
        """Whether it stops because its window closed."""
        self.closed: frozenset[str] = frozenset()
        """Windows of the day that are closed."""
        self.told = frozenset(self.status.windows)
        """Those that were told to be: the status has them once they are committed."""
        self.is_waiting = False
        self.is_sweeping = False
        self.has_swept = False
        self.wake = asyncio.Event()

    @property
    def waits_to_begin(self) -> bool:
        """Whether its time has not come."""
        return self.status.state is JobState.SCHEDULED and self.spec.window.not_before is not None

    @property
    def is_idle(self) -> bool:
        """Whether no device runs or is about to."""
        return not self.running and not self.granted

    @property
    def can_sweep(self) -> bool:
        """Whether a sweep is still to come."""
        return self.spec.retries.sweep and not self.has_swept and bool(self.unreachable)

    def target(self, name: str) -> Target:
        """The target of a device."""
        return self.spec.targets_by_name[name]

    def reserve(self, name: str) -> bool:
        """Lock the device's box for this job, if it is free."""
        return self.locks.take(self.target(name).device.lock_key, self.spec.id)

    def give_back(self, name: str) -> None:
        """Unlock the device's box."""
        self.locks.give_back(self.target(name).device.lock_key)

    def next_due(self) -> datetime | None:
        """When the pace allows the next grant, by the wall clock."""
        if self.pacer.due is None:
            return None
        return after(self.now(), self.pacer.due - asyncio.get_running_loop().time())

    def is_held(self, target: Target) -> bool:
        """Whether a device waits for its window, its paused country, an answer about its logins, or a jump host."""
        if target.window in self.closed or target.device.country in self.paused_countries:
            return True
        return self.logins.question_on(target) is not None or self.jumps.trouble_before(target.device) is not None

    def cancel(self, name: str, why: str) -> None:
        """End a running attempt; once told it is not told again, so that it can close in order."""
        if name in self.starting:
            self.cancelled[name] = why
        elif name in self.cancellable and name not in self.cancelled:
            self.cancelled[name] = why
            self.running[name].cancel()

    def leave_out(self, name: str, why: str) -> int:
        """Settle a device that will not be tried (again): skipped, or what its last attempt came to."""
        self.ledger.drop(name)
        device = self.status.devices[name]
        fields: dict[str, Any] = {"state": DeviceState.SKIPPED, "failure": None, "message": why}
        last = device.outcome or (device.state if device.state is DeviceState.UNREACHABLE else None)
        if last is not None:
            fields = {"state": last, "failure": device.failure, "message": device.message}
        attempt = self.attempts.get(name, 0)
        return self.emit(ev.DeviceSkipped, device=name, country=device.country, attempt=attempt, **fields)
