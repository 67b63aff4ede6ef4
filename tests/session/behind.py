"""Jump hosts of this process, and devices that only they know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
from tests.session.fake_device import (
    HOST_KEY,
    QUICK,
    FakePorts,
    Script,
    factory,
    platform,
)

from paceline.model.device import Device
from paceline.model.job import Credential
from paceline.session.base import Jump, JumpRequest
from paceline.session.factory import SshSessionFactory

LINUX = platform("linux")
BEHIND = "198.51.100.7"
"""An address that only the jump host knows."""
OTHER = asyncssh.generate_private_key("ssh-ed25519")


def jump_request(port: int, jump: str = "", name: str = "bastion", password: str = "ask") -> JumpRequest:
    host = Device(name=name, address="127.0.0.1", port=port, jump=jump)
    return JumpRequest(host, Credential(username="alice", password=password), QUICK)


def to(port: int) -> Script:
    """A jump host behind which every address is the server on `port`."""

    async def forward(host: str, asked: int) -> int:
        return port

    return Script(forwards=forward)


def known(folder: Path, *lines: str, key: asyncssh.SSHKey = HOST_KEY) -> SshSessionFactory:
    """A factory that knows one key under names."""
    made = factory(folder, None)
    text = key.export_public_key("openssh").decode().strip()
    (folder / "known_hosts").write_text("".join(f"{line} {text}\n" for line in lines), encoding="utf-8")
    (folder / "known_hosts").chmod(0o600)
    return made


@asynccontextmanager
async def opened(made: SshSessionFactory, wanted: JumpRequest, link: Jump | None = None) -> AsyncIterator[Jump]:
    jump = await made.open_jump(wanted, FakePorts(link=link))
    try:
        yield jump
    finally:
        await jump.close()
