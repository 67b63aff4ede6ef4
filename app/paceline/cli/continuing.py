"""`paceline jobs resume` on a job whose window closed, or that was stopped: another job goes on where it ended."""

import sys

import click

from paceline.cli.engines import engine_for
from paceline.cli.finding import JobsError
from paceline.cli.questions import gate_asker, login_asker, terminal_asker
from paceline.cli.run import ask_for, make_face
from paceline.cli.runner import Foreground
from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.engine.loop import run_gathering
from paceline.launch.confirm import changing_sentences, confirm, many_devices, read_count
from paceline.launch.credentials import resolve_secrets
from paceline.launch.retry import retry, to_continue
from paceline.model.job import JobSpec
from paceline.model.settings import Settings
from paceline.model.states import JobState
from paceline.model.status import JobStatus


def continue_job(status: JobStatus, paths: Paths, face: str, expected: int | None, not_after: str) -> int:
    """Start it in the foreground; returns its exit code. Raises JobsError, LaunchError, UnconfirmedError."""
    if status.state is JobState.FINISHED:
        raise JobsError(
            f"job {status.id} has ended (finished): there is nothing to resume; `jobs retry` tries again what failed"
        )
    settings = load_settings(paths)
    spec = retry(status, to_continue(status), settings, paths, pace=None, is_whole=False, not_after=not_after)
    confirmed = _confirmed(spec, expected)
    if confirmed is None:
        click.echo("paceline: not resumed", err=True)
        return 2
    return run_gathering(_run(confirmed, settings, paths, face))


def _confirmed(spec: JobSpec, expected: int | None) -> JobSpec | None:
    """With the operator's word for it, where one is needed. Raises JobsError, UnconfirmedError."""
    if spec.read_only or expected is not None:
        return confirm(spec, expected)
    said = f"{many_devices(len(spec.targets))} of a job that may change them"
    if not sys.stdin.isatty():
        raise JobsError(
            f"{said} are left to run, and there is no terminal to ask on: add --expect-devices {len(spec.targets)}"
        )
    for sentence in changing_sentences(spec):
        click.echo(sentence, err=True)
    typed = read_count(ask_for("Type their number to go on, anything else not to"))
    return None if typed is None else confirm(spec, typed)


async def _run(spec: JobSpec, settings: Settings, paths: Paths, face: str) -> int:
    secrets = resolve_secrets(spec, {}, terminal_asker())
    async with engine_for(paths, settings) as engine:
        await engine.start(spec, secrets)
        return await Foreground(engine, spec.id, make_face(face), gate_asker(), ask_login=login_asker()).run()
