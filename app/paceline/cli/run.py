"""`paceline run`: run a preset in the foreground, with lines or JSON instead of the screens."""

import asyncio
import gc
import sys
from dataclasses import dataclass, replace

import click

from paceline.cli.consent import keyless_devices, keyless_warning, with_consent
from paceline.cli.engines import engine_for
from paceline.cli.faces import Face, JsonFace, PlainFace, Printer, can_unicode
from paceline.cli.options import WHOLE, jump_option, launch_options, options_of
from paceline.cli.preview import about_logins, preview_lines
from paceline.cli.questions import gate_asker, interruptible, login_asker, terminal_asker
from paceline.cli.runner import Foreground
from paceline.config.paths import Paths, find_paths
from paceline.engine.loop import run_gathering
from paceline.launch.confirm import changing_sentences, confirm, many_devices, read_count
from paceline.launch.credentials import resolve_secrets
from paceline.launch.prepare import Launch, LaunchOptions, prepare
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.store.pruning import prune_jobs


@dataclass(frozen=True, slots=True)
class Consent:
    """What the operator said beforehand."""

    is_confirmed: bool = False
    """`--yes`: enough for a job that only reads."""
    devices: int | None = None
    """`--expect-devices`."""
    new_keys: int | None = None
    """`--accept-new-keys`."""

    @property
    def is_given(self) -> bool:
        """Whether nothing was asked."""
        return self.is_confirmed or self.devices is not None


@click.command(
    epilog="""\b
Examples:
  paceline run health-check -i fleet.csv --where 'country=DE,FR role=pe'
  paceline run ospf-collection -i fleet.csv --where '*' --devices-per-hour 60 --yes
  paceline run ./nightly.toml --json --yes > nightly.jsonl
  paceline run ./clear-counters.toml --where country=FR --expect-devices 4
"""
)
@launch_options
@jump_option
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
@click.option("--yes", is_flag=True, help="Start without asking; needed where there is no terminal to ask on.")
@click.option(
    "--expect-devices",
    help="The number of devices; a job that may change devices starts only with the exact one.",
    **WHOLE,
)
@click.option(
    "--in-process", is_flag=True, help="Run here, even where a service could: the job ends with this command."
)
@click.option("--accept-new-keys", help="Trust and record the first host key of N devices that have none.", **WHOLE)
def run(
    preset: str,
    face: str,
    accept_new_keys: int | None,
    expect_devices: int | None,
    *,
    yes: bool,
    in_process: bool,
    **values: object,
) -> int:
    """Run PRESET (a name, or a path to a TOML file) on the devices it selects.

    Where a service runs the job goes there. The first Ctrl+C or SIGTERM ends the job after the running devices, the
    second one cancels them. Exit codes: 0 all succeeded, 1 some did not, 2 usage or configuration, 3 a gate stopped it,
    4 some were unreachable, 130 interrupted.
    """
    paths = find_paths()
    options = options_of(preset, values)
    consent = Consent(is_confirmed=yes, devices=expect_devices, new_keys=accept_new_keys)
    return run_gathering(run_preset(options, paths, face=face, consent=consent, in_process=in_process))


async def run_preset(
    options: LaunchOptions, paths: Paths, *, face: str, consent: Consent, in_process: bool = False
) -> int:
    """Prepare, ask, run; returns the exit code. Raises PacelineError with sentences."""
    launch = prepare(options, paths)
    for warning in launch.warnings:
        click.echo(f"paceline: {warning}", err=True)
    # On a thread, because known_hosts files may be large and are looked through on a loop of its own.
    keyless = await asyncio.to_thread(keyless_devices, launch, paths)
    logins = await asyncio.to_thread(about_logins, launch, paths)
    if consent.is_given:
        for line in logins:
            click.echo(f"paceline: {line}", err=True)
    spec = _confirmed(launch, consent, keyless, logins, paths)
    if spec is None:
        click.echo("paceline: not started", err=True)
        return 2
    launch = replace(launch, spec=spec)
    launch = replace(launch, spec=with_consent(launch, keyless, consent.new_keys, _ask))
    if consent.is_given and (refused := [name for name in keyless if not _accepts(launch, name)]):
        click.echo(f"paceline: {keyless_warning(launch, refused)}", err=True)
    secrets = resolve_secrets(launch.spec, launch.inventory.passwords, terminal_asker())
    return await _run(launch, secrets, paths, face, in_process=in_process)


def _confirmed(launch: Launch, consent: Consent, keyless: list[str], logins: list[str], paths: Paths) -> JobSpec | None:
    """The job with the operator's word for it, None without: the launch dialog, on standard error so that standard
    output stays the job's. Raises UsageError, UnconfirmedError."""
    spec = launch.spec
    may_change = not spec.read_only
    if consent.devices is not None:
        spec = confirm(spec, consent.devices)
        if may_change:
            for sentence in changing_sentences(spec):
                click.echo(f"paceline: {sentence}", err=True)
            return spec
    count = len(spec.targets)
    if may_change and (consent.is_confirmed or not sys.stdin.isatty()):
        why = "--yes does not start it" if consent.is_confirmed else "there is no terminal to ask on"
        raise click.UsageError(
            f"this job may change {many_devices(count)}, and {why}: add --expect-devices with their exact number, "
            "once you have looked at them with `paceline plan`"
        )
    if consent.is_confirmed:
        return spec
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes to start without asking")
    for line in preview_lines(launch, paths, keyless, logins):
        click.echo(line, err=True)
    if may_change:
        typed = read_count(ask_for("Type the number of devices to start, anything else not to"))
        return None if typed is None else confirm(spec, typed)
    return spec if _ask("Start?") else None


def ask_for(question: str) -> str:
    """A line that is typed on the terminal."""
    with interruptible():
        return str(click.prompt(question, default="", show_default=False, err=True))


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
        code = await Foreground(engine, job, make_face(face), gate_asker(), ask_login=login_asker()).run()
        keep = launch.settings.keep
        await asyncio.to_thread(prune_jobs, paths.state, keep.jobs, keep.days, now())
    return code


def make_face(face: str) -> Face:
    """The face that the command line names."""
    printer = Printer()
    return JsonFace(printer) if face == "json" else PlainFace(printer, is_unicode=can_unicode(sys.stdout))
