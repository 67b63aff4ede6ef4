"""The rules that hold a whole job (logins: see login_gate.py). They hold, they do not kill: what runs goes on."""

from dataclasses import dataclass, field

from paceline.model.device import Device
from paceline.model.job import JobSpec
from paceline.model.states import DeviceState

_BAD = (DeviceState.FAILED, DeviceState.PARTIAL, DeviceState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A gate that closes, and why."""

    gate: str
    message: str


@dataclass(slots=True)
class Gates:
    """Watches the outcomes of one job. Feed it every ended attempt; ask it before every grant."""

    spec: JobSpec
    ended: int = 0
    bad: int = 0
    granted: int = 0
    _allowed_bad: int = 0
    _in_a_row: list[str] = field(default_factory=list)
    _canary_passed: bool = False

    def note_grant(self, devices: int) -> None:
        """Count the devices that were granted."""
        self.granted += devices

    def revoke_grant(self) -> None:
        """A granted device left before it had sent a login."""
        self.granted -= 1

    def note_attempt(self, device: Device, state: DeviceState) -> None:
        """Count an ended attempt, whether or not it is tried again: unreachable devices in a row."""
        if state is DeviceState.UNREACHABLE:
            # Where no site is known each device counts as its own: nothing says that they share one.
            self._in_a_row.append(device.site or device.name)
        elif state not in (DeviceState.SKIPPED, DeviceState.CANCELLED):
            self._in_a_row.clear()

    def note_end(self, state: DeviceState) -> None:
        """Count a device that has ended."""
        self.ended += 1
        self.bad += state in _BAD

    def revoke_end(self, state: DeviceState) -> None:
        """A device that had ended is tried once more (the sweep)."""
        self.ended -= 1
        self.bad -= state in _BAD

    def canary_left(self) -> int | None:
        """How many more devices the canary lets start; None without a canary or after it."""
        if not self.spec.gates.canary or self._canary_passed:
            return None
        return max(0, self.spec.gates.canary - self.granted)

    def check(self, *, is_idle: bool, is_more: bool) -> Alarm | None:
        """The first gate that closes. `is_idle`: nothing runs; `is_more`: devices are still open."""
        return self._unreachable() or self._failures() or self._canary(is_idle, is_more)

    def answered(self, gate: str) -> None:
        """The operator lets the job go on: the gate counts anew from here."""
        if gate == "max_unreachable":
            self._in_a_row.clear()
        elif gate == "max_failures":
            self._allowed_bad = self.bad
        elif gate == "canary":
            self._canary_passed = True

    def _unreachable(self) -> Alarm | None:
        limit, row = self.spec.gates.max_unreachable, self._in_a_row
        if not limit or len(row) < limit or len(set(row)) < 2:
            return None
        return Alarm("max_unreachable", f"{len(row)} devices in a row were unreachable, over {len(set(row))} sites")

    def _failures(self) -> Alarm | None:
        budget, share = self.spec.max_failures, self.spec.gates.failure_share
        if budget is None or self.bad <= self._allowed_bad:
            return None
        if share is not None:
            if self.ended < self.spec.gates.min_sample or self.bad <= share * self.ended:
                return None
            return Alarm(
                "max_failures",
                f"{self.bad} of {self.ended} devices did not succeed ({100 * self.bad / self.ended:.1f} %), "
                f"the budget is {budget}",
            )
        assert isinstance(budget, int)
        if self.bad - self._allowed_bad <= budget:
            return None
        devices = "device" if self.bad == 1 else "devices"
        return Alarm("max_failures", f"{self.bad} {devices} did not succeed, the budget is {budget}")

    def _canary(self, is_idle: bool, is_more: bool) -> Alarm | None:
        if self.canary_left() != 0 or not is_idle or not is_more:
            return None
        return Alarm("canary", f"the first {self.granted} devices have ended; {self.bad} of them did not succeed")
