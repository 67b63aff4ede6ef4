"""`paceline audit`: who started and stopped what, which logins were accepted and rejected, what was overridden."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

import click

from paceline.cli.finding import complete_devices, complete_jobs
from paceline.config.paths import find_paths
from paceline.model.audit import What
from paceline.model.errors import PacelineError
from paceline.model.text import escaped, printable
from paceline.store.audit import NAME, read_audit

Entry = dict[str, Any]


class AuditError(PacelineError):
    """A job that the audit log does not know; a sentence."""


@click.command(
    epilog="""\b
Examples:
  paceline audit
  paceline audit last --what login
  paceline audit --device deu-r6 --json
"""
)
@click.argument("job", required=False, default="", shell_complete=complete_jobs)
@click.option("--device", help="Only what is about this device.", shell_complete=complete_devices)
@click.option("--what", type=click.Choice(get_args(What)), help="Only entries of this kind.")
@click.option("--json", "is_json", is_flag=True, help="The lines as they are kept.")
def audit(job: str, device: str | None, what: str | None, is_json: bool) -> None:
    """What was done from here: starts, stops, logins, accepted keys, overrides.

    JOB is an id, its unique beginning, or `last`; without one, everything. Nothing is ever taken out of this log.
    """
    path = find_paths().state / NAME
    if not path.exists():
        click.echo("nothing is in the audit log yet", err=True)
        return
    wanted = _job(job, [entry for _, entry in read_audit(path) if entry]) if job else ""
    torn = 0
    for text, entry in read_audit(path):
        if entry is None:
            torn += 1
        elif (not wanted or entry.get("job") == wanted) and _fits(entry, device=device, what=what):
            click.echo(escaped(text) if is_json else _line(entry))
    if torn:
        lines = "line was" if torn == 1 else "lines were"
        click.echo(f"{torn} {lines} cut off while being written and cannot be read: {path}", err=True)


def _job(name: str, entries: list[Entry]) -> str:
    """The one job that `name` means. Raises AuditError."""
    known = list(dict.fromkeys(str(entry["job"]) for entry in entries if entry.get("job")))
    if name == "last" and known:
        return known[-1]
    found = [job for job in known if job == name] or [job for job in known if job.startswith(name)]
    if not found:
        raise AuditError(
            f"the audit log has no job {name!r}; `paceline audit --what start` shows all that were started"
        )
    if len(found) > 1:
        raise AuditError(f"{name!r} is the beginning of {len(found)} jobs: {', '.join(found[:4])}; write more of it")
    return found[0]


def _fits(entry: Entry, **wanted: str | None) -> bool:
    return all(value is None or entry.get(key) == value for key, value in wanted.items())


def _line(entry: Entry) -> str:
    """One entry for people."""
    parts = [
        _moment(entry.get("at")),
        f"{entry['what']:<12}",
        *(str(entry[key]) for key in ("job", "device", "result") if entry.get(key)),
        *_details(entry.get("details")),
    ]
    if entry.get("by"):
        parts.append(f"by {entry['by']}")
    why = f": {entry['why']}" if entry.get("why") else ""
    return printable("  ".join(parts) + why)


def _moment(text: object) -> str:
    try:
        local = datetime.fromisoformat(str(text)).astimezone()
    except ValueError:
        return str(text)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}"


def _details(details: object) -> Iterator[str]:
    if isinstance(details, dict):
        for key, value in details.items():
            yield f"{key} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
