"""`paceline run`: run a preset in the foreground, with lines or JSON instead of the screens."""

import asyncio
import gc
import sys
from dataclasses import replace

import click

from paceline.cli.consent import keyless_devices, keyless_warning, with_consent
from paceline.cli.engines import engine_for
from paceline.cli.faces import Face, JsonFace, PlainFace, Printer, can_unicode
from paceline.cli.options import WHOLE, launch_options, options_of
from paceline.cli.preview import preview_lines
from paceline.cli.questions import gate_asker, interruptible, terminal_asker
from paceline.cli.runner import Foreground
from paceline.config.paths import Paths, find_paths
from paceline.engine.loop import run_gathering
from paceline.launch.credentials import resolve_secrets
from paceline.launch.prepare import Launch, LaunchOptions, prepare
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.store.pruning import prune_jobs


@click.command(
    epilog="""\b
Examples:
  paceline run health-check -i fleet.csv --where 'country=DE,FR role=pe'
  paceline run ospf-collection -i fleet.csv --where '*' --devices-per-hour 60 --yes
  paceline run ./nightly.toml --json --yes > nightly.jsonl
"""
)
@launch_options
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
@click.option("--yes", is_flag=True, help="Start without asking; needed where there is no terminal to ask on.")
@click.option(
    "--in-process", is_flag=True, help="Run here, even where a service could: the job ends with this command."
)
@click.option("--accept-new-keys", help="Trust and record the first host key of N devices that have none.", **WHOLE)
def run(preset: str, face: str, accept_new_keys: int | None, *, yes: bool, in_process: bool, **values: object) -> int:
    """Run PRESET (a name, or a path to a TOML file) on the devices it selects.

    Where a service runs the job goes there. The first Ctrl+C or SIGTERM ends the job after the running devices, the
    second one cancels them. Exit codes: 0 all succeeded, 1 some did not, 2 usage or configuration, 3 a gate stopped it,
    4 some were unreachable, 130 interrupted.
    """
    paths = find_paths()
    options = options_of(preset, values)
    return run_gathering(
        run_preset(options, paths, face=face, is_confirmed=yes, accept_new_keys=accept_new_keys, in_process=in_process)
    )


async def run_preset(
    options: LaunchOptions,
    paths: Paths,
    *,
    face: str,
    is_confirmed: bool,
    accept_new_keys: int | None = None,
    in_process: bool = False,
) -> int:
    """Prepare, ask, run; returns the exit code. Raises PacelineError with sentences."""
    launch = prepare(options, paths)
    for warning in launch.warnings:
        click.echo(f"paceline: {warning}", err=True)
    # On a thread, because known_hosts files may be large and are looked through on a loop of its own.
    keyless = await asyncio.to_thread(keyless_devices, launch, paths)
    if not is_confirmed and not _confirmed(launch, keyless, paths):
        click.echo("paceline: not started", err=True)
        return 2
    launch = replace(launch, spec=with_consent(launch, keyless, accept_new_keys, _ask))
    if is_confirmed and (refused := [name for name in keyless if not _accepts(launch, name)]):
        click.echo(f"paceline: {keyless_warning(launch, refused)}", err=True)
    secrets = resolve_secrets(launch.spec, launch.inventory.passwords, terminal_asker())
    return await _run(launch, secrets, paths, face, in_process=in_process)


def _confirmed(launch: Launch, keyless: list[str], paths: Paths) -> bool:
    """The launch dialog, on standard error so that standard output stays the job's."""
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes to start without asking")
    for line in preview_lines(launch, paths, keyless):
        click.echo(line, err=True)
    return _ask("Start?")


def _ask(question: str) -> bool:
    with interruptible():
        return click.confirm(question, default=False, err=True)


def _accepts(launch: Launch, name: str) -> bool:
    return launch.spec.targets_by_name[name].device.accept_new_key


async def _run(launch: Launch, secrets: Secrets, paths: Paths, face: str, *, in_process: bool) -> int:
    async with engine_for(paths, launch.settings, in_process=in_process) as engine:
        # What is loaded by now stays: the collector need not look at it again.
        gc.freeze()
        job = await engine.start(launch.spec, secrets)
        code = await Foreground(engine, job, make_face(face), gate_asker()).run()
        keep = launch.settings.keep
        await asyncio.to_thread(prune_jobs, paths.state, keep.jobs, keep.days, now())
    return code


def make_face(face: str) -> Face:
    """The face that the command line names."""
    printer = Printer()
    return JsonFace(printer) if face == "json" else PlainFace(printer, is_unicode=can_unicode(sys.stdout))
