"""The audit log: who started and stopped what, as whom which devices were logged in to, and what was overridden."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from paceline.model import event as ev
from paceline.model.failure import FailureKind, rule
from paceline.model.job import Credential, JobSpec

What = Literal["start", "resume", "stop", "end", "login", "key_accepted", "override", "secrets_shown"]

_COMMANDS = 100
"""Distinct commands that a start names; of more only the number is told."""
_AFTER_LOGIN = (FailureKind.SHELL_REFUSED, FailureKind.NO_PROMPT)
"""The device had let it in, and no session came of it."""


class AuditEntry(BaseModel):
    """One line. Holds no secret: whose password it was, never which."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    at: datetime
    """UTC."""
    what: What
    job: str = ""
    device: str = ""
    by: str = ""
    """The operator, where one is known."""
    result: str = ""
    why: str = ""
    details: dict[str, JsonValue] = {}

    def line(self) -> str:
        """One line of JSON, without what is empty."""
        return self.model_dump_json(exclude_defaults=True)


def secrets_shown(at: datetime, by: str, job: str, device: str, view: str) -> AuditEntry:
    """That an operator looked behind the masks: whose configuration, and where (`screen`, `output`, `export json`)."""
    return AuditEntry(at=at, what="secrets_shown", job=job, device=device, by=by, result=view)


def audited(spec: JobSpec, event: ev.JobEvent) -> Iterator[AuditEntry]:
    """What the audit log says of an event of a job; nothing of most."""
    match event:
        case ev.JobCreated():
            yield AuditEntry(at=event.at, job=event.job, what="start", by=spec.created_by, details=_start(spec))
        case ev.JobInterrupted():
            yield AuditEntry(at=event.at, job=event.job, what="resume", by=spec.created_by, why=event.message)
        case ev.StopRequested():
            yield AuditEntry(
                at=event.at, job=event.job, what="stop", by=event.by, result=f"after {event.stop}", why=event.why
            )
        case ev.JobFinished():
            counts: dict[str, JsonValue] = {state: count for state, count in event.counts.items() if count}
            yield AuditEntry(
                at=event.at, job=event.job, what="end", result=event.state.value, why=event.why, details=counts
            )
        case ev.LoggedIn():
            yield _login(spec, event, "accepted", "")
        case ev.HostKeyAccepted():
            device = spec.targets_by_name[event.device].device
            where = (device.address, device.port, device.jump)
            yield key_accepted(
                event.at, event.device, where, f"{event.algorithm} {event.fingerprint}", spec.created_by, event.job
            )
        case ev.AttemptEnded() if event.failure is not None:
            if event.failure in _AFTER_LOGIN:
                yield _login(spec, event, "accepted", event.message)
            elif rule(event.failure).counts_as_rejection or event.failure is FailureKind.AUTH_TIMEOUT:
                yield _login(spec, event, event.failure.value, event.message)
        case ev.JumpOpened():
            yield _login_at_jump(spec, event, "accepted", "")
        case ev.JumpHeld() if event.cause is not None:
            if rule(event.cause).counts_as_rejection or event.cause is FailureKind.AUTH_TIMEOUT:
                yield _login_at_jump(spec, event, event.cause.value, event.message)
        case ev.JobAnswered():
            result = f"{event.question}: {event.answer}"
            yield AuditEntry(at=event.at, job=event.job, what="override", by=event.by, result=result, why=event.why)
        case ev.PaceChanged():
            result = f"pace: {event.batch_size} devices, {event.devices_per_hour:g} an hour"
            result += f", {event.per_country} at once per country" if event.per_country else ""
            result += f", {event.per_site} at once per site" if event.per_site else ""
            yield AuditEntry(at=event.at, job=event.job, what="override", by=event.by, result=result, why=event.why)


def key_accepted(
    at: datetime, device: str, where: tuple[str, int, str], key: str, by: str, job: str = ""
) -> AuditEntry:
    """That the operator's word made `key` (type and fingerprint) the device's. `where`: address, port, jump host."""
    address, port, jump = where
    details: dict[str, JsonValue] = {"address": address, "port": port}
    if jump:
        details["jump"] = jump
    why = "the first key seen, by the start's word" if job else "looked at without a login"
    return AuditEntry(at=at, what="key_accepted", job=job, device=device, by=by, result=key, why=why, details=details)


def _start(spec: JobSpec) -> dict[str, JsonValue]:
    commands = list(dict.fromkeys(command.command for some in spec.command_sets for command in some))
    found: dict[str, JsonValue] = {"name": spec.name, "devices": len(spec.targets), "read_only": spec.read_only}
    # Filled per device there may be one for each.
    found["commands"] = list(commands) if len(commands) <= _COMMANDS else len(commands)
    if spec.confirmed_devices is not None:
        found["typed"] = spec.confirmed_devices
    if spec.continues:
        found["continues"] = spec.continues
    return found


def _login(spec: JobSpec, event: ev.LoggedIn | ev.AttemptEnded, result: str, why: str) -> AuditEntry:
    target = spec.targets_by_name[event.device]
    credential = spec.credentials[target.credential]
    return AuditEntry(
        at=event.at,
        job=event.job,
        what="login",
        device=event.device,
        by=spec.created_by,
        result=result,
        why=why,
        details={
            "address": target.device.address,
            "port": target.device.port,
            "user": credential.username,
            "with": _proof(credential),
            "attempt": event.attempt,
        },
    )


def _login_at_jump(spec: JobSpec, event: ev.JumpOpened | ev.JumpHeld, result: str, why: str) -> AuditEntry:
    jump = spec.jumps[event.name]
    credential = spec.credentials[jump.credential]
    return AuditEntry(
        at=event.at,
        job=event.job,
        what="login",
        device=f"jump {event.name}",
        by=spec.created_by,
        result=result,
        why=why,
        details={
            "address": jump.host,
            "port": jump.port,
            "user": credential.username,
            "with": _proof(credential),
        },
    )


def _proof(credential: Credential) -> str:
    if credential.uses_password:
        return "key or password" if credential.key_file else "password"
    return "agent" if credential.password == "agent" else "key"
