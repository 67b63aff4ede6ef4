"""`paceline service`: the background process that owns running jobs when the terminal goes away."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from paceline.cli.engine_room import engine_room, journal_path, unfinished_jobs
from paceline.config.paths import Paths, expand, find_paths
from paceline.config.settings import load_settings
from paceline.engine.loop import run_gathering
from paceline.model.errors import PacelineError
from paceline.model.time import now
from paceline.service.place import living_service, socket_path
from paceline.service.start import READY, detach, ensure_service, log_path, tell
from paceline.service.survival import threats
from paceline.service.wire import ServiceStatus
from paceline.store.pruning import prune_jobs
from paceline.store.state_lock import Holder, living_engine

STOP_S = 15.0
_LOOK_S = 0.02


@click.group(
    epilog="""\b
Examples:
  paceline service start
  paceline service status
  paceline service stop
"""
)
def service() -> None:
    """The background process that owns running jobs: run, start, stop, status, socket.

    The screens start it with the first job; it ends when it has been idle for a while. `run` is for systemd.
    """


@service.command("run")
@click.option("--detached", is_flag=True, help="Go into the background, and say on standard output when it is ready.")
def run(*, detached: bool) -> int:
    """Serve in the foreground until SIGTERM, Ctrl+C, or until idle for `service.idle_s`."""
    paths = find_paths()
    if not detached:
        return run_gathering(_serve(paths, lambda: click.echo(f"serving at {socket_path(paths.state)}")))
    # Before there are threads.
    detach()
    log = log_path(paths.state)
    try:
        return run_gathering(_serve(paths, lambda: tell(READY, log)))
    except PacelineError as error:
        tell(str(error), log)
        raise


async def _serve(paths: Paths, on_ready: Callable[[], None]) -> int:
    os.umask(0o077)
    place = socket_path(paths.state)
    settings = load_settings(paths)
    known_hosts = [expand(path, paths.config) for path in settings.host_keys.known_hosts]
    async with engine_room(paths.state, known_hosts, str(place)) as engine:
        # What it takes to serve is loaded once the lock says that nobody else does.
        from paceline.launch.order import take_order
        from paceline.service.daemon import Daemon, Place

        keep, left = settings.keep, unfinished_jobs(paths.state)
        made = Place(
            journal=journal_path(paths.state),
            socket=place,
            take_order=lambda order: take_order(order, paths),
            left=left,
            idle_s=settings.service.idle_s,
            prune=lambda: prune_jobs(paths.state, keep.jobs, keep.days, now()),
        )
        await Daemon(engine, made).serve(on_ready)
    return 0


@service.command("start")
def start() -> None:
    """Start it, unless one runs already."""
    paths = find_paths()
    holder = ensure_service(paths.state)
    click.echo(f"the service is {holder.name}, at {holder.socket}")


@service.command("socket")
def socket() -> None:
    """The path of its socket, for `curl --unix-socket`; it may not run."""
    click.echo(socket_path(find_paths().state))


@service.command("stop")
@click.option("--interrupt", is_flag=True, help="Even while jobs run: they can be resumed later.")
def stop(*, interrupt: bool) -> None:
    """End it. While jobs run it stays, unless they are to be interrupted."""
    paths = find_paths()
    holder = living_service(paths.state)
    if holder is None:
        click.echo("no service runs")
        return
    asyncio.run(_stop(holder, interrupt=interrupt))
    deadline = time.monotonic() + STOP_S
    while (still := living_engine(paths.state)) is not None and still.pid == holder.pid:
        if time.monotonic() > deadline:
            raise PacelineError(f"the service, {holder.name}, still closes its sessions; look again in a while")
        time.sleep(_LOOK_S)
    click.echo(f"the service has ended ({holder.name})")


async def _stop(holder: Holder, *, interrupt: bool) -> None:
    from paceline.service.client import ServiceClient

    async with ServiceClient(holder.socket) as client:
        await client.stop(interrupt=interrupt)


@service.command("status")
@click.option("--json", "is_json", is_flag=True, help="As one JSON document.")
def status(*, is_json: bool) -> None:
    """What runs, where, since when, how much memory and how many sessions it takes."""
    paths = find_paths()
    holder = living_service(paths.state)
    found = asyncio.run(_describe(holder)) if holder is not None else None
    if is_json:
        click.echo(json.dumps({"is_running": found is not None} | (found.model_dump() if found else {})))
        return
    for line in _lines(found, paths.state):
        click.echo(line)
    for threat in threats(paths.state):
        click.echo(f"! {threat}")


async def _describe(holder: Holder) -> ServiceStatus:
    from paceline.service.client import ServiceClient

    async with ServiceClient(holder.socket) as client:
        return await client.describe()


def _lines(found: ServiceStatus | None, state: Path) -> list[str]:
    if found is None:
        engine = living_engine(state)
        return [f"no service runs; {engine.name} runs a job of its own" if engine else "no service runs"]
    since = datetime.fromisoformat(found.started_at).astimezone()
    return [
        f"process {found.pid} on {found.host} since {since:%Y-%m-%d %H:%M:%S %Z}, Paceline {found.version}",
        f"at {found.socket}",
        f"{found.memory_bytes / 1e6:.0f} MB of memory, {found.open_sessions} sessions open, {found.viewers} viewers",
        *(f"runs {job}" for job in found.running),
    ]
