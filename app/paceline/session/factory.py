"""Opens sessions over SSH, of the kind the platform wants: a prompt or exec channels."""

import logging
from collections.abc import Sequence
from pathlib import Path

from paceline.session.lean import asyncssh  # isort: split

from paceline.model.job import Credential
from paceline.model.platform import Platform
from paceline.session.base import Jump, JumpRequest, Session, SessionPorts, SessionRequest
from paceline.session.connect import Connector, Probe, end
from paceline.session.dial import Dial, dial
from paceline.session.exec import ExecSession
from paceline.session.hostkeys import HostKeys
from paceline.session.jump import SshJump
from paceline.session.login import KeyFiles
from paceline.session.prompts import Patterns
from paceline.session.proofs import look_at
from paceline.session.shell import open_shell


class SshSessionFactory:
    """The SessionFactory of real devices. Serves one event loop; what many sessions share is kept here.

    `known_hosts` are read, `own_known_hosts` is Paceline's own file; either may be missing. `dial` and `probe` are
    for tests.
    """

    def __init__(
        self,
        known_hosts: Sequence[Path],
        own_known_hosts: Path,
        *,
        dial: Dial = dial,
        probe: Probe | None = None,
    ) -> None:
        hush_libraries()
        self._connector = Connector(HostKeys(known_hosts, own_known_hosts), dial, probe or Probe(), KeyFiles(), {})
        self._patterns: dict[str, Patterns] = {}

    async def open(self, request: SessionRequest, ports: SessionPorts) -> Session:
        """Connect, log in, prepare. Raises SessionError; leaves nothing open when it raises or is cancelled."""
        connection = await self._connector.open(request, ports)
        if request.platform.channel == "exec":
            return ExecSession(connection, request, ports)
        try:
            return await open_shell(connection, request, ports, self._compiled(request.platform))
        except BaseException:
            await end(connection)
            raise

    async def look(self, credential: Credential, agent_path: str) -> str:
        """Why nobody can log in with a credential now; empty when its proof is there. Connects to no device."""
        return (await look_at(credential, agent_path)).why_gone

    async def open_jump(self, request: JumpRequest, ports: SessionPorts) -> Jump:
        """Connect and log in to a jump host. Raises SessionError; leaves nothing open then, nor when cancelled."""
        return SshJump(request.device.name, await self._connector.open(request, ports))

    def _compiled(self, platform: Platform) -> Patterns:
        known = self._patterns.get(platform.name)
        if known is None or (known.platform is not platform and known.platform != platform):
            known = self._patterns[platform.name] = Patterns(platform)
        return known


def hush_libraries() -> None:
    """Keep what libraries say out of the terminal: it would tear the screen. Warnings go to the log."""
    logging.captureWarnings(True)
    library = logging.getLogger("asyncssh")
    if not library.handlers:
        library.addHandler(logging.NullHandler())
    asyncssh.set_log_level(logging.WARNING)
