"""`paceline jobs pause`, `stop` and the like: what an operator tells a job that runs in the service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from paceline.cli.engines import operator_name
from paceline.cli.faces import Face
from paceline.cli.finding import JobsError, complete_devices, complete_jobs, open_reader, standing_of
from paceline.cli.options import RATE, WHOLE
from paceline.cli.questions import login_asker, terminal_asker
from paceline.cli.run import make_face
from paceline.cli.runner import exit_code
from paceline.config.paths import find_paths
from paceline.engine.ports import StoreError
from paceline.launch.credentials import resolve_secrets
from paceline.model.asked import answers_to
from paceline.model.control import Answer, Control, Pause, PauseCountry, Resume, ResumeCountry, Retune, Skip, Stop
from paceline.model.event import LoginAsked
from paceline.model.status import JobStatus
from paceline.model.tally import Question
from paceline.model.text import printable

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


@click.command("pause", epilog="\b\nExamples:\n  paceline jobs pause last --why 'maintenance in DE'\n"
               "  paceline jobs pause last --country DE\n")  # fmt: skip
@_JOB
@click.option(
    "--country", "countries", multiple=True, metavar="CODE", help="Only in this one; may be given repeatedly."
)
@_WHY
def pause(job: str, countries: Sequence[str], why: str) -> None:
    """Start no new devices of a running job, or of one country; those that run go on."""
    remote, by = find_remote(job), operator_name()
    codes = [code.upper() for code in countries]
    if not codes:
        tell(remote, [Pause(by=by, why=why)])
        click.echo(f"job {remote.status.id} is paused; `paceline jobs resume {remote.status.id}` goes on")
        return
    tell(remote, [PauseCountry(country=code, by=by, why=why) for code in codes])
    back = " ".join(f"--country {code}" for code in codes)
    click.echo(f"{', '.join(codes)} paused; `paceline jobs resume {remote.status.id} {back}` goes on")


def unpause(job: str, why: str = "", countries: Sequence[str] = ()) -> None:
    """Let a paused job, or these countries, go on. Raises ControlError when it is not paused."""
    remote, by = find_remote(job), operator_name()
    codes = [code.upper() for code in countries]
    resumed: list[Control] = [ResumeCountry(country=code, by=by, why=why) for code in codes]
    tell(remote, resumed or [Resume(by=by, why=why)])
    click.echo(f"job {remote.status.id} goes on" + (f" in {', '.join(codes)}" if codes else ""))


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
@click.option("--per-country", help="Running devices of one country at most; 0: no cap.", **WHOLE)
@click.option("--per-site", help="Running devices of one site at most; 0: no cap.", **WHOLE)
@_WHY
def retune(
    job: str, batch_size: int | None, devices_per_hour: float | None, per_country: int | None, per_site: int | None,
    why: str,
) -> None:  # fmt: skip
    """Another batch size, rate or cap for what a running job starts from now on."""
    wanted = {"batch_size": batch_size, "per_country": per_country, "per_site": per_site}
    if devices_per_hour is None and all(value is None for value in wanted.values()):
        raise click.UsageError("name --batch-size, --devices-per-hour, --per-country or --per-site")
    remote = find_remote(job)
    tell(remote, [Retune(**wanted, devices_per_hour=devices_per_hour, by=operator_name(), why=why)])
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
@click.option("--go-on", "answer", flag_value="go_on", help="Let it go on; asks for a login or a code that it needs.")
@click.option("--stop", "answer", flag_value="stop", help="Stop the job, or leave out the devices that are held.")
@click.option("--question", default="", metavar="ID", help="Which one, where several stand; the first otherwise.")
@_WHY
def answer(job: str, answer: str | None, question: str, why: str) -> None:
    """Answer what holds a running job, or what a login asks; without an answer, show what it asks.

    One-time codes are asked for on the terminal, without echo; `--stop` lets that login fail.
    """
    remote = find_remote(job)
    asked = question_of(remote.status, question)
    if answer is None:
        for login in remote.status.asked.values():
            prompts = printable(" ".join(prompt.text for prompt in login.prompts))
            click.echo(f"{login.question}: {login.device} asks {login.user}: {prompts}")
        for one in remote.status.questions.values():
            click.echo(f"{one.id}: {one.message}")
        click.echo("answer with --go-on or --stop")
        return
    by = operator_name()
    if isinstance(asked, LoginAsked):
        reply = Answer(question=asked.question, answer=answer, by=by, why=why)  # type: ignore[arg-type]
        asyncio.run(answer_login(remote, asked, reply))
    else:
        reply = Answer(question=asked.id, answer=answer, by=by, why=why)  # type: ignore[arg-type]
        asyncio.run(_answer(remote, asked, reply))
    click.echo(f"job {remote.status.id}: {reply.question} is answered")


def question_of(status: JobStatus, name: str) -> Question | LoginAsked:
    """The one that is meant; logins come first, because they wait for a moment only."""
    asked: tuple[Question | LoginAsked, ...] = (*status.asked.values(), *status.questions.values())
    known = {_id(one): one for one in asked}
    if not known or (name and name not in known):
        asks = f"it asks {', '.join(known)}" if known else "it asks nothing"
        raise JobsError(f"job {status.id} does not ask {name or 'anything'}: {asks}")
    return known[name] if name else next(iter(known.values()))


def _id(question: Question | LoginAsked) -> str:
    return question.question if isinstance(question, LoginAsked) else question.id


async def answer_login(remote: Remote, asked: LoginAsked, reply: Answer) -> None:
    """Hand over what the operator types, or let the login fail. Raises ControlError: it waits no more."""
    from paceline.service.client import ServiceClient

    async with ServiceClient(remote.socket) as client:
        if reply.answer == "stop":
            await client.control(remote.status.id, reply)
            return
        ask = login_asker()
        if ask is None:
            raise JobsError("a code is typed on a terminal, and there is none; --stop lets this login fail")
        typed = await ask(asked)
        if typed is None:
            raise JobsError(f"nothing was typed: {asked.question} still waits")
        await client.supply(remote.status.id, asked.question, answers_to(asked.question, typed))


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
