"""`paceline jobs`: what ran, what each device said, and taking up what was interrupted."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from paceline.cli import steering
from paceline.cli.continuing import continue_job
from paceline.cli.engines import engine_for
from paceline.cli.finding import JobsError, complete_devices, complete_jobs, open_reader, standing_of, status_of
from paceline.cli.jobs_text import job_lines, list_lines, list_row
from paceline.cli.options import MOMENT, WHOLE
from paceline.cli.questions import gate_asker, login_asker, terminal_asker
from paceline.cli.retry import report, retry_job
from paceline.cli.run import ask_for, make_face
from paceline.cli.runner import Foreground
from paceline.cli.shown import note_secrets_shown, write_output, write_table
from paceline.cli.standing import jobs_as_they_stand
from paceline.config.paths import Paths, find_paths
from paceline.config.settings import load_settings
from paceline.engine.loop import run_gathering
from paceline.launch.confirm import left_to_run, many_devices, read_count
from paceline.launch.credentials import resolve_secrets
from paceline.launch.freeze import LaunchError
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.model.text import printable
from paceline.report.export import as_csv, as_json
from paceline.store.names import device_folder, output_file
from paceline.store.outputs import read_page

PAGE_BYTES = 1_000_000


SHOW_SECRETS = click.option(
    "--show-secrets", "shows_secrets", is_flag=True, help="Mask no secrets; the audit log notes it."
)


@click.group(
    epilog="""\b
Examples:
  paceline jobs list
  paceline jobs show last
  paceline jobs output last deu-r6 2
  paceline jobs export last --format csv > result.csv
