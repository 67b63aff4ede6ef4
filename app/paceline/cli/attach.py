"""`paceline attach`: the screens on a job that runs."""

import asyncio

import click

from paceline.cli.finding import complete_jobs, open_reader, status_of
from paceline.config.paths import Paths, find_paths
from paceline.service.place import living_service


@click.command(epilog="\b\nExamples:\n  paceline attach\n  paceline attach last\n")
@click.argument("job", required=False, shell_complete=complete_jobs)
def attach(job: str | None) -> int:
    """Show JOB in Monitor, live while it runs in the service: the one that runs there, or the last one.

    Any number of terminals may show a job; each of them can control it.
    """
    from paceline.cli.screens import open_screens, require_terminal
    from paceline.ui.ports import Opening

    require_terminal(instead="`paceline jobs follow JOB`")
    paths = find_paths()
    return open_screens(paths, Opening(job=_find(job, paths)))


def _find(job: str | None, paths: Paths) -> str:
    """The job that is meant. Raises JobsError."""
    with open_reader(paths) as reader:
        if job is None:
            holder = living_service(paths.state)
            running = asyncio.run(_running(holder.socket)) if holder is not None else []
            job = max(running, default="last")
        found = reader.find(job)
        return found[0] if len(found) == 1 else status_of(reader, job).id


async def _running(socket: str) -> list[str]:
    from paceline.service.client import ServiceClient

    async with ServiceClient(socket) as client:
        return (await client.describe()).running
