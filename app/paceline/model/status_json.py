"""The nested JSON of a status: what `jobs show --json` prints and the API answers."""

from datetime import datetime
from typing import Any, Literal

from paceline.model.course import paused_pending, paused_words
from paceline.model.holds import jumps_in_trouble, waits_for_jump
from paceline.model.states import INTERRUPTED, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.model.window_words import begins, closed_windows

Detail = Literal["none", "open", "all"]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def why_interrupted(job: str) -> str:
    """What to say of a job whose engine died."""
    return f"the process that ran it has ended; go on with `paceline jobs resume {job}`"


def waiting_for(status: JobStatus) -> str:
    """What the next start waits for, in one or a few words; empty when nothing waits."""
    if status.state.is_final:
        return ""
    if status.asked:
        first = next(iter(status.asked.values()))
        return f"an answer: {first.device} asks {first.user} for more than a password"
    if status.question is not None and (status.question.is_whole or status.state is JobState.HELD):
        return f"an answer: {status.question.message}"
    if opening := begins(status, status.last_at):
        return f"its time: {opening}"
    if status.state.value in ("paused", "stopping", "waiting", "scheduled"):
        return status.why or status.state.value
    pending = sum(count for state, count in status.counts.items() if state == "pending")
    if pending and not status.in_flight and pending == paused_pending(status):
        return paused_words(status)
    if status.granted:
        return "a cap"
    if not pending:
        return "the running devices" if status.in_flight else ""
    if status.in_flight and status.pace.mode == "batches":
        return "this batch"
    if status.next_due and status.last_at and status.next_due > status.last_at:
        return "the rate"
    if not status.in_flight and (waited := waits_for_jump(status)) is not None:
        trouble, count = waited
        return f"{trouble.message}; next try at {trouble.retry_at:%H:%M:%S} UTC, {count} devices wait"
    if not status.in_flight and (closed := closed_windows(status, status.last_at)):
        return closed
    return "a free place" if status.in_flight else "a retry"


def _device(status: JobStatus, device: DeviceStatus) -> dict[str, Any]:
    commands = device.commands
    rows: list[dict[str, Any]]
    if commands is None:
        spec = status.spec
        assert spec is not None
        texts = spec.commands_of(spec.targets_by_name[device.name])
        state = "skipped" if device.state.is_final else "pending"
        rows = [
            {"index": index, "text": command.command, "state": state, "seconds": None, "bytes": None}
            for index, command in enumerate(texts, 1)
        ]
    else:
        rows = [
            {"index": i, "text": c.text, "state": c.state.value, "seconds": c.seconds, "bytes": c.bytes}
            for i, c in enumerate(commands, 1)
        ]
    return {
        "country": device.country,
        "state": device.state.value,
        "phase": device.phase,
        "attempt": device.attempt,
        "failure": device.failure.value if device.failure else None,
        "message": device.message,
        "held_by": device.hold or None,
        "legacy": None if device.legacy is None else list(device.legacy),
        "started_at": _time(device.started_at),
        "finished_at": _time(device.finished_at),
        "commands": rows,
    }


def _now(status: JobStatus) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in status.in_flight:
        device = status.devices[name]
        running = next((i for i, c in enumerate(device.commands or (), 1) if c.state == "running"), None)
        command = device.commands[running - 1] if running and device.commands else None
        rows.append(
            {
                "device": name,
                "country": device.country,
                "command": command.text if command else None,
                "index": running,
                "of": status.commands_of(name),
                "since": _time(command.sent_at if command else device.started_at),
            }
        )
    return rows


def _jumps(status: JobStatus) -> list[dict[str, Any]]:
    return [
        {
            "way": trouble.way,
            "name": trouble.name,
            "failure": trouble.failure.value,
            "message": trouble.message,
            "tries": trouble.tries,
            "retry_at": _time(trouble.retry_at),
            "waiting": waiting,
        }
        for trouble, waiting in jumps_in_trouble(status)
    ]


def _window(status: JobStatus) -> dict[str, Any]:
    window = status.spec.window if status.spec else None
    return {
        "not_before": _time(window.not_before if window else None),
        "not_after": _time(window.not_after if window else None),
        "closed": {text: _time(opens) for text, opens in status.windows.items()},
    }


def to_json(status: JobStatus, devices: Detail = "all", *, is_interrupted: bool = False) -> dict[str, Any]:
    """The status as plain data; `devices` chooses which of them are listed; `is_interrupted`: its engine died."""
    forecast = status.forecast
    listed = {
        "none": [],
        "open": [d for d in status.devices.values() if d.state != "succeeded"],
        "all": list(status.devices.values()),
    }[devices]
    return {
        "id": status.id,
        "name": status.name,
        "state": INTERRUPTED if is_interrupted else status.state.value,
        "why": why_interrupted(status.id) if is_interrupted else status.why,
        "seq": status.seq,
        "batch": {
            "number": status.batch_number,
            "of": status.batches,
            "next_at": _time(status.next_due),
            "waiting_for": "" if is_interrupted else waiting_for(status),
        },
        "window": _window(status),
        "paused_countries": dict(status.paused_countries),
        "questions": [
            {
                "id": question.id,
                "gate": question.gate,
                "message": question.message,
                "since": _time(question.since),
                "credentials": list(question.credentials),
                "domain": question.domain,
            }
            for question in status.questions.values()
        ],
        "jumps": _jumps(status),
        "totals": {
            "devices": status.total,
            "ended": status.ended,
            "percent": round(status.percent, 1),
            "by_state": {state.value: count for state, count in status.counts.items() if count},
            "commands": {"total": status.commands_total, "ended": status.commands_ended},
        },
        "countries": {
            country.code: {
                "total": country.total,
                "by_state": {state.value: count for state, count in country.by_state.items() if count},
                "started_at": _time(country.started_at),
                "finished_at": _time(country.finished_at),
            }
            for country in status.countries.values()
        },
        "devices": {device.name: _device(status, device) for device in listed},
        "now": [] if is_interrupted else _now(status),
        "forecast": {
            "likely": _time(forecast.likely),
            "nine_in_ten": _time(forecast.nine_in_ten),
            "held_by": forecast.held_by,
        }
        if forecast
        else None,
    }
