"""The status of a job: what its events add up to. `JobStatus.apply` is the one place that changes it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from paceline.model import asked, course, holds
from paceline.model import event as ev
from paceline.model.job import JobSpec, Pace
from paceline.model.states import FINAL_DEVICE_STATES, CommandState, DeviceState, JobState
from paceline.model.tally import CommandStatus, CountryStatus, DeviceStatus, Forecast, JumpTrouble, Question, Touched


class SequenceError(ValueError):
    """An event that does not follow: one or more before it are missing."""


class JobStatus:
    """A fold over the events of one job. Start it empty; the first event must be `job_created`."""

    __slots__ = (
        "_command_totals",
        "answered",
        "asked",
        "batch_due",
        "batch_n",
        "batch_number",
        "batch_started_at",
        "commands_ended",
        "commands_total",
        "countries",
        "counts",
        "created_at",
        "devices",
        "finished_at",
        "first_forecast",
        "first_grant_at",
        "forecast",
        "given_up",
        "granted",
        "granted_before",
        "held_pending",
        "holds",
        "in_flight",
        "jumps",
        "last_at",
        "lifted",
        "name",
        "next_due",
        "pace",
        "paused_countries",
        "questions",
        "resumed_state",
        "seq",
        "spec",
        "started_at",
        "state",
        "stop",
        "stopped_by_gate",
        "sweeping",
        "unknown_events",
        "why",
        "window_closed",
        "windows",
    )  # fmt: skip

    def __init__(self) -> None:
        self.spec: JobSpec | None = None
        self.name = ""
        self.seq = 0
        self.state = JobState.SCHEDULED
        self.why = ""
        """Why it is in its state, when someone or something put it there."""
        self.pace = Pace()
        self.created_at: datetime | None = None
        self.started_at: datetime | None = None
        self.finished_at: datetime | None = None
        self.last_at: datetime | None = None
        self.batch_number = 0
        self.batch_n = 0
        self.granted_before = 0
        """Devices of all grants but the last one."""
        self.first_grant_at: datetime | None = None
        self.batch_due: datetime | None = None
        self.batch_started_at: datetime | None = None
        self.next_due: datetime | None = None
        self.sweeping = False
        self.questions: dict[str, Question] = {}
        """What gates ask, by the question's id."""
        self.asked: dict[str, ev.LoginAsked] = {}
        """What logins wait to be told, by the question's id."""
        self.paused_countries: dict[str, str] = {}
        """Countries in which nothing new starts, by code, and why."""
        self.jumps: dict[str, JumpTrouble] = {}
        """Jump hosts that fail, by the way to them; those that were given up stay."""
        self.holds = 0
        """How often a gate has closed."""
        self.held_pending = 0
        """Pending devices whose logins are held."""
        self.answered: dict[str, datetime] = {}
        """Gates that were told to let the job go on, and when last."""
        self.lifted: list[tuple[datetime, Question]] = []
        """Holds on logins that were answered with going on."""
        self.given_up: list[tuple[datetime, Question]] = []
        """Holds on logins whose devices were left out."""
        self.stopped_by_gate = False
        """Whether a gate's question was answered with a stop."""
        self.window_closed = False
        """Whether it stops, or stopped, because its window closed."""
        self.windows: dict[str, datetime] = {}
        """Windows of the day that are closed, and when they open; never changed in place."""
        self.resumed_state = JobState.RUNNING
        self.stop: ev.StopKind | None = None
        self.forecast: Forecast | None = None
        self.first_forecast: Forecast | None = None
        """The one made at the start, to hold against what happened."""
        self.devices: dict[str, DeviceStatus] = {}
        self.countries: dict[str, CountryStatus] = {}
        self.counts: dict[DeviceState, int] = {}
        self.in_flight: dict[str, None] = {}
        """Names of connecting and running devices, oldest first."""
        self.granted: dict[str, None] = {}
        """Names of devices that were granted and wait for a cap."""
        self.commands_total = self.commands_ended = 0
        self.unknown_events = 0
        self._command_totals: dict[str, int] = {}

    # -- what is asked of it ------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The job's id."""
        return self.spec.id if self.spec else ""

    @property
    def question(self) -> Question | None:
        """What is to be answered first: what holds the whole job, else the oldest question; None where nothing asks."""
        whole = (question for question in self.questions.values() if question.is_whole)
        return next(whole, None) or next(iter(self.questions.values()), None)

    @property
    def total(self) -> int:
        """Devices in all."""
        return len(self.devices)

    @property
    def ended(self) -> int:
        """Devices that have ended."""
        return sum(self.counts.get(state, 0) for state in FINAL_DEVICE_STATES)

    @property
    def percent(self) -> float:
        """Devices that have ended, of all; 0 to 100."""
        return 100 * self.ended / self.total if self.total else 0.0

    @property
    def batches(self) -> int:
        """Batches in all, as far as can be told: started + ceil(remaining / size)."""
        remaining = self.counts.get(DeviceState.PENDING, 0) - len(self.granted)
        size = self.pace.batch_size or remaining
        if self.pace.mode == "rolling":
            size = 1
        return self.batch_number + (-(-remaining // size) if remaining > 0 and not self.state.is_final else 0)

    def final_counts(self) -> dict[str, int]:
        """Devices by final state; all seven states are named."""
        return {state.value: self.counts.get(state, 0) for state in FINAL_DEVICE_STATES}

    def commands_of(self, device: str) -> int:
        """How many commands `device` gets."""
        return self._command_totals[device]

    def copy(self) -> "JobStatus":
        """A status of its own to apply events to. What no event changes is shared: the spec, and what ended."""
        twin = JobStatus.__new__(JobStatus)
        for name in JobStatus.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.devices = {name: device.copy() for name, device in self.devices.items()}
        twin.countries = {code: country.copy() for code, country in self.countries.items()}
        twin.counts, twin.in_flight, twin.granted = self.counts.copy(), self.in_flight.copy(), self.granted.copy()
        twin.answered, twin.questions, twin.asked = self.answered.copy(), self.questions.copy(), self.asked.copy()
        twin.paused_countries = self.paused_countries.copy()
        twin.lifted, twin.given_up, twin.jumps = self.lifted.copy(), self.given_up.copy(), self.jumps.copy()
        return twin

    # -- the one reducer ----------------------------------------------------------------------------

    def apply(self, event: ev.JobEvent | ev.UnknownEvent) -> Touched:
        """Fold one event in. Ignores what it has seen; raises SequenceError on a gap."""
        if event.seq <= self.seq:
            return Touched(job=False)
        if event.seq != self.seq + 1:
            raise SequenceError(f"expected event {self.seq + 1} of job {self.id or event.job}, got {event.seq}")
        self.seq = event.seq
        self.last_at = event.at
        handler = _HANDLERS.get(type(event))
        if handler is None:
            self.unknown_events += 1
            return Touched(job=False)
        touched = handler(self, event)
        if self.questions and holds.weigh(self):
            touched.job = True
        return touched

    def _create(self, event: ev.JobCreated) -> Touched:
        spec = self.spec = event.spec
        self.name, self.created_at, self.pace = spec.name, event.at, spec.pace
        for target in spec.targets:
            device = target.device
            self.devices[device.name] = DeviceStatus(device.name, device.country)
            country = self.countries.setdefault(device.country, CountryStatus(device.country))
            country.total += 1
            commands = len(spec.commands_of(target))
            self._command_totals[device.name] = commands
            self.commands_total += commands
        for country in self.countries.values():
            country.by_state[DeviceState.PENDING] = country.total
        self.counts[DeviceState.PENDING] = len(self.devices)
        return Touched(None, None)

    def _start(self, event: ev.JobStarted) -> Touched:
        self.started_at = self.started_at or event.at
        if self.state is JobState.SCHEDULED:
            self.state = JobState.RUNNING
        return Touched()

    def _grant(self, event: ev.BatchStarted) -> Touched:
        self.first_grant_at = self.first_grant_at or event.at
        self.granted_before += self.batch_n
        self.batch_number, self.batch_n = event.number, event.n
        self.batch_due, self.batch_started_at, self.next_due = event.due, event.at, event.next_due
        self.sweeping = event.sweep
        self.granted.update(dict.fromkeys(event.devices))
        return Touched()

    def _begin(self, event: ev.AttemptStarted) -> Touched:
        device = self.devices[event.device]
        self.commands_ended -= device.commands_ended if not device.state.is_final else self.commands_of(device.name)
        device.attempt, device.batch, device.phase = event.attempt, event.batch, "connecting"
        device.failure, device.message, device.outcome = None, "", None
        device.retry_at = device.finished_at = device.commands = None
        device.started_at, device.attempt_at = device.started_at or event.at, event.at
        country = self.countries[device.country]
        country.started_at = country.started_at or event.at
        self.granted.pop(device.name, None)
        self.in_flight[device.name] = None
        return self._move(device, DeviceState.CONNECTING, event.at)

    def _connected(self, event: ev.Connected) -> Touched:
        device = self.devices[event.device]
        device.phase, device.legacy = "login", event.legacy
        return Touched((event.device,), (), job=False)

    def _trusted(self, event: ev.HostKeyAccepted) -> Touched:
        """The audit log has it; the device goes on as it was."""
        return Touched(job=False)

    def _logged_in(self, event: ev.LoggedIn) -> Touched:
        device = self.devices[event.device]
        device.phase, device.name_seen, device.platform_guess = "ready", event.name_seen, event.platform_guess
        return self._move(device, DeviceState.RUNNING, event.at)

    def _sent(self, event: ev.CommandSent) -> Touched:
        device = self.devices[event.device]
        command = self._command(device, event.index)
        command.state, command.sent_at = CommandState.RUNNING, event.at
        device.phase = "command"
        return Touched((event.device,), (), job=False)

    def _command_ended(self, event: ev.CommandEnded) -> Touched:
        device = self.devices[event.device]
        command = self._command(device, event.index)
        if not command.state.is_final:
            self.commands_ended += 1
        command.state, command.seconds, command.bytes = event.state, event.seconds, event.bytes
        command.reason, command.truncated = event.reason, event.truncated
        device.phase = "ready"
        return Touched((event.device,), (), job=True)

    def _attempt_ended(self, event: ev.AttemptEnded) -> Touched:
        device = self.devices[event.device]
        device.failure, device.message, device.phase = event.failure, event.message, ""
        self.in_flight.pop(device.name, None)
        if self.asked:
            asked.forget(self, device.name)
        if event.retry_at is not None:
            is_held = event.state is DeviceState.PENDING
            device.retry_at, device.outcome = event.retry_at, None if is_held else event.state
            device.held_attempts += is_held
            return self._move(device, DeviceState.PENDING, event.at)
        return self._settle(device, event.state, event.at)

    def _skip(self, event: ev.DeviceSkipped) -> Touched:
        device = self.devices[event.device]
        device.failure, device.message, device.phase = event.failure, event.message, ""
        self.in_flight.pop(device.name, None)
        self.granted.pop(device.name, None)
        return self._settle(device, event.state, event.at)

    def _interrupt(self, event: ev.JobInterrupted) -> Touched:
        """What was connecting is pending again; what ran is pending (read-only) or unknown (final)."""
        is_read_only = self.spec is None or self.spec.read_only
        names = tuple(self.in_flight)
        for waiting in (self.in_flight, self.granted, self.asked):
            waiting.clear()
        for name in names:
            device = self.devices[name]
            was_running = device.state is DeviceState.RUNNING
            for command in device.commands or ():
                if command.state is CommandState.RUNNING:
                    command.state, command.reason = CommandState.LOST, event.message
                    self.commands_ended += 1
            device.phase, device.message = "", event.message
            if was_running and not is_read_only:
                self._settle(device, DeviceState.UNKNOWN, event.at)
            else:
                device.retry_at = event.at
                self._move(device, DeviceState.PENDING, event.at)
        if self.state is JobState.WAITING:
            self.state = JobState.RUNNING
        self.jumps.clear()
        return Touched(names, None)

    def _finish(self, event: ev.JobFinished) -> Touched:
        self.state, self.finished_at = event.state, event.at
        self.why = event.why or self.why
        self.next_due, self.windows = None, {}
        self.jumps = {way: trouble for way, trouble in self.jumps.items() if trouble.retry_at is None}
        holds.withdraw_all(self)
        return Touched()

    # -- helpers of apply ---------------------------------------------------------------------------

    def _command(self, device: DeviceStatus, index: int) -> CommandStatus:
        if device.commands is None:
            spec = self.spec
            assert spec is not None
            target = spec.targets_by_name[device.name]
            device.commands = [CommandStatus(command.command) for command in spec.commands_of(target)]
        return device.commands[index - 1]

    def _settle(self, device: DeviceStatus, state: DeviceState, at: datetime) -> Touched:
        """Move to a final state; what was not sent counts as ended, so that a finished job adds up to its total."""
        device.finished_at, device.retry_at, device.outcome = at, None, None
        if not device.state.is_final:
            # One that waited for the sweep had settled before.
            self.commands_ended += self.commands_of(device.name) - device.commands_ended
        for command in device.commands or ():
            if not command.state.is_final:
                command.state = CommandState.CANCELLED if state is DeviceState.CANCELLED else CommandState.SKIPPED
        return self._move(device, state, at)

    def _move(self, device: DeviceStatus, state: DeviceState, at: datetime) -> Touched:
        country = self.countries[device.country]
        for counts in (self.counts, country.by_state):
            counts[device.state] = counts.get(device.state, 0) - 1
            counts[state] = counts.get(state, 0) + 1
        if device.hold:
            self.held_pending += (state is DeviceState.PENDING) - (device.state is DeviceState.PENDING)
        device.state = state
        if state.is_final:
            country.finished_at = at if country.ended == country.total else None
        else:
            country.finished_at = None
        return Touched((device.name,), (device.country,))


_HANDLERS: dict[type[Any], Callable[[JobStatus, Any], Touched]] = {
    ev.JobCreated: JobStatus._create,
    ev.JobStarted: JobStatus._start,
    ev.BatchStarted: JobStatus._grant,
    ev.AttemptStarted: JobStatus._begin,
    ev.Connected: JobStatus._connected,
    ev.HostKeyAccepted: JobStatus._trusted,
    ev.LoginAsked: asked.ask,
    ev.LoginAnswered: asked.answer,
    ev.LoggedIn: JobStatus._logged_in,
    ev.CommandSent: JobStatus._sent,
    ev.CommandEnded: JobStatus._command_ended,
    ev.AttemptEnded: JobStatus._attempt_ended,
    ev.DeviceSkipped: JobStatus._skip,
    ev.JobPaused: course.pause,
    ev.JobResumed: course.resume,
    ev.CountryPaused: course.pause_country,
    ev.CountryResumed: course.resume_country,
    ev.JobWaiting: course.wait,
    ev.JobHeld: holds.hold,
    ev.JobAnswered: holds.answer,
    ev.JumpHeld: holds.hold_jump,
    ev.JumpFreed: holds.free_jump,
    ev.WindowsChanged: course.change_windows,
    ev.PaceChanged: course.change_pace,
    ev.StopRequested: course.request_stop,
    ev.ForecastMade: course.foresee,
    ev.JobInterrupted: JobStatus._interrupt,
    ev.JobFinished: JobStatus._finish,
}
