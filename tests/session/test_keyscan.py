"""Looking at host keys without a login, and trusting new ones for one login: against servers on loopback."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import pairwise
from pathlib import Path

import asyncssh
import pytest
from tests.session.fake_device import HOST_KEY, FakePorts, Script, device, factory, platform, request, socket_server

from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.host_key import KeyState, SeenKey
from paceline.session.base import SessionError
from paceline.session.hostkeys import HostKeys
from paceline.session.keyscan import KeyScanner, ScanPace

LINUX = platform("linux")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
QUICK = ScanPace(connects_per_second=1_000, timeout_s=0.5)


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key("openssh").decode().strip()


def record(folder: Path, *lines: str) -> HostKeys:
    known = folder / "known_hosts"
    known.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    known.chmod(0o600)
    return HostKeys([known], folder / "own_known_hosts")


def at(port: int, name: str = "r1", **more: object) -> Device:
    return Device.model_validate({"name": name, "address": "127.0.0.1", "port": port, **more})


async def scan(keys: HostKeys, devices: Sequence[Device], pace: ScanPace = QUICK) -> dict[str, SeenKey]:
    async with aclosing(KeyScanner(keys, pace).scan(devices)) as seen:
        return {key.device: key async for key in seen}


async def test_each_key_is_told_for_what_it_is_and_nobody_logs_in(tmp_path: Path) -> None:
    scripts = {name: Script() for name in ("new", "same", "changed", "revoked", "other type")}
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with AsyncExitStack() as stack:
        ports = {name: await stack.enter_async_context(device(script)) for name, script in scripts.items()}
        keys = record(
            tmp_path,
            f"[127.0.0.1]:{ports['same']} {public(HOST_KEY)}",
            f"[127.0.0.1]:{ports['changed']} {public(OTHER)}",
            f"[127.0.0.1]:{ports['revoked']} {public(OTHER)}",
            f"@revoked [127.0.0.1]:{ports['revoked']} {public(HOST_KEY)}",
            f"[127.0.0.1]:{ports['other type']} {public(rsa)}",
        )
        seen = await scan(keys, [at(port, name) for name, port in ports.items()])
    assert {name: key.state.value for name, key in seen.items()} == {
        "new": "new", "same": "same", "changed": "changed", "revoked": "revoked", "other type": "changed",
    }  # fmt: skip
    assert {key.fingerprint for key in seen.values()} == {HOST_KEY.get_fingerprint()}
    assert seen["new"].base64 == public(HOST_KEY).split()[1]
    assert OTHER.get_fingerprint() in seen["changed"].message
    assert "then accept it alone" in seen["changed"].message
    assert [script.logins_begun for script in scripts.values()] == [0] * 5
    assert [len(script.connections) for script in scripts.values()] == [1] * 5
    assert not (tmp_path / "own_known_hosts").exists()


async def test_a_device_without_a_key_says_why(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def telnet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"User Access Verification " * 1_000 + b"\r\n")
        await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(socket_server(how)) for how in (silent, closing, telnet)]
        async with socket_server(closing) as free:
            pass
        devices = [at(port, name) for name, port in zip(("silent", "closing", "telnet"), ports, strict=True)]
        seen = await scan(record(tmp_path), [*devices, at(free, "refusing"), at(1, "behind", jump="bastion")])
    assert {key.state for key in seen.values()} == {KeyState.NONE}
    assert {name: key.failure for name, key in seen.items()} == {
        "silent": FailureKind.NO_BANNER,
        "closing": FailureKind.CLOSED_EARLY,
        "telnet": FailureKind.NOT_SSH,
        "refusing": FailureKind.REFUSED,
        "behind": FailureKind.JUMP_FAILED,
    }
    assert all(key.message and not key.fingerprint for key in seen.values())


async def test_a_recorded_authority_vouches_for_its_devices(tmp_path: Path) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    good = authority.generate_host_certificate(HOST_KEY, "r1", principals=["127.0.0.1"])
    elsewhere = authority.generate_host_certificate(HOST_KEY, "r2", principals=["192.0.2.9"])
    async with device(Script(), [(HOST_KEY, good)]) as port, device(Script(), [(HOST_KEY, elsewhere)]) as other:
        keys = record(tmp_path, f"@cert-authority * {public(authority)}")
        seen = await scan(keys, [at(port, "good"), at(other, "elsewhere")])
    assert seen["good"].state is KeyState.SAME
    assert seen["elsewhere"].state is KeyState.NONE
    assert "does not hold" in seen["elsewhere"].message


async def test_starts_are_paced_and_bounded(tmp_path: Path) -> None:
    loop, dialled, open_now, most = asyncio.get_running_loop(), list[float](), 0, 0

    async def dial(address: str, port: int, timeout_s: float) -> object:
        nonlocal open_now, most
        dialled.append(loop.time())
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.05)
        open_now -= 1
        raise SessionError(FailureKind.REFUSED, "no")

    pace = ScanPace(connects_per_second=100, at_once=2)
    scanner = KeyScanner(record(tmp_path), pace, dial=dial)  # type: ignore[arg-type]
    async with aclosing(scanner.scan([at(1, f"r{number}") for number in range(10)])) as seen:
        assert len([key async for key in seen]) == 10
    assert most == 2
    # Never sooner than the pace allows; how much later is the machine's business.
    assert all(later - sooner > 0.0099 for sooner, later in pairwise(dialled))


async def test_a_scan_that_is_left_early_leaves_nothing_open(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    script = Script()
    async with device(script) as port, socket_server(silent) as mute:
        scanner = KeyScanner(record(tmp_path), ScanPace(connects_per_second=1_000))
        async with aclosing(scanner.scan([at(port, "quick"), at(mute, "mute")])) as seen:
            assert (await anext(seen)).device == "quick"
        # Connections of the scanner alone: the servers' own tasks end with the block.
        assert not [task for task in asyncio.all_tasks() if "KeyScanner" in repr(task)]


async def test_a_file_that_cannot_be_trusted_ends_the_scan(tmp_path: Path) -> None:
    keys = record(tmp_path, f"r1 {public(OTHER)}")
    (tmp_path / "known_hosts").chmod(0o666)
    async with device(Script()) as port:
        with pytest.raises(SessionError, match="chmod go-w"):
            await scan(keys, [at(port)])


# -- trusting a new key for one login ----------------------------------------------------------------------


async def test_a_new_key_is_recorded_once_its_login_has_succeeded(tmp_path: Path) -> None:
    ports = FakePorts()
    async with device(Script()) as port:
        sessions = factory(tmp_path, None)
        asked = request(port, LINUX, accept_new_key=True)
        await (await sessions.open(asked, ports)).close()
        own = tmp_path / "own_known_hosts"
        assert own.read_text() == f"[127.0.0.1]:{port},[r1]:{port} {public(HOST_KEY)}\n"
        assert own.stat().st_mode & 0o777 == 0o600
        assert ports.warnings == [f"its host key ssh-ed25519 {HOST_KEY.get_fingerprint()} was new, and is recorded now"]
        assert ports.accepted == [f"ssh-ed25519 {HOST_KEY.get_fingerprint()}"]
        # Known from now on: to this factory, and to a strict one.
        await (await sessions.open(request(port, LINUX, accept_new_key=True), ports)).close()
        await (await factory(tmp_path, None).open(request(port, LINUX), ports)).close()
    assert own.read_text().count("\n") == 1
    assert len(ports.warnings) == 1


async def refused(folder: Path, port: int, **changes: object) -> FailureKind:
    with pytest.raises(SessionError) as failure:
        await factory(folder, None).open(request(port, LINUX, accept_new_key=True, **changes), FakePorts())  # type: ignore[arg-type]
    return failure.value.kind


async def test_the_key_of_a_rejected_login_is_not_recorded(tmp_path: Path) -> None:
    async with device(Script(password="another")) as port:
        assert await refused(tmp_path, port) is FailureKind.AUTH_REJECTED
    assert not (tmp_path / "own_known_hosts").exists()


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["{name} {other}"], FailureKind.HOST_KEY_CHANGED),
        (["@revoked * {offered}"], FailureKind.HOST_KEY_REVOKED),
        (["@cert-authority * {other}"], FailureKind.HOST_KEY_UNKNOWN),
    ],
)
async def test_a_key_that_is_not_new_is_refused_all_the_same(
    tmp_path: Path, lines: list[str], kind: FailureKind
) -> None:
    script = Script()
    async with device(script) as port:
        own = tmp_path / "own_known_hosts"
        written = "".join(
            line.format(name=f"[127.0.0.1]:{port}", other=public(OTHER), offered=public(HOST_KEY)) + "\n"
            for line in lines
        )
        own.write_text(written, encoding="utf-8")
        own.chmod(0o600)
        assert await refused(tmp_path, port) is kind
        assert own.read_text() == written
    assert script.logins_begun == 0


async def test_a_key_that_cannot_be_recorded_is_not_used(tmp_path: Path) -> None:
    script = Script()
    (tmp_path / "own_known_hosts.lock").mkdir()
    async with device(script) as port:
        with pytest.raises(SessionError, match=r"its new host key could not be recorded: cannot lock") as failure:
            await factory(tmp_path, None).open(request(port, LINUX, accept_new_key=True), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_UNKNOWN
    assert script.lines == []
