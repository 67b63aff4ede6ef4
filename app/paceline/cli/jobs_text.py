"""Jobs as lines for people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from paceline.cli.faces import clock
from paceline.model.clock import shown
from paceline.model.holds import jumps_in_trouble
from paceline.model.states import INTERRUPTED, CommandState
from paceline.model.status import JobStatus
from paceline.model.status_json import why_interrupted
from paceline.model.tally import CountryStatus, DeviceStatus, JumpTrouble
from paceline.model.text import printable
from paceline.model.time import as_duration, seconds_between
from paceline.model.window_words import closed_windows
from paceline.store.kinds import JobSummary

MAY_CHANGE = "may change devices"
"""What every list says of such a job."""
MOST_NAMED = 20
"""Devices that are named in one line."""


def list_lines(jobs: Sequence[JobSummary]) -> list[str]:
    """One line per job, the newest first."""
    if not jobs:
        return ["no jobs yet; `paceline run --help` says how to start one"]
    width = max(len(job.id) for job in jobs)
    return [f"{job.id:<{width}}  {job.state:<13} {_mark(job)}{_counts(job)}{_against_forecast(job)}" for job in jobs]


def _counts(job: JobSummary) -> str:
    return job.begins or counts_text(job.counts)


def _mark(job: JobSummary) -> str:
    return "" if job.read_only else f"{MAY_CHANGE}  "


def _against_forecast(job: JobSummary) -> str:
    """How long it was expected to take, and how long it took, as far as either is known."""
    parts = [
        f"{what} {as_duration(seconds)}"
        for what, seconds in (("forecast", job.forecast_s), ("took", job.took_s))
        if seconds is not None
    ]
    return f"  {', '.join(parts)}" if parts else ""


def list_row(job: JobSummary) -> dict[str, Any]:
    """A job of the list as plain data; what is not known is None."""
    forecast = job.forecast
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "created_at": job.created_at,
        "started_at": job.started_at or None,
        "finished_at": job.finished_at or None,
        "devices": job.devices,
        "read_only": job.read_only,
        "counts": job.counts,
        "forecast": {
            "likely": forecast.likely.isoformat(),
            "nine_in_ten": forecast.nine_in_ten.isoformat(),
            "held_by": forecast.held_by,
            "basis": forecast.basis,
        }
        if forecast
        else None,
    }


def counts_text(counts: dict[str, int]) -> str:
    """Counts without the zeros."""
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nothing ended"


def job_lines(status: JobStatus, devices: str, *, is_interrupted: bool = False) -> list[str]:
    """A job: its own lines, its countries, its devices. `is_interrupted`: the process that ran it died."""
    took = ""
    if status.started_at and status.last_at:
        took = f"  took {as_duration(seconds_between(status.started_at, status.finished_at or status.last_at))}"
    state, said = (INTERRUPTED, why_interrupted(status.id)) if is_interrupted else (status.state.value, status.why)
    why = f"  {printable(said)}" if said else ""
    if status.started_at and status.first_forecast:
        likely, nine_in_ten = (
            as_duration(seconds_between(status.started_at, end))
            for end in (status.first_forecast.likely, status.first_forecast.nine_in_ten)
        )
        took = f"  forecast {likely} (9 in 10: {nine_in_ten}),{took[1:]}"
    lines = [
        f"{status.id}  {state.upper()}{why}",
        *_changing(status),
        *_windows(status),
        f"started {_at(status.started_at)}{took}",
        f"{status.ended}/{status.total} devices ended ({status.percent:.0f} %): {counts_text(status.final_counts())}",
        _commands(status),
    ]
    lines += [f"asks  {printable(question.message)}" for question in status.questions.values()]
    lines += [_jump(trouble, waiting) for trouble, waiting in jumps_in_trouble(status)]
    lines += [_country(country) for country in status.countries.values()]
    lines += _marked(status)
    lines += _legacy(status)
    lines += _guesses(status)
    if devices != "none":
        listed = [d for d in status.devices.values() if devices == "all" or d.state != "succeeded"]
        lines += list(_devices(status, listed, was="was " if is_interrupted else ""))
    return lines


def _windows(status: JobStatus) -> list[str]:
    """When it begins, when it closes, which devices wait for their hours."""
    lines: list[str] = []
    if (spec := status.spec) is not None and spec.window.not_before is not None:
        lines = [f"begins {shown(spec.window.not_before)}"]
    if spec is not None and spec.window.not_after is not None:
        lines.append(f"starts nothing after {shown(spec.window.not_after)}")
    return [line for line in (*lines, closed_windows(status, status.last_at)) if line]


def _jump(trouble: JumpTrouble, waiting: int) -> str:
    if trouble.retry_at is None:
        return f"given up  {printable(trouble.message)}"
    devices = "1 device" if waiting == 1 else f"{waiting} devices"
    return f"waits  {printable(trouble.message)}; {devices} behind it, next try at {clock(trouble.retry_at)}"


def _changing(status: JobStatus) -> list[str]:
    spec = status.spec
    return [] if spec is None or spec.read_only else [f"{MAY_CHANGE}; their number was typed: {spec.confirmed_devices}"]


def _commands(status: JobStatus) -> str:
    """What was sent, not what is settled: a command that was left out has ended too."""
    commands = [command for device in status.devices.values() for command in device.commands or ()]
    sent = sum(command.sent_at is not None for command in commands)
    succeeded = sum(command.state is CommandState.SUCCEEDED for command in commands)
    return f"{sent} of {status.commands_total} commands sent, {succeeded} succeeded"


def _at(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d} {clock(moment)}" if moment else "not yet"


def _country(country: CountryStatus) -> str:
    states = counts_text({state.value: count for state, count in country.by_state.items()})
    elapsed = ""
    if country.started_at and country.finished_at:
        elapsed = f"  {as_duration(seconds_between(country.started_at, country.finished_at))}"
    return f"  {country.code}  {country.ended}/{country.total}  {states}{elapsed}"


def _marked(status: JobStatus) -> list[str]:
    """Devices that succeeded and have a mark all the same, by what it is: a list of open devices has none of them."""
    by_kind: dict[str, list[str]] = {}
    for device in status.devices.values():
        if device.state == "succeeded" and device.failure is not None:
            by_kind.setdefault(device.failure.value, []).append(device.name)
    return [f"marked {kind}: {_counted(names)}" for kind, names in by_kind.items()]


def _legacy(status: JobStatus) -> list[str]:
    """Which devices still need old algorithms, and which are only allowed them: a line per word and answer."""
    by_answer: dict[tuple[str, str], list[str]] = {}
    for target in status.spec.targets if status.spec else ():
        taken = status.devices[target.device.name].legacy
        for word in target.device.legacy:
            answer = (
                "allowed, no connection yet" if taken is None else "needed" if word in taken else "not needed any more"
            )
            by_answer.setdefault((word, answer), []).append(target.device.name)
    return [
        printable(f"legacy {word} {answer}: ") + _counted(names) for (word, answer), names in sorted(by_answer.items())
    ]


def _guesses(status: JobStatus) -> list[str]:
    """What devices look like whose inventory names no platform; a guess, and said to be one."""
    by_guess: dict[str, list[str]] = {}
    for device in status.devices.values():
        if device.platform_guess:
            by_guess.setdefault(device.platform_guess, []).append(device.name)
    return [
        f"no platform in the inventory, looks like {printable(name)} (a guess): {_counted(by_guess[name])}"
        for name in sorted(by_guess)
    ]


def _counted(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    listed = ", ".join(names[:MOST_NAMED]) + more
    return printable(f"{len(names)} {'device' if len(names) == 1 else 'devices'}: {listed}")


def _devices(status: JobStatus, devices: Iterable[DeviceStatus], was: str) -> Iterable[str]:
    width = max((len(device.name) for device in status.devices.values()), default=0)
    for device in devices:
        done = sum(command.state == "succeeded" for command in device.commands or ())
        took = ""
        if device.started_at and device.finished_at:
            took = as_duration(seconds_between(device.started_at, device.finished_at))
        failure = f"{device.failure.value}: " if device.failure else ""
        why = f"  {failure}{printable(device.message)}" if device.message else ""
        word = was + device.state.value if device.name in status.in_flight else device.state.value
        state = f"{word:<11} {done}/{status.commands_of(device.name)}"
        yield f"{device.name:<{width}}  {device.country}  {state} {took:>7}{why}".rstrip()
