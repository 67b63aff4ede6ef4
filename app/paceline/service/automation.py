"""The API for scripts: jobs ordered, listed, shown, followed, controlled."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from paceline.engine.contract import Engine
from paceline.launch.order import JobOrder
from paceline.model import event as ev
from paceline.model.status_json import Detail, to_json
from paceline.service import wire
from paceline.service.host import Host
from paceline.service.stream import LineStream
from paceline.service.wire import ControlBody, Problem
from paceline.store.kinds import JobSummary

_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No such job."}}
_UNFIT: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "It does not fit the job as it is."}}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {wire.LINES: {"schema": {"type": "string"}}}, "description": "One JSON event a line."}
}


class Started(BaseModel):
    """A job that has begun."""

    id: str
    devices: int
    warnings: list[str]


class Listed(BaseModel):
    """One line of the list of jobs."""

    id: str
    name: str
    state: str
    created_at: str
    finished_at: str | None
    counts: dict[str, int]
    continues: str | None


def automation_routes(host: Host) -> APIRouter:
    """The routes on what `host` has."""
    router = APIRouter()

    @router.post("/jobs", status_code=201)
    async def start(order: JobOrder, response: Response) -> Started:
        """Resolve the devices, freeze the job and start it."""
        ordered = await asyncio.to_thread(host.take_order, order)
        job = await host.engine.start(ordered.spec, ordered.secrets)
        response.headers["location"] = f"/api/automation/jobs/{job}"
        return Started(id=job, devices=len(ordered.spec.targets), warnings=list(ordered.warnings))

    @router.get("/jobs")
    async def jobs() -> list[Listed]:
        """All jobs, the newest first."""
        return [await _listed(host, summary) for summary in await host.engine.jobs()]

    @router.get("/jobs/{job}", responses=_UNKNOWN)
    async def show(job: str, devices: Annotated[Detail, Query()] = "all") -> dict[str, Any]:
        """The status: as `paceline jobs show JOB --json` prints it."""
        status = await host.engine.status(host.find_job(job))
        interrupted = not status.state.is_final and host.is_interrupted(status.id, status.seq)
        return to_json(status, devices, is_interrupted=interrupted)

    @router.get("/jobs/{job}/events", responses=_UNKNOWN | _EVENTS, response_class=Response)
    async def events(job: str, after: Annotated[int, Query(ge=0)] = 0) -> LineStream:
        """All events from number `after` on, then those that come, until the job ends."""
        found = host.find_job(job)
        return LineStream(event_lines(host.engine, found, after))

    @router.post("/jobs/{job}/control", responses=_UNKNOWN | _UNFIT)
    async def control(job: str, body: ControlBody) -> dict[str, Any]:
        """Pause, resume, stop, retune, skip a device, answer a gate: done, and in the journal, when it answers."""
        found = host.find_job(job)
        await host.engine.control(found, body.meant())
        return to_json(await host.engine.status(found), "none")

    return router


async def _listed(host: Host, summary: JobSummary) -> Listed:
    """The line of a job that has not ended comes from its status: its row knows only its beginning and its end."""
    state, counts = summary.state, summary.counts
    if not summary.finished_at:
        status = await host.engine.status(summary.id)
        is_interrupted = host.is_interrupted(summary.id, status.seq)
        state = "interrupted" if is_interrupted else status.state.value
        counts = {kind.value: count for kind, count in status.counts.items() if count}
    return Listed(
        id=summary.id, name=summary.name, state=state, created_at=summary.created_at, counts=counts,
        finished_at=summary.finished_at or None, continues=summary.continues or None,
    )  # fmt: skip


async def event_lines(engine: Engine, job: str, after: int) -> AsyncGenerator[str, None]:
    """The events as the journal has them."""
    async with aclosing(engine.follow(job, after)) as events:
        async for event in events:
            yield event.model_dump_json() if isinstance(event, ev.UnknownEvent) else ev.encode(event)
