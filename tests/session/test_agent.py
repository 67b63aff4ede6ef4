"""Logging in with an ssh-agent: its keys, one named key of it, and an agent that goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from tests.session.fake_device import FakePorts, Script, device, factory, platform, request

from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.session.base import SessionError
from paceline.session.proofs import look_at

LINUX = platform("linux")
REQUEST_IDENTITIES, IDENTITIES, SIGN_REQUEST, SIGN_RESPONSE = 11, 12, 13, 14


def text(data: bytes) -> bytes:
    """An SSH string."""
    return len(data).to_bytes(4, "big") + data


@asynccontextmanager
async def agent(folder: Path, keys: list[asyncssh.SSHKey], *, dies_at_signing: bool = False) -> AsyncIterator[str]:
    """An ssh-agent with `keys`; gives its socket's path."""
    path = folder / "agent"
    served: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(writer)
        try:
            while True:
                asked = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
                if asked[0] == REQUEST_IDENTITIES:
                    listed = b"".join(text(key.public_data) + text(b"a key") for key in keys)
                    answer = bytes([IDENTITIES]) + len(keys).to_bytes(4, "big") + listed
                else:
                    if dies_at_signing:
                        server.close()
                        path.unlink()
                        return
                    size = int.from_bytes(asked[1:5], "big")
                    blob, rest = asked[5 : 5 + size], asked[5 + size :]
                    key = next(key for key in keys if key.public_data == blob)
                    to_sign = rest[4 : 4 + int.from_bytes(rest[:4], "big")]
                    answer = bytes([SIGN_RESPONSE]) + text(key.sign(to_sign, key.sig_algorithms[0]))
                writer.write(text(answer))
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, str(path))
    try:
        yield str(path)
    finally:
        server.close()
        for writer in served:
            writer.close()


def new_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


async def test_an_agent_logs_in(tmp_path: Path) -> None:
    key = new_key()
    script = Script(authorized=(key,))
    async with agent(tmp_path, [new_key(), key]) as path, device(script) as port:
        ports = FakePorts({}, agent_path=path)
        session = await factory(tmp_path, port).open(request(port, LINUX, password="agent"), ports)
        await session.close()


async def test_only_the_named_key_of_an_agent_is_offered(tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "id.pub").write_bytes(key.export_public_key("openssh"))
    script = Script(authorized=(key,))
    async with agent(tmp_path, [new_key(), new_key(), key]) as path, device(script) as port:
        wanted = request(port, LINUX, password="agent", key_file=str(tmp_path / "id"))
        session = await factory(tmp_path, port).open(wanted, FakePorts({}, agent_path=path))
        await session.close()
    assert script.keys_offered == 2  # asked about, and signed


async def test_with_a_password_the_agent_stays_out(tmp_path: Path) -> None:
    key = new_key()
    script = Script(authorized=(new_key(),))
    async with agent(tmp_path, [key]) as path, device(script) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX), FakePorts(agent_path=path))
        await session.close()
    assert script.keys_offered == 0


async def opened(tmp_path: Path, path: str, script: Script) -> SessionError:
    async with device(script) as port:
        with pytest.raises(SessionError) as failure:
            made = factory(tmp_path, port)
            await made.open(request(port, LINUX, password="agent"), FakePorts({}, agent_path=path))
    return failure.value


async def test_keys_that_no_one_knows_are_a_rejection(tmp_path: Path) -> None:
    async with agent(tmp_path, [new_key(), new_key()]) as path:
        failure = await opened(tmp_path, path, Script(authorized=(new_key(),)))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert "none of the keys is authorised" in failure.message


async def test_an_agent_that_goes_away_in_the_middle_is_no_rejection(tmp_path: Path) -> None:
    key = new_key()
    async with agent(tmp_path, [key], dies_at_signing=True) as path:
        failure = await opened(tmp_path, path, Script(authorized=(key,)))
    assert failure.kind is FailureKind.CREDENTIAL_GONE


async def test_an_expired_certificate_of_an_agent_is_told_before_connecting(tmp_path: Path) -> None:
    authority, user, script = new_key(), new_key(), Script()

    class Held:
        """A certificate as an agent lists it."""

        def __init__(self, validity: str) -> None:
            made = authority.generate_user_certificate(
                user, "netops", principals=["netops"], valid_after="20190101", valid_before=validity
            )
            self.public_data = made.public_data

    # ssh-add puts the bare key beside it, which no device knows.
    async with agent(tmp_path, [user, Held("20200101")]) as path:  # type: ignore[list-item]
        failure = await opened(tmp_path, path, script)
    assert failure.kind is FailureKind.CREDENTIAL_GONE
    assert "certificate in the ssh-agent has expired" in failure.message
    assert not script.connections
    async with agent(tmp_path, [user, Held("+1h")]) as path:  # type: ignore[list-item]
        looked = await look_at(Credential(username="netops", password="agent"), path)
    assert looked.why_gone == "" and looked.until is not None


async def test_an_empty_agent_is_told_before_connecting(tmp_path: Path) -> None:
    script = Script()
    async with agent(tmp_path, []) as path:
        failure = await opened(tmp_path, path, script)
    assert failure.kind is FailureKind.CREDENTIAL_GONE
    assert not script.connections
