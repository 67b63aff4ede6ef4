"""Jump hosts for a scan of host keys: each opened once, without an engine, and closed with the scan."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Credential, JumpHost, Timeouts
from paceline.model.jump import ways_of
from paceline.model.secret import Secret, Secrets

if TYPE_CHECKING:
    from paceline.session.base import Jump, LoginQuestion, PermitKind, SessionFactory


class ScanJumps:
    """Opens the way to each device that is asked for; what keeps one from opening is the answer for all behind it."""

    def __init__(
        self,
        hosts: Mapping[str, JumpHost],
        credentials: Mapping[str, Credential],
        secrets: Secrets,
        sessions: "SessionFactory",
    ) -> None:
        self._hosts, self._credentials, self._secrets, self._sessions = hosts, credentials, secrets, sessions
        self._ways: dict[str, asyncio.Task[Jump]] = {}

    @asynccontextmanager
    async def opened(self) -> "AsyncIterator[ScanJumps]":
        """Itself; closes what it has opened, the last hops first."""
        try:
            yield self
        finally:
            for way in sorted(self._ways, key=lambda text: text.count(","), reverse=True):
                task = self._ways[way]
                task.cancel()
                for link in await asyncio.gather(task, return_exceptions=True):
                    if not isinstance(link, BaseException):
                        await link.close()

    async def to(self, device: Device) -> "Jump":
        """The open connection to its last jump host. Raises SessionError (jump_failed)."""
        from paceline.session.base import SessionError

        for way in ways_of(device.jump):
            if way not in self._ways:
                self._ways[way] = asyncio.create_task(self._open(way))
            try:
                link = await asyncio.shield(self._ways[way])
            except SessionError as error:
                name = way.rpartition(",")[2]
                raise SessionError(
                    FailureKind.JUMP_FAILED, f"jump {name}: {error.kind.value}: {error.message}"
                ) from error
        return link

    async def _open(self, way: str) -> "Jump":
        from paceline.session.base import JumpRequest

        before, _, name = way.rpartition(",")
        host = self._hosts[name]
        request = JumpRequest(
            Device(name=name, address=host.host, port=host.port, jump=before),
            self._credentials[host.credential],
            Timeouts(),
        )
        link = await self._ways[before] if before else None
        return await self._sessions.open_jump(request, _Ports(self._secrets, link))


class _Ports:
    """What a login at a jump host may ask of a scan."""

    def __init__(self, secrets: Secrets, before: "Jump | None") -> None:
        self._secrets, self._before = secrets, before

    def permit(self, kind: "PermitKind") -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def jump(self) -> "Jump":
        assert self._before is not None
        return self._before

    def secret(self, reference: str) -> Secret:
        return self._secrets.get(reference)

    @property
    def agent_path(self) -> str:
        return self._secrets.agent_path

    def transcript(self, data: bytes) -> None:
        """A scan keeps no transcript."""

    async def connected(self, legacy: tuple[str, ...] = ()) -> None:
        """Nobody counts its phases."""

    async def key_accepted(self, algorithm: str, fingerprint: str) -> None:
        """A jump host's own key is recorded before, or refused."""

    async def ask(self, question: "LoginQuestion") -> tuple[Secret, ...] | None:
        """Nobody is asked during a scan."""
        return None

    def warn(self, text: str) -> None:
        """A scan tells of devices alone."""
