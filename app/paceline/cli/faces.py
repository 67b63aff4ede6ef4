"""What a job without screens looks like: lines for people, or one JSON event per line."""

import contextlib
import os
import sys
from datetime import datetime
from typing import Protocol, TextIO

from paceline.engine.ports import AnyEvent
from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.holds import targets_without_session
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.model.text import escaped, printable
from paceline.model.time import as_duration, seconds_between
from paceline.model.window_words import begins, closed_windows, closes_first

GLYPHS = {
    DeviceState.SUCCEEDED: ("✓", "+"),
    DeviceState.PARTIAL: ("◐", "%"),
    DeviceState.FAILED: ("✗", "x"),
    DeviceState.UNREACHABLE: ("⊘", "!"),
    DeviceState.SKIPPED: ("–", "-"),
    DeviceState.CANCELLED: ("◼", "#"),
    DeviceState.UNKNOWN: ("?", "?"),
}


class Face(Protocol):
    """Shows a job as it goes."""

    def show(self, event: AnyEvent, status: JobStatus) -> None:
        """One event, and the status with it folded in."""
        ...


class Printer:
    """Writes lines; when they cannot be written any more the job goes on and they are dropped."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self.is_broken = False

    def line(self, text: str) -> None:
        """Write one line at once."""
        if self.is_broken:
            return
        try:
            self._out.write(printable(text) + "\n")
            self._out.flush()
        except BrokenPipeError:
            self._give_up("the output is no longer read")
        except OSError as error:
            # What is still to be flushed at the end of the process would fail again.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self._give_up(f"the output cannot be written ({error.strerror})")

    def _give_up(self, why: str) -> None:
        self.is_broken = True
        said = f"paceline: {why}; the job goes on, see `paceline jobs show last`"
        print(said, file=sys.stderr)  # noqa: T201 - the operator's


class JsonFace:
    """One event per line."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer

    def show(self, event: AnyEvent, status: JobStatus) -> None:
        """The event as the journal has it."""
        if isinstance(event, ev.UnknownEvent):
            self._printer.line(escaped(event.model_dump_json()))
        else:
            self._printer.line(escaped(ev.encode(event)))


