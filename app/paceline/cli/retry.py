"""`paceline jobs retry` and `jobs report`: what a job left open once more, and the account of all that was tried."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click

from paceline.cli.engines import engine_for
from paceline.cli.finding import complete_jobs, open_reader, status_of
from paceline.cli.options import RATE, WHOLE, Word
from paceline.cli.questions import gate_asker, interruptible, login_asker, terminal_asker
from paceline.cli.run import ask_for, make_face
from paceline.cli.runner import Foreground
from paceline.config.paths import Paths, find_paths
from paceline.config.settings import load_settings
from paceline.engine.loop import run_gathering
from paceline.launch.again import preset_of
from paceline.launch.confirm import changing_sentences, confirm, many_devices, read_count
from paceline.launch.credentials import resolve_secrets
from paceline.launch.earlier import earlier, sent_lines
from paceline.launch.freeze import LaunchError, few
from paceline.launch.overlap import overlap_warnings
from paceline.launch.prepare import resolve_pace
from paceline.launch.retry import WHAT, retry, to_retry
from paceline.model.clock import moment_of
from paceline.model.job import JobSpec
from paceline.model.settings import Settings
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.time import as_duration, now
from paceline.plan.words import pace_words
from paceline.report.chain import Chain, as_csv, as_markdown, members

MOST_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Unreachable devices again and again."""

    until: datetime
    every_s: float


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return moment_of(value, now().astimezone())
    except ValueError as error:
        raise click.UsageError(f"{parameter.opts[-1]}: {error}", context) from None


@click.command(
    "retry",
    epilog="""\b
Examples:
  paceline jobs retry last --what failed
  paceline jobs retry last --until 05:00 --every 20 --yes
""",
)
@click.argument("job", shell_complete=complete_jobs)
@click.option("--what", type=Word(WHAT), default="open", show_default=True, help="Which devices: see below.")
@click.option("--whole", "is_whole", is_flag=True, help="All commands, not from the one on that did not succeed.")
@click.option("--batch-size", help="Devices of one batch, or at once in rolling mode; 0: all.", **WHOLE)
@click.option("--devices-per-hour", help="Devices started per hour at most; 0: no limit.", **RATE)
@click.option("--until", metavar="TIME", callback=_moment, help="Try what is unreachable again, until this time.")
@click.option("--every", default="15", show_default=True, help="Minutes between two such sweeps.", **RATE)
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
@click.option("--yes", is_flag=True, help="Start without asking; needed where there is no terminal to ask on.")
@click.option(
    "--expect-devices",
    help="The number of devices; a job that may change devices starts only with the exact one.",
    **WHOLE,
)
def retry_job(
    job: str,
    what: str,
    face: str,
    until: datetime | None,
    every: float,
    expect_devices: int | None,
    *,
    is_whole: bool,
    yes: bool,
    **pace: Any,
) -> int:
    """A job that continues JOB on what it left open.

    WHAT is `failed` (and partial), `unreachable`, `unknown`, or `open`: all that did not succeed. Each device goes on
    with the first command that did not succeed; in a job that may change devices it runs whole, once you have seen
    what it was sent. Where a service runs the job goes there. `paceline jobs report --chain` accounts for all of it.
    """
    if not 0 < every <= MOST_MINUTES:
        raise click.UsageError(f"--every: expected minutes, above 0 and up to {MOST_MINUTES}, got {every:g}")
    paths = find_paths()
    with open_reader(paths) as reader:
        status = status_of(reader, job)
    settings = load_settings(paths)
    names = to_retry(status, what)
    assert status.spec is not None
    values = resolve_pace(preset_of(status.spec), pace)
    spec = retry(status, names, settings, paths, pace=values, is_whole=is_whole)
    confirmed = _confirmed(spec, status, paths, is_confirmed=yes, expected=expect_devices)
    if confirmed is None:
        click.echo("paceline: not started", err=True)
        return 2
    sweeping = Sweeping(until, every * 60) if until else None
    return run_gathering(_run(confirmed, settings, paths, face, sweeping))


