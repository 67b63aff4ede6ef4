"""`paceline jobs pause`, `stop` and the like: what an operator tells a job that runs in the service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from paceline.cli.engines import operator_name
from paceline.cli.faces import Face
from paceline.cli.finding import JobsError, complete_devices, complete_jobs, open_reader, standing_of
from paceline.cli.options import RATE, WHOLE
from paceline.cli.questions import terminal_asker
from paceline.cli.run import make_face
from paceline.cli.runner import exit_code
from paceline.config.paths import find_paths
from paceline.engine.ports import StoreError
from paceline.launch.credentials import resolve_secrets
from paceline.model.control import Answer, Control, Pause, Resume, Retune, Skip, Stop
from paceline.model.status import JobStatus
from paceline.model.tally import Question

GONE = "credential_gone"


@dataclass(frozen=True, slots=True)
class Remote:
    """A job that runs in the service."""

    status: JobStatus
    socket: str


def find_remote(job: str) -> Remote:
    """The job, as long as the service runs it. Raises JobsError with what can be done instead."""
    paths = find_paths()
    with open_reader(paths) as reader:
        status, holder, interrupted = standing_of(reader, job, paths)
    if status.state.is_final:
        raise JobsError(f"job {status.id} has ended ({status.state.value}): there is nothing left to control")
    if interrupted or holder is None:
        raise JobsError(f"job {status.id} is interrupted: go on with `paceline jobs resume {status.id}`")
    if not holder.socket or not holder.is_here:
        raise JobsError(
            f"job {status.id} belongs to {holder.name}: it is controlled there"
            + ("" if holder.socket else ", because only a service takes commands from elsewhere")
        )
    return Remote(status, holder.socket)


def tell(remote: Remote, controls: Sequence[Control]) -> None:
    """Have the service obey. Raises ControlError, StoreError."""
    asyncio.run(_tell(remote, controls))


async def _tell(remote: Remote, controls: Sequence[Control]) -> None:
    from paceline.service.client import ServiceClient

    async with ServiceClient(remote.socket) as client:
        for control in controls:
            await client.control(remote.status.id, control)


_JOB = click.argument("job", shell_complete=complete_jobs)
_WHY = click.option("--why", default="", metavar="TEXT", help="Why; it stands in the job's events.")


@click.command("pause", epilog="\b\nExample:\n  paceline jobs pause last --why 'maintenance in DE'\n")
@_JOB
@_WHY
def pause(job: str, why: str) -> None:
    """Start no new devices of a running job; those that run go on."""
    remote = find_remote(job)
    tell(remote, [Pause(by=operator_name(), why=why)])
    click.echo(f"job {remote.status.id} is paused; `paceline jobs resume {remote.status.id}` goes on")


def unpause(job: str, why: str = "") -> None:
    """Let a paused job go on. Raises ControlError when it is not paused."""
    remote = find_remote(job)
    tell(remote, [Resume(by=operator_name(), why=why)])
    click.echo(f"job {remote.status.id} goes on")


@click.command("stop", epilog="\b\nExample:\n  paceline jobs stop last --after batch\n")
@_JOB
@click.option(
    "--after", type=click.Choice(["batch", "running", "now"]), default="running", show_default=True,
    help="After this batch, after the running devices, or now, which cancels them.",
)  # fmt: skip
@_WHY
def stop(job: str, after: str, why: str) -> None:
    """End a running job; what is open can be run again."""
    remote = find_remote(job)
    tell(remote, [Stop(stop=after, by=operator_name(), why=why)])  # type: ignore[arg-type]
    click.echo(f"job {remote.status.id} is stopping")


@click.command("retune", epilog="\b\nExample:\n  paceline jobs retune last --devices-per-hour 30\n")
@_JOB
@click.option("--batch-size", help="Devices of one batch, or at once in rolling mode; 0: all.", **WHOLE)
@click.option("--devices-per-hour", help="Devices started per hour at most; 0: no limit.", **RATE)
@_WHY
def retune(job: str, batch_size: int | None, devices_per_hour: float | None, why: str) -> None:
    """Another batch size or rate for what a running job starts from now on."""
    if batch_size is None and devices_per_hour is None:
        raise click.UsageError("name --batch-size, --devices-per-hour, or both")
    remote = find_remote(job)
    change = Retune(batch_size=batch_size, devices_per_hour=devices_per_hour, by=operator_name(), why=why)
    tell(remote, [change])
    click.echo(f"job {remote.status.id} has its new pace")


@click.command("skip", epilog="\b\nExample:\n  paceline jobs skip last deu-r6\n")
@_JOB
@click.argument("devices", nargs=-1, required=True, shell_complete=complete_devices)
@_WHY
def skip(job: str, devices: Sequence[str], why: str) -> None:
    """Leave DEVICES out of a running job; one that runs is cancelled."""
    remote = find_remote(job)
    if unknown := [name for name in devices if name not in remote.status.devices]:
        raise JobsError(f"job {remote.status.id} has no device {unknown[0]!r}")
    tell(remote, [Skip(device=name, by=operator_name(), why=why) for name in devices])
    click.echo(f"job {remote.status.id} leaves out {', '.join(devices)}")


@click.command("answer", epilog="\b\nExample:\n  paceline jobs answer last --go-on\n")
@_JOB
@click.option("--go-on", "answer", flag_value="go_on", help="Let it go on; asks for a login that is gone.")
@click.option("--stop", "answer", flag_value="stop", help="Stop the job, or leave out the devices that are held.")
@click.option("--question", default="", metavar="ID", help="Which one, where several stand; the first otherwise.")
@_WHY
def answer(job: str, answer: str | None, question: str, why: str) -> None:
    """Answer what holds a running job; without an answer, show what it asks."""
    remote = find_remote(job)
    asked = _question(remote.status, question)
    if answer is None:
        for one in remote.status.questions.values():
            click.echo(f"{one.id}: {one.message}")
        click.echo("answer with --go-on or --stop")
        return
    reply = Answer(question=asked.id, answer=answer, by=operator_name(), why=why)  # type: ignore[arg-type]
    asyncio.run(_answer(remote, asked, reply))
    click.echo(f"job {remote.status.id}: {asked.id} is answered")


def _question(status: JobStatus, name: str) -> Question:
    asked = status.questions.get(name) if name else status.question
    if asked is None:
        asks = f"it asks {', '.join(status.questions)}" if status.questions else "it asks nothing"
        raise JobsError(f"job {status.id} does not ask {name or 'anything'}: {asks}")
    return asked


async def _answer(remote: Remote, asked: Question, reply: Answer) -> None:
    from paceline.service.client import ServiceClient

    spec = remote.status.spec
    assert spec is not None
    async with ServiceClient(remote.socket) as client:
        if asked.gate == GONE and reply.answer == "go_on":
            # What it lost it gets from here: this terminal's agent, environment, keyring, or an answer.
            needed = {name: spec.credentials[name] for name in asked.credentials}
            secrets = resolve_secrets(spec.model_copy(update={"credentials": needed}), {}, terminal_asker())
            await client.supply(spec.id, asked.id, secrets)
        await client.control(spec.id, reply)


@click.command("follow", epilog="\b\nExample:\n  paceline jobs follow last --json\n")
@_JOB
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
def follow(job: str, face: str) -> int:
    """Show a job from its beginning and as it goes; Ctrl+C only ends the showing. Exit codes are the job's."""
    paths = find_paths()
    with open_reader(paths) as reader:
        status, holder, interrupted = standing_of(reader, job, paths)
        shown = make_face(face)
        if status.state.is_final or interrupted or holder is None or not holder.socket:
            told = JobStatus()
            while events := reader.events(status.id, told.seq):
                for event in events:
                    told.apply(event)
                    shown.show(event, told)
            if not told.state.is_final:
                raise JobsError(f"that is all that is kept of job {told.id}: it does not run in the service")
            return exit_code(told)
    return asyncio.run(_follow(Remote(status, holder.socket), shown))


async def _follow(remote: Remote, face: Face) -> int:
    from paceline.service.client import ServiceClient

    status = JobStatus()
    async with ServiceClient(remote.socket) as client:
        try:
            async for event in client.follow(remote.status.id):
                status.apply(event)
                face.show(event, status)
        except StoreError as error:
            # Ours to add to: it may go on by itself as soon as there is a service, or wait to be taken up.
            raise JobsError(
                f"{error}; {status.ended} of {status.total} devices had ended and are kept. "
                f"`paceline jobs show {remote.status.id}` says where the job stands; where it is interrupted, "
                f"`paceline jobs resume {remote.status.id}` goes on"
            ) from error
    return exit_code(status)


COMMANDS = (pause, stop, retune, skip, answer, follow)