class PlainFace:
    """A line per finished device, progress with the forecast, and what holds the job."""

    def __init__(self, printer: Printer, *, is_unicode: bool) -> None:
        self._printer, self._column = printer, 0 if is_unicode else 1
        self._last_progress = -1
        self._is_sweeping = False
        self._left_out = 0

    def show(self, event: AnyEvent, status: JobStatus) -> None:
        """What a person would want to read of the event."""
        match event:
            case ev.JobInterrupted():
                self._printer.line(f"RESUMED  {event.message}: {status.ended} of {status.total} devices had ended")
            case ev.JobCreated() if opening := begins(status, event.at):
                self._printer.line(f"SCHEDULED  {status.name}  {status.total} devices  {opening}  job {status.id}")
            case ev.WindowsChanged() if closed := closed_windows(status, event.at):
                self._printer.line(f"WAITING  {closed}")
            case ev.JobStarted():
                self._begin(status)
            case ev.BatchStarted():
                self._progress(status, event)
            case ev.DeviceSkipped() if event.state is DeviceState.SKIPPED and _was_left_out(event.device, status):
                # A stop leaves out hundreds at once: one line for them at the end.
                self._left_out += 1
            case ev.AttemptEnded(state=DeviceState.PENDING):
                # Its login is held: one line says so for all of them.
                return
            case ev.AttemptEnded() | ev.DeviceSkipped():
                self._device(event, status)
            case ev.LoginAsked():
                prompts = printable(" ".join(prompt.text for prompt in event.prompts))
                self._printer.line(f"ASKED    {event.device} asks {event.user}: {prompts}")
            case ev.JobHeld():
                self._printer.line(f"HELD     {event.message}")
            case ev.JumpHeld():
                self._jump(event, status)
            case ev.JumpFreed():
                self._printer.line(f"GOES ON  jump {event.way} is there again")
            case ev.JobPaused():
                self._printer.line(f"PAUSED   {status.why}")
            case ev.CountryPaused():
                self._printer.line(f"PAUSED   {event.country} is {status.paused_countries[event.country]}")
            case ev.CountryResumed():
                self._printer.line(f"GOES ON  {event.country}" + (f" (by {event.by})" if event.by else ""))
            case ev.JobWaiting() if event.waits_for:
                self._printer.line(f"WAITING  {status.why}")
            case ev.StopRequested():
                self._printer.line(f"STOPPING after {_STOPS[event.stop]}: {status.why}")
            case ev.JobFinished():
                self._end(status)

    def _begin(self, status: JobStatus) -> None:
        mark = "  MAY CHANGE DEVICES" if status.spec is not None and not status.spec.read_only else ""
        self._printer.line(
            f"{status.name}  {_count(status.total, 'device', 'devices')} in "
            f"{_count(len(status.countries), 'country', 'countries')}  job {status.id}{mark}"
        )

    def _progress(self, status: JobStatus, event: ev.BatchStarted) -> None:
        if event.sweep:
            if not self._is_sweeping:
                self._printer.line("-- sweep: one more attempt on what is unreachable")
            self._is_sweeping = True
            return
        if status.pace.mode == "rolling":
            # One line per tenth of the job: a grant is one device here.
            tenth = int(status.percent // 10)
            if tenth == self._last_progress:
                return
            self._last_progress = tenth
            head = "rolling"
        else:
            head = f"batch {status.batch_number}/{status.batches} of {event.n}"
        self._printer.line(f"-- {head}  {status.ended}/{status.total} ended{self._forecast(status, event.at)}")

    def _forecast(self, status: JobStatus, at: datetime) -> str:
        """The latest forecast, as far as it can still come true."""
        forecast = status.forecast
        if forecast is None:
            return ""
        if forecast.likely <= at:
            return f"  takes longer than foreseen ({clock(forecast.likely)})"
        if closing := closes_first(status, forecast.likely, at):
            return f"  {closing} ({clock(forecast.likely)})"
        return (
            f"  ends {clock(forecast.likely)}, 9 in 10 by {clock(forecast.nine_in_ten)}, "
            f"held by {forecast.held_by} (from {forecast.basis})"
        )

    def _device(self, event: ev.AttemptEnded | ev.DeviceSkipped, status: JobStatus) -> None:
        device = status.devices[event.device]
        if isinstance(event, ev.AttemptEnded) and event.retry_at is not None:
            self._printer.line(
                f"   {device.name:<20} {device.country}  again at {clock(event.retry_at)}: {printable(event.message)}"
            )
            return
        glyph = GLYPHS[event.state][self._column]
        # What a jump host was given up for has been said for all of its devices.
        is_said = isinstance(event, ev.DeviceSkipped) and event.failure in _OF_THE_JUMP
        why = f"  {printable(event.message)}" if event.message and not is_said else ""
        done = f"{_succeeded(device)}/{status.commands_of(device.name)}"
        took = as_duration(seconds_between(device.started_at, event.at)) if device.started_at else ""
        self._printer.line(
            f"{glyph}  {device.name:<20} {device.country}  {event.state.value:<11} {done:>5} {took:>7}{why}"
        )

    def _jump(self, event: ev.JumpHeld, status: JobStatus) -> None:
        """Why a jump host fails, once, and what becomes of the devices behind it."""
        trouble = status.jumps[event.way]
        count = sum(trouble.is_before(target.device.jump) for target in targets_without_session(status))
        devices = "1 device" if count == 1 else f"{count} devices"
        if event.retry_at is None:
            tries = "" if event.tries == 1 else f" after {event.tries} tries"
            self._printer.line(f"GIVEN UP {printable(event.message)}; given up{tries}, {devices} behind it")
        else:
            wait = as_duration(seconds_between(event.at, event.retry_at))
            self._printer.line(f"WAITING  {printable(event.message)}; {devices} behind it, next try in {wait}")

    def _end(self, status: JobStatus) -> None:
        if self._left_out:
            glyph = GLYPHS[DeviceState.SKIPPED][self._column]
            what = "device was" if self._left_out == 1 else "devices were"
            why = "the job stopped first" if status.stop is not None else "their logins are held"
            why = "the window closed first" if status.window_closed else why
            self._printer.line(f"{glyph}  {self._left_out} {what} not started: {why}")
        counts = ", ".join(f"{count} {state}" for state, count in status.final_counts().items() if count)
        took = ""
        if status.started_at and status.finished_at:
            took = f" in {as_duration(seconds_between(status.started_at, status.finished_at))}"
        self._printer.line(f"{status.state.value.upper()}  {counts}{took}")


_OF_THE_JUMP = (FailureKind.JUMP_FAILED, FailureKind.JUMP_FORBIDDEN)
_STOPS = {"batch": "this batch", "running": "the running devices", "now": "cancelling what runs"}


def _was_left_out(device: str, status: JobStatus) -> bool:
    """Whether a stop, or a gate that was answered with one, left it out, and not someone who meant this device."""
    spec = status.spec
    assert spec is not None
    target = spec.targets_by_name[device]
    return status.stop is not None or any(question.covers(target, spec) for _, question in status.given_up)


def _succeeded(device: DeviceStatus) -> int:
    return sum(command.state == "succeeded" for command in device.commands or ())


def clock(moment: datetime) -> str:
    """A clock time in this terminal's zone, which is named because two can meet."""
    local = moment.astimezone()
    return f"{local:%H:%M:%S} {local:%Z}".rstrip()


def can_unicode(out: TextIO) -> bool:
    """Whether the stream's encoding has the glyphs."""
    try:
        "✓◐✗⊘–◼".encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