def _confirmed(
    spec: JobSpec, before: JobStatus, paths: Paths, *, is_confirmed: bool, expected: int | None
) -> JobSpec | None:
    """The job with the operator's word for it, None without. Raises UsageError, UnconfirmedError."""
    may_change, count = not spec.read_only, len(spec.targets)
    warnings = overlap_warnings(spec, paths.state)
    for line in [*_sent(spec, before), *warnings]:
        click.echo(f"paceline: {line}", err=True)
    if expected is not None:
        return confirm(spec, expected)
    if may_change and (is_confirmed or not sys.stdin.isatty()):
        why = "--yes does not start it" if is_confirmed else "there is no terminal to ask on"
        raise click.UsageError(
            f"this job may change {many_devices(count)}, and {why}: add --expect-devices with their exact number, "
            "once you have looked at what they were sent"
        )
    if is_confirmed:
        return spec
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes to start without asking")
    for line in _lines(spec, before):
        click.echo(line, err=True)
    if may_change:
        typed = read_count(ask_for("Type the number of devices to start, anything else not to"))
        return None if typed is None else confirm(spec, typed)
    with interruptible():
        return spec if click.confirm("Start?", default=False, err=True) else None


def _sent(spec: JobSpec, before: JobStatus) -> list[str]:
    """What a job that may change devices does to them, and what they were sent already."""
    if spec.read_only:
        return []
    lines = sent_lines(earlier(before), (target.device.name for target in spec.targets))
    return [*changing_sentences(spec), f"job {before.id} sent", *(f"  {line}" for line in lines)]


def _lines(spec: JobSpec, before: JobStatus) -> Iterator[str]:
    """What the retry will do, for the one who is asked."""
    names = [target.device.name for target in spec.targets]
    yield f"{spec.name}: {len(names)} of {before.total} devices of job {before.id} again ({few(names)})"
    for index, commands in enumerate(spec.command_sets):
        users = sum(target.commands == index for target in spec.targets)
        yield f"{users} with {', '.join(command.command for command in commands)}"
    yield f"pace  {pace_words(spec.pace)}"


async def _run(spec: JobSpec, settings: Settings, paths: Paths, face: str, sweeping: Sweeping | None) -> int:
    """Run it, and then what is unreachable once more, until the time is over or nothing is."""
    secrets = resolve_secrets(spec, {}, terminal_asker())
    while True:
        async with engine_for(paths, settings) as engine:
            await engine.start(spec, secrets)
            runner = Foreground(engine, spec.id, make_face(face), gate_asker(), ask_login=login_asker())
            code = await runner.run()
        status = runner.status
        again = [name for name, device in status.devices.items() if device.state is DeviceState.UNREACHABLE]
        if sweeping is None or not again or runner.was_stopped:
            return code
        due = now() + timedelta(seconds=sweeping.every_s)
        if due >= sweeping.until:
            end = f"{sweeping.until.astimezone():%Y-%m-%d %H:%M %Z}"
            click.echo(f"paceline: {len(again)} still unreachable; no time for another sweep before {end}", err=True)
            return code
        click.echo(
            f"paceline: {len(again)} unreachable ({few(again)}); next sweep in {as_duration(sweeping.every_s)}",
            err=True,
        )
        await asyncio.sleep(sweeping.every_s)
        spec = retry(status, again, settings, paths, pace=spec.pace, is_whole=True)
        if not spec.read_only:
            # Some of those that were counted before, and nothing was sent to them.
            spec = confirm(spec, len(again))


@click.command(
    "report",
    epilog="""\b
Examples:
  paceline jobs report last --chain --format md
  paceline jobs report last --chain --format csv > account.csv
""",
)
@click.argument("job", shell_complete=complete_jobs)
@click.option("--chain", "is_chain", is_flag=True, help="With the jobs that continue it, or that it continues.")
@click.option("--format", "kind", type=Word(["csv", "md"]), required=True, help="A table for programs, or Markdown.")
def report(job: str, kind: str, *, is_chain: bool) -> None:
    """One row per device: what became of it, in which job, with the SHA-256 of its outputs.

    With `--chain` the rows are those of the first job's frozen list, as the jobs that continued it left them. What was
    left out before has rows too. The last line adds up.
    """
    with open_reader(find_paths()) as reader:
        status = status_of(reader, job)
        ids = members(status.id, reader.jobs()) if is_chain else [status.id]
        first, *later = ids
        if first != status.id:
            status = reader.status(first)
        if status.spec is None:
            raise LaunchError(f"the journal has no frozen job for {first}")
        chain = Chain(status, reader.hashes(first))
        for id_ in later:
            chain.add(reader.status(id_), reader.hashes(id_))
    for line in as_csv(chain) if kind == "csv" else as_markdown(chain):
        click.echo(line, nl=False)
