"""What there is to say of one device in a job: who it is, how it went, why it failed and what to do about it."""

import textwrap
from datetime import datetime

from textual.content import Content

from paceline.model.failure import FailureKind, rule
from paceline.model.job import Target
from paceline.model.states import DeviceState
from paceline.model.tally import DeviceStatus
from paceline.model.text import printable
from paceline.model.time import as_duration, seconds_between
from paceline.ui.formats import country, fit, moment
from paceline.ui.glyphs import Glyphs
from paceline.ui.theming import STATE_TOKENS

PHASES = {
    "connecting": "connecting",
    "login": "logging in",
    "code": "waits for a code",
    "ready": "ready",
    "command": "a command runs",
}


def facts(
    target: Target, status: DeviceStatus, *, attempts: int, job: str, now: datetime, glyphs: Glyphs, width: int
) -> Content:
    """A few lines of at most `width` cells. `attempts`: how many there are in all, when `status` is that of one."""
    lines = [_state_line(status, attempts, job, glyphs), _place_line(target, status, glyphs)]
    if told := _time_line(status, now, glyphs):
        lines.append(told)
    if legacy := status.legacy_words(target.device.legacy):
        lines.append(
            Content.styled(fit(legacy, width, glyphs.ellipsis).rstrip(), "$warning" if status.legacy else "$muted")
        )
    lines += _reason_lines(status, width)
    return Content("\n").join(lines)


def _state_line(status: DeviceStatus, attempts: int, job: str, glyphs: Glyphs) -> Content:
    token = STATE_TOKENS[status.state]
    phase = PHASES.get(status.phase, "")
    word = status.state.value + (f", {phase}" if phase and phase != status.state.value else "")
    attempt = f"attempt {status.attempt}" + (f" of {attempts}" if attempts > 1 else "") if status.attempt else ""
    parts: list[str | Content | tuple[str, str]] = [
        (f"{glyphs.states[status.state]} ", f"bold ${token}"),
        (printable(status.name), "bold"),
        "  ",
        (word, f"bold ${token}"),
    ]
    if attempt:
        parts += ["  ", attempt]
    return Content.assemble(*parts, "  ", (printable(job), "$muted"))


def _place_line(target: Target, status: DeviceStatus, glyphs: Glyphs) -> Content:
    device = target.device
    parts = [
        country(device.country) + ("~" if device.country_derived else ""),
        f"site {device.site}" if device.site else "",
        platform_words(target, status),
        device.role,
        f"{device.address}:{device.port}",
        f"over {device.jump}" if device.jump else "",
    ]
    line = f" {glyphs.dot} ".join(printable(part) for part in parts if part)
    own_names = {device.name, device.sysname, device.prompt_name}
    if not status.name_seen or status.name_seen in own_names:
        return Content(line)
    is_wrong = status.failure is FailureKind.WRONG_DEVICE
    return Content.assemble(
        line, f" {glyphs.dot} ",
        (f"calls itself {printable(status.name_seen)}", "bold $error" if is_wrong else "$muted"),
    )  # fmt: skip


def platform_words(target: Target, status: DeviceStatus) -> str:
    """Its platform; of one whose inventory names none what is taken for it, and what it looks like."""
    if target.device.platform:
        return target.platform
    looks = f", looks like {status.platform_guess}" if status.platform_guess else ""
    return f"{target.platform} (not in the inventory{looks})"


def _time_line(status: DeviceStatus, now: datetime, glyphs: Glyphs) -> Content | None:
    if status.started_at is None:
        return None
    began = moment(status.started_at, now)
    parts = [f"batch {status.batch}"] if status.batch else []
    if status.finished_at is not None:
        took = as_duration(seconds_between(status.started_at, status.finished_at))
        parts.append(f"{began} to {moment(status.finished_at, now)}, {took}")
    else:
        parts.append(f"since {began}")
    if status.retry_at is not None:
        parts.append(f"tried again at {moment(status.retry_at, now)}")
    return Content.styled(f" {glyphs.dot} ".join(parts), "$muted")


def _reason_lines(status: DeviceStatus, width: int) -> list[Content]:
    if status.failure is None and not status.message:
        return []
    token = STATE_TOKENS[status.outcome or status.state]
    token = "foreground" if token == "muted" else token
    kind = f" ({status.failure.value})" if status.failure else ""
    message = printable(status.message) or (status.failure.value.replace("_", " ") if status.failure else "")
    lines = _labelled("why", message + kind, width, f"${token}")
    hint = rule(status.failure).hint if status.failure else ""
    if status.state is DeviceState.SKIPPED and not hint:
        hint = "Run the open devices again when you are ready."
    if hint:
        lines += _labelled("do", hint, width, "$foreground")
    return lines


def _labelled(label: str, text: str, width: int, style: str) -> list[Content]:
    """A sentence beside its label, wrapped under itself."""
    wrapped = textwrap.wrap(text, max(20, width - 5)) or [""]
    return [
        Content.assemble((f"{label if not number else '':<5}", "$muted"), (line, style))
        for number, line in enumerate(wrapped)
    ]
