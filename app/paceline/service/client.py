"""The engine of a service, as its faces know it: the same `Engine`, over the socket."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from paceline.engine.contract import JobId
from paceline.engine.ports import AnyEvent, JobSummary, StoreError
from paceline.model.control import Control
from paceline.model.event_lines import decode_lines
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk, OutputPage
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus
from paceline.model.status_wire import decode_status
from paceline.service import wire

ANSWER_S = 30.0
"""How long the service may take to answer; streams may be silent for as long as nothing happens."""
CONNECT_S = 5.0

OnViewers = Callable[[JobId, int], None]


class ServiceClient:
    """Implements `Engine`; one event loop's. Open it before use, and close it.

    `on_viewers` is called with the number of those who follow a job, this one included, whenever it changes.
    """

    def __init__(self, socket: Path | str, on_viewers: OnViewers = lambda job, count: None) -> None:
        self._on_viewers = on_viewers
        self._http = httpx.AsyncClient(
            # There is no TLS on it: reading the certificates of this host would cost 20 ms of each command.
            transport=httpx.AsyncHTTPTransport(uds=str(socket), verify=False),
            base_url="http://paceline",
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S, pool=None),
            trust_env=False,
        )

    async def open(self) -> "ServiceClient":
        """Make sure that it answers, and that both speak alike. Raises StoreError."""
        version = wire.Version.model_validate_json(await self._ask("GET", "/api/version"))
        if version.protocol != wire.PROTOCOL:
            raise StoreError(
                f"the service is of Paceline {version.version} and speaks otherwise than this one: "
                "end it with `paceline service stop` once its jobs have ended; the next start brings a new one"
            )
        return self

    async def __aenter__(self) -> "ServiceClient":
        try:
            return await self.open()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up; jobs go on."""
        await self._http.aclose()

    async def start(self, spec: JobSpec, secrets: Secrets) -> JobId:
        """See `Engine`."""
        body = wire.StartBody(spec=spec, secrets=wire.secrets_body(secrets))
        return str(json.loads(await self._send("/api/engine/start", body)))

    async def recover(self, job: JobId, secrets: Secrets) -> JobId:
        """See `Engine`."""
        body = wire.SupplyBody(secrets=wire.secrets_body(secrets))
        return str(json.loads(await self._send(f"{_at(job)}/recover", body)))

    async def status(self, job: JobId) -> JobStatus:
        """See `Engine`: a copy of the caller's own."""
        data = await self._ask("GET", f"{_at(job)}/status")
        # A large one takes a while to read: not on the loop that draws.
        return await asyncio.to_thread(decode_status, data)

    async def follow(self, job: JobId, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        """See `Engine`. Raises StoreError when the service ends before the job."""
        async with contextlib.aclosing(self._lines(f"{_at(job)}/follow", after=after)) as groups:
            async for group in groups:
                lines, problem = self._sorted(job, group)
                for event in decode_lines(lines):
                    yield event
                if problem is not None:
                    raise problem

    async def watch(self, job: JobId, device: str) -> AsyncGenerator[OutputChunk, None]:
        """See `Engine`."""
        async with contextlib.aclosing(self._lines(f"{_at(job)}/watch/{_quoted(device)}")) as groups:
            async for group in groups:
                for line in group:
                    if line.startswith(_ERROR):
                        raise _said(line)
                    yield wire.CHUNK.validate_json(line)

    async def control(self, job: JobId, control: Control) -> None:
        """See `Engine`."""
        await self._send(f"{_at(job)}/control", wire.control_body(control))

    async def supply(self, job: JobId, question: str, secrets: Secrets) -> None:
        """See `Engine`."""
        body = wire.SupplyBody(question=question, secrets=wire.secrets_body(secrets))
        await self._send(f"{_at(job)}/supply", body)

    async def jobs(self) -> list[JobSummary]:
        """See `Engine`."""
        return wire.SUMMARIES.validate_json(await self._ask("GET", "/api/engine/jobs"))

    async def output(
        self, job: JobId, device: str, index: int, attempt: int | None = None, offset: int = 0, limit: int = 1_000_000
    ) -> OutputPage:
        """See `Engine`."""
        which = {"offset": offset, "limit": limit} | ({"attempt": attempt} if attempt is not None else {})
        data = await self._ask("GET", f"{_at(job)}/output/{index}/{_quoted(device)}", params=which)
        return wire.PageBody.model_validate_json(data).opened()

    async def wait(self, job: JobId) -> None:
        """Nothing to wait for: its sessions are the service's."""

    async def describe(self) -> wire.ServiceStatus:
        """What the service does."""
        return wire.ServiceStatus.model_validate_json(await self._ask("GET", "/api/service"))

    async def stop(self, *, interrupt: bool) -> None:
        """End the service. Raises ControlError while jobs run and `interrupt` is not given."""
        await self._ask("POST", "/api/engine/stop", params={"interrupt": interrupt})

    # -- helpers ------------------------------------------------------------------------------------

    def _sorted(self, job: JobId, group: list[str]) -> tuple[list[tuple[str, str]], Exception | None]:
        """The events of a group by their types, and the error that ends the stream. Notes among them are told."""
        lines: list[tuple[str, str]] = []
        for line in group:
            if line.startswith(_NOTE):
                self._on_viewers(job, int(json.loads(line)["viewers"]))
            elif line.startswith(_ERROR):
                return lines, _said(line)
            else:
                lines.append((_type_of(line), line))
        return lines, None

    async def _send(self, path: str, body: Any) -> bytes:
        return await self._ask("POST", path, content=body.model_dump_json().encode(), headers=_JSON)

    async def _ask(self, method: str, path: str, **more: Any) -> bytes:
        with _told():
            response = await self._http.request(method, path, **more)
        if response.is_success:
            return response.content
        raise _error(response.content)

    async def _lines(self, path: str, **which: Any) -> AsyncGenerator[list[str], None]:
        """Lines in the groups they come in."""
        timeout = httpx.Timeout(None, connect=CONNECT_S)
        with _told():
            async with self._http.stream("GET", path, params=which, timeout=timeout) as response:
                if not response.is_success:
                    raise _error(await response.aread())
                rest = b""
                async for data in response.aiter_raw():
                    *whole, rest = (rest + data).split(b"\n")
                    if whole:
                        yield [line.decode() for line in whole]


_JSON = {"content-type": "application/json"}
_NOTE, _ERROR = '{"viewers":', '{"error":'
ENDED = "the service has ended or does not answer; `paceline service status` says whether one runs"


def _at(job: JobId) -> str:
    return f"/api/engine/jobs/{_quoted(job)}"


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _type_of(line: str) -> str:
    """The event's type: it stands at a place of its own in what we write."""
    _, _, rest = line.partition('"type":"')
    return rest.partition('"')[0]


def _error(content: bytes) -> Exception:
    try:
        return wire.error_of(wire.Problem.model_validate_json(content))
    except ValueError:
        return StoreError("the service answered with something that is no answer of ours")


def _said(line: str) -> Exception:
    return wire.error_of(wire.Problem.model_validate_json(line))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What happens to a connection, as a sentence."""
    try:
        yield
    except httpx.HTTPError as error:
        raise StoreError(ENDED) from error
