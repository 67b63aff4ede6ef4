"""What our own faces ask of the engine: the whole `Engine` contract, and who else looks on."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Response

from paceline.engine.contract import Engine
from paceline.model.status_wire import encode_status
from paceline.service import wire
from paceline.service.automation import event_lines
from paceline.service.host import Host
from paceline.service.stream import LineStream


def engine_routes(host: Host) -> APIRouter:
    """The routes on what `host` has."""
    router = APIRouter()

    @router.post("/start")
    async def start(body: wire.StartBody) -> str:
        return await host.engine.start(body.spec, body.secrets.taken())

    @router.post("/jobs/{job}/recover")
    async def recover(job: str, body: wire.SupplyBody) -> str:
        return await host.engine.recover(job, body.secrets.taken())

    @router.get("/jobs/{job}/status")
    async def status(job: str) -> Response:
        return Response(encode_status(await host.engine.status(job)), media_type="application/json")

    @router.get("/jobs/{job}/follow")
    async def follow(job: str, after: int = 0) -> LineStream:
        stream = LineStream(event_lines(host.engine, job, after), lambda: host.viewers.leave(job, tell))

        def tell(count: int) -> None:
            stream.push(f'{{"viewers":{count}}}')

        host.viewers.join(job, tell)
        return stream

    @router.get("/jobs/{job}/watch/{device:path}")
    async def watch(job: str, device: str) -> LineStream:
        return LineStream(_chunks(host.engine, job, device))

    @router.post("/jobs/{job}/control")
    async def control(job: str, body: wire.ControlBody) -> None:
        await host.engine.control(job, body.meant())

    @router.post("/jobs/{job}/supply")
    async def supply(job: str, body: wire.SupplyBody) -> None:
        await host.engine.supply(job, body.question, body.secrets.taken())

    @router.get("/jobs")
    async def jobs() -> Response:
        return Response(wire.SUMMARIES.dump_json(await host.engine.jobs()), media_type="application/json")

    @router.get("/jobs/{job}/output/{index}/{device:path}")
    async def output(
        job: str, index: int, device: str, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> wire.PageBody:
        return wire.page_body(await host.engine.output(job, device, index, attempt, offset, limit))

    @router.post("/stop")
    async def stop(*, interrupt: bool = False) -> None:
        host.stop(interrupt=interrupt)

    return router


async def _chunks(engine: Engine, job: str, device: str) -> AsyncGenerator[str, None]:
    async with aclosing(engine.watch(job, device)) as chunks:
        async for chunk in chunks:
            yield wire.CHUNK.dump_json(chunk).decode()