"""
)
def jobs() -> None:
    """Past and running jobs: look at them, take up what was interrupted, control what runs in the service.

    JOB is an id, its unique beginning, or `last`.
    """


jobs.add_command(report)
jobs.add_command(retry_job)


@jobs.command("list", epilog="\b\nExample:\n  paceline jobs list --json\n")
@click.option("--json", "is_json", is_flag=True, help="One JSON document per line.")
def list_jobs(*, is_json: bool) -> None:
    """All jobs, the newest first."""
    paths = find_paths()
    with open_reader(paths) as reader:
        summaries = jobs_as_they_stand(reader, paths.state)
    if is_json:
        for job in summaries:
            click.echo(json.dumps(list_row(job)))
        return
    for line in list_lines(summaries):
        click.echo(printable(line))


@jobs.command(
    "show", epilog="\b\nExamples:\n  paceline jobs show last --devices open\n  paceline jobs show last --json\n"
)
@click.argument("job", default="last", shell_complete=complete_jobs)
@click.option("--json", "is_json", is_flag=True, help="The whole status as one JSON document.")
@click.option(
    "--devices",
    type=click.Choice(["none", "open", "all"]),
    default="all",
    show_default=True,
    help="Which devices are listed: none, those that did not succeed, or all.",
)
def show(job: str, devices: str, *, is_json: bool) -> None:
    """One job: state, countries, every device with its reason."""
    paths = find_paths()
    with open_reader(paths) as reader:
        status, _, interrupted = standing_of(reader, job, paths)
    if is_json:
        click.echo(json.dumps(to_json(status, devices, is_interrupted=interrupted), indent=1))  # type: ignore[arg-type]
        return
    for line in job_lines(status, devices, is_interrupted=interrupted):
        click.echo(printable(line))


@jobs.command(
    "output", epilog="\b\nExamples:\n  paceline jobs output last deu-r6\n  paceline jobs output last deu-r6 2\n"
)
@click.argument("job", shell_complete=complete_jobs)
@click.argument("device", shell_complete=complete_devices)
@click.argument("number", type=click.IntRange(1), required=False)
@click.option("--attempt", type=click.IntRange(1), help="Of an earlier attempt; the latest one otherwise.")
@SHOW_SECRETS
def output(job: str, device: str, number: int | None, attempt: int | None, *, shows_secrets: bool) -> None:
    """What DEVICE printed: of command NUMBER (from 1), or of all its commands.

    Secrets of its configuration are masked. All other bytes are as they came; a terminal gets none that steer it.
    """
    paths = find_paths()
    with open_reader(paths) as reader:
        status = status_of(reader, job)
    spec = status.spec
    if spec is None or device not in status.devices:
        raise JobsError(f"job {status.id} has no device {device!r}; `paceline jobs show {status.id}` lists them")
    commands = spec.commands_of(spec.targets_by_name[device])
    if number is not None and number > len(commands):
        raise JobsError(f"{device} has commands 1 to {len(commands)} in job {status.id}, not {number}")
    tried = attempt or status.devices[device].attempt
    folder = paths.state / "jobs" / status.id / device_folder(device)
    shown = 0
    if shows_secrets:
        note_secrets_shown(paths.state, status.id, device, f"output {number}" if number else "all outputs")
    for index in [number] if number else range(1, len(commands) + 1):
        name = output_file(index, commands[index - 1].command, tried)
        if not any((folder / candidate).exists() for candidate in (name, name + ".part")):
            continue
        shown += 1
        if number is None:
            click.echo(f"--- {index}  {commands[index - 1].command}")
        write_output(_pages(folder / name), shows_secrets=shows_secrets)
    if not shown:
        why = status.devices[device].message or status.devices[device].state.value
        raise JobsError(f"{device} gave no output for that in job {status.id}: {why}")


def _pages(path: Path) -> Iterator[bytes]:
    offset = 0
    while (page := read_page(path, offset, PAGE_BYTES)).data:
        yield page.data
        offset += len(page.data)


@jobs.command("export", epilog="\b\nExample:\n  paceline jobs export last --format json > result.json\n")
@click.argument("job", shell_complete=complete_jobs)
@click.option("--format", "kind", type=click.Choice(["json", "csv"]), required=True, help="One document, or a table.")
@SHOW_SECRETS
def export(job: str, kind: str, *, shows_secrets: bool) -> None:
    """Every command of every device with state, time and output: as JSON, or as CSV with one row per command.

    Secrets of configurations are masked; `bytes` are those of the output as it came.
    """
    paths = find_paths()
    with open_reader(paths) as reader:
        status, _, interrupted = standing_of(reader, job, paths)
    folder = paths.state / "jobs"
    if shows_secrets:
        note_secrets_shown(paths.state, status.id, "", f"export {kind}")
    if kind == "json":
        write_table(as_json(status, folder, is_interrupted=interrupted, shows_secrets=shows_secrets))
    else:
        write_table(as_csv(status, folder, shows_secrets=shows_secrets))


@jobs.command("resume", epilog="\b\nExample:\n  paceline jobs resume last\n")
@click.argument("job", shell_complete=complete_jobs)
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
@click.option(
    "--expect-devices",
    help="How many devices are left to run; asked for jobs that may change devices.",
    **WHOLE,
)
@click.option("--not-after", help="Of a continued job: start no device from this time on.", **MOMENT)
@click.option("--country", "countries", multiple=True, metavar="CODE", help="Only in this paused country; repeatable.")
def resume(job: str, face: str, expect_devices: int | None, not_after: str | None, countries: Sequence[str]) -> int:
    """Let a paused job or country go on, or take up one whose engine died, on the devices that are still open.

    One whose window closed, or that was stopped, is continued by a job of its own on what it left open.
    In a job that may change devices those that were logged in when it died are unknown, and are not run again.
    """
    paths = find_paths()
    with open_reader(paths) as reader:
        status, holder, interrupted = standing_of(reader, job, paths)
    if status.state.is_final:
        return continue_job(status, paths, face, expect_devices, not_after or "")
    if not_after is not None:
        raise JobsError(f"job {status.id} has not ended: --not-after is for one that is continued after its end")
    if holder is not None and not interrupted:
        if not holder.socket:
            raise JobsError(f"job {status.id} is {status.state.value} in {holder.name}: there is nothing to take up")
        steering.unpause(status.id, countries=countries)
        return 0
    if countries:
        raise JobsError(f"job {status.id} does not run: resume it without --country first")
    if not _may_resume(status, expect_devices):
        click.echo("paceline: not resumed", err=True)
        return 2
    return run_gathering(_resume(status, paths, face))


def _may_resume(status: JobStatus, expected: int | None) -> bool:
    """Whether the operator gave the number of devices that a job that may change them goes on with."""
    if status.spec is None or (status.spec.read_only and expected is None):
        return True
    left = left_to_run(status) if not status.spec.read_only else status.total - status.ended
    if expected is None:
        said = f"{many_devices(left)} of a job that may change them"
        if not sys.stdin.isatty():
            raise JobsError(f"{said} are left to run, and there is no terminal to ask on: add --expect-devices {left}")
        click.echo(f"Going on runs {said}; what was logged in when it died is unknown and stays so.", err=True)
        expected = read_count(ask_for("Type their number to go on, anything else not to"))
        if expected is None:
            return False
    if expected != left:
        raise JobsError(f"{many_devices(expected)} expected, and {left} are left to run: nothing was resumed")
    return True


async def _resume(status: JobStatus, paths: Paths, face: str) -> int:
    spec = status.spec
    if spec is None:
        raise LaunchError(f"the journal has no frozen job for {status.id}")
    settings = load_settings(paths)
    secrets = resolve_secrets(spec, {}, terminal_asker())
    async with engine_for(paths, settings) as engine:
        await engine.recover(spec.id, secrets)
        return await Foreground(engine, spec.id, make_face(face), gate_asker(), status, ask_login=login_asker()).run()


for _command in steering.COMMANDS:
    jobs.add_command(_command)
