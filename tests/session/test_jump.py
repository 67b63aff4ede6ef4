"""Sessions through jump hosts, over real SSH: shared connections, both ends' failures, host keys, whole jobs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED
from tests.engine.harness import make_spec
from tests.session.fake_device import (
    HOST_KEY,
    PASSWORD,
    QUICK,
    FakePorts,
    FakeShell,
    FakeSink,
    Script,
    device,
    factory,
    platform,
    request,
    socket_server,
    until,
)

from paceline.engine.local import LocalEngine
from paceline.launch.jump_scan import ScanJumps
from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Command, Credential, JobSpec, JumpHost, Target
from paceline.model.secret import Secret, Secrets
from paceline.model.states import CommandState
from paceline.model.time import now
from paceline.session.base import Jump, JumpRequest, SessionError
from paceline.session.factory import SshSessionFactory
from paceline.session.hostkeys import HostKeys
from paceline.session.keyscan import KeyScanner, ScanPace
from paceline.store.memory import MemoryJournal, MemoryOutputs

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


async def test_a_session_passes_through_whole_and_leaves_nothing_open(tmp_path: Path) -> None:
    """Megabytes come through as they were sent, the session's end closes the channel, and only that."""
    answer = bytes(range(256)) * 8_192
    target = Script(answers={"uptime": b"up\n", "dump": answer})
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                ports = FakePorts(link=jump)
                wanted = request(22, LINUX, address=BEHIND, jump="bastion")
                for command, expected in (("uptime", b"up\n"), ("dump", answer)):
                    session = await made.open(wanted, ports)
                    sink = FakeSink()
                    result = await session.run(Command(command=command), sink)
                    assert result.state is CommandState.SUCCEEDED
                    assert hashlib.sha256(sink.data).digest() == hashlib.sha256(expected).digest()
                    await session.close()
                await until(lambda: len(target.lost) == 2)
                assert not jump.is_lost
            await until(lambda: len(bastion.lost) == 1)
            assert jump.is_lost
            await jump.wait_lost()
    assert bastion.forwarded == [(BEHIND, 22)] * 2
    assert len(bastion.connections) == 1


async def test_a_second_jump_is_reached_through_the_first(tmp_path: Path) -> None:
    """Its key is looked up behind the first, the device's behind both."""
    target = Script(answers={"uptime": b"up\n"})
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(device(target))
        inner_script = to(behind)
        inner = await stack.enter_async_context(device(inner_script))
        outer = await stack.enter_async_context(device(to(inner)))
        made = known(tmp_path, f"[127.0.0.1]:{outer}", f"[127.0.0.1@a]:{inner}", f"{BEHIND}@b@a")
        first = await stack.enter_async_context(opened(made, jump_request(outer, name="a")))
        second = await stack.enter_async_context(opened(made, jump_request(inner, "a", "b"), first))
        session = await made.open(request(22, LINUX, address=BEHIND, jump="a,b"), FakePorts(link=second))
        sink = FakeSink()
        await session.run(Command(command="uptime"), sink)
        await session.close()
    assert sink.data == b"up\n"
    assert inner_script.forwarded == [(BEHIND, 22)]


async def refused_behind(folder: Path, script: Script, **changes: object) -> SessionError:
    """The failure of a device behind a jump that behaves as scripted."""
    async with device(script) as port:
        made = known(folder, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
        async with opened(made, jump_request(port)) as jump:
            with pytest.raises(SessionError) as failure:
                await made.open(request(22, LINUX, address=BEHIND, jump="bastion", **changes), FakePorts(link=jump))  # type: ignore[arg-type]
            assert not jump.is_lost
    assert "\n" not in failure.value.message
    return failure.value


async def test_what_the_jump_cannot_reach_is_told_apart_from_what_it_forbids(tmp_path: Path) -> None:
    """By the code of its refusal, never by a text."""

    async def forbid(host: str, port: int) -> int:
        raise asyncssh.ChannelOpenError(OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")

    unreachable = await refused_behind(tmp_path, to(1))
    assert unreachable.kind is FailureKind.JUMP_TARGET
    assert unreachable.message.startswith(f"jump bastion cannot reach {BEHIND}:22: ")
    forbidden = await refused_behind(tmp_path, Script(forwards=forbid))
    assert forbidden.kind is FailureKind.JUMP_FORBIDDEN
    assert forbidden.message == f"jump bastion does not forward to {BEHIND}:22: open failed"


async def test_a_device_that_does_not_answer_the_jump_times_out_and_its_late_channel_is_closed(tmp_path: Path) -> None:
    """Nobody has a channel that opens after everyone has gone."""
    answers = asyncio.Event()
    target = Script()
    async with device(target) as behind:

        async def slowly(host: str, port: int) -> int:
            await answers.wait()
            return behind

        async with device(Script(forwards=slowly)) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                with pytest.raises(SessionError) as failure:
                    await jump.dial(BEHIND, 22, 0.05)
                assert failure.value.kind is FailureKind.CONNECT_TIMEOUT
                assert failure.value.message.endswith("through jump bastion: firewall?")
                answers.set()
                await until(lambda: len(target.lost) == 1)


async def test_the_probe_passes_through_the_jump(tmp_path: Path) -> None:
    """Something else than SSH answers behind it."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"% Access denied by VTY access list\r\n")
        await writer.drain()
        writer.close()

    async with socket_server(greet) as behind:
        failure = await refused_behind(tmp_path, to(behind))
    assert failure.kind is FailureKind.NOT_SSH
    assert "Access denied by VTY access list" in failure.message


async def test_a_jump_that_is_lost_in_a_login_is_no_rejection_of_the_device(tmp_path: Path) -> None:
    """The password had been sent, and nobody answered: it would read as a rejection."""
    target = Script(login_delay_s=30)
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", f"{BEHIND}@bastion")
            async with opened(made, jump_request(port)) as jump:
                ports = FakePorts(link=jump)
                opening = asyncio.create_task(made.open(request(22, LINUX, address=BEHIND, jump="bastion"), ports))
                await until(lambda: target.logins_begun == 1)
                bastion.connections[0].abort()
                with pytest.raises(SessionError) as failure:
                    await opening
                assert jump.is_lost
                with pytest.raises(SessionError) as again:
                    await jump.dial(BEHIND, 22, 1)
    assert failure.value.kind is again.value.kind is FailureKind.JUMP_FAILED
    assert failure.value.message == "jump bastion: the connection to it was lost"
    assert ports.steps[-1] == "login failed: jump_failed"


async def test_host_keys_behind_a_jump_have_names_of_their_own(tmp_path: Path) -> None:
    """Equal addresses behind two jumps are two devices; a key that `ssh -J` recorded plainly is trusted, if equal."""
    async with device(Script()) as behind, device(to(behind)) as port:
        bastion = f"[127.0.0.1]:{port}"

        async def verdict(*lines: str, **changes: object) -> FailureKind | None:
            made = known(tmp_path, bastion, *lines)
            async with opened(made, jump_request(port)) as jump:
                try:
                    wanted = request(22, LINUX, address=BEHIND, jump="bastion", **changes)  # type: ignore[arg-type]
                    session = await made.open(wanted, FakePorts(link=jump))
                except SessionError as error:
                    return error.kind
                await session.close()
                return None

        assert await verdict(f"{BEHIND}@bastion") is None
        assert await verdict("r1@bastion") is None
        assert await verdict(BEHIND) is None
        assert await verdict(f"{BEHIND}@elsewhere") is FailureKind.HOST_KEY_UNKNOWN
        assert await verdict(accept_new_key=True) is None
    recorded = (tmp_path / "own_known_hosts").read_text(encoding="utf-8")
    assert recorded.startswith(f"{BEHIND}@bastion,r1@bastion ssh-ed25519 ")


async def test_another_key_than_the_plainly_recorded_one_is_unknown_not_changed(tmp_path: Path) -> None:
    """The plain name may be another device's; behind the jump's own name a difference is a change."""
    async with device(Script(), OTHER) as behind, device(to(behind)) as port:
        kinds = []
        for line in (BEHIND, f"{BEHIND}@bastion"):
            made = known(tmp_path, f"[127.0.0.1]:{port}", line)
            async with opened(made, jump_request(port)) as jump:
                with pytest.raises(SessionError) as failure:
                    await made.open(request(22, LINUX, address=BEHIND, jump="bastion"), FakePorts(link=jump))
                kinds.append(failure.value.kind)
    assert kinds == [FailureKind.HOST_KEY_UNKNOWN, FailureKind.HOST_KEY_CHANGED]


async def test_the_jumps_own_key_is_checked_as_strictly(tmp_path: Path) -> None:
    """And its message says how it gets in: it stands in no inventory."""
    async with device(Script()) as port:
        with pytest.raises(SessionError) as failure:
            await known(tmp_path, "elsewhere").open_jump(jump_request(port), FakePorts())
    assert failure.value.kind is FailureKind.HOST_KEY_UNKNOWN
    assert "log in to it once with `ssh`" in failure.value.message


# -- whole jobs, with the engine ---------------------------------------------------------------------------


def job_of(devices: int, port: int, password: str = "ask:jump bastion") -> JobSpec:
    """A job on so many devices behind the bastion on `port`."""
    spec = make_spec([Device(name="d0", address="192.0.2.1")], commands=["uptime"], password="ask")
    targets = [
        Target(device=Device(name=f"r{index}", address=f"198.51.100.{index}", jump="bastion"), platform="linux")
        for index in range(1, devices + 1)
    ]
    return JobSpec.model_validate(
        spec.model_dump()
        | {
            "platforms": {"linux": LINUX},
            "timeouts": QUICK,
            "pace": spec.pace.model_copy(update={"batch_size": 0}),
            "retries": {"sweep": False, "attempts": 1},
            "targets": targets,
            "credentials": spec.credentials | {"jump bastion": Credential(username="alice", password=password)},
            "jumps": {"bastion": JumpHost(host="127.0.0.1", port=port, credential="jump bastion")},
        }
    )


SECRETS = Secrets({"ask": Secret(PASSWORD), "ask:jump bastion": Secret(PASSWORD)})


async def run_whole(made: SshSessionFactory, spec: JobSpec) -> dict[str, tuple[str, str]]:
    """Run a job; every device's state and message."""
    engine = LocalEngine(made, MemoryJournal(), MemoryOutputs(), now)
    await engine.start(spec, SECRETS)
    await engine.wait(spec.id)
    status = await engine.status(spec.id)
    await engine.close()
    return {device.name: (device.state.value, device.message) for device in status.devices.values()}


async def test_sixty_devices_open_exactly_one_connection_to_the_jump(tmp_path: Path) -> None:
    """Counted by the jump host itself: one connection, one login, sixty channels; and it is closed at the end."""
    target = Script(answers={"uptime": b"up\n"})
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            names = [f"198.51.100.{index}@bastion" for index in range(1, 61)]
            ended = await run_whole(known(tmp_path, f"[127.0.0.1]:{port}", *names), job_of(60, port))
            await until(lambda: len(bastion.lost) == 1)
    assert set(ended.values()) == {("succeeded", "")}
    assert (len(bastion.connections), bastion.logins_begun, len(bastion.forwarded)) == (1, 1, 60)


async def test_a_jumps_wrong_password_is_sent_once(tmp_path: Path) -> None:
    """Twenty devices behind it, one failed login there, none at a device."""
    target = Script()
    async with device(target) as behind:
        bastion = to(behind)
        bastion.password = "another"
        async with device(bastion) as port:
            ended = await run_whole(known(tmp_path, f"[127.0.0.1]:{port}"), job_of(20, port))
    assert bastion.failed_passwords == 1
    assert target.logins_begun == 0
    assert {state for state, _ in ended.values()} == {"unreachable"}
    (message,) = {message for _, message in ended.values()}
    assert message == (
        f"jump bastion: auth_rejected: 127.0.0.1:{port} rejected alice: wrong password or locked account"
    )


async def test_a_connection_lost_in_mid_command_is_opened_again_for_the_rest(tmp_path: Path) -> None:
    """The device that was cut off says so; the next one gets there."""

    async def cut(shell: FakeShell) -> None:
        bastion.connections[0].abort()
        shell.say(b"never heard")

    target = Script(answers={"uptime": cut})
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            spec = job_of(1, port).model_copy(update={"read_only": True})
            ended = await run_whole(known(tmp_path, f"[127.0.0.1]:{port}", "198.51.100.1@bastion"), spec)
    assert ended["r1"][0] == "failed"
    assert "in command 1 of 1" in ended["r1"][1]


async def test_a_scan_of_host_keys_passes_through_jumps_and_logs_in_to_them_alone(tmp_path: Path) -> None:
    """One login at the jump for all behind it; a jump that fails is the answer of its devices."""
    target = Script()
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            made = known(tmp_path, f"[127.0.0.1]:{port}", "198.51.100.2@bastion")
            login = {"jump": Credential(username="alice", password="ask")}
            hosts = {
                name: JumpHost(host="127.0.0.1", port=number, credential="jump")
                for name, number in (("bastion", port), ("gone", 1))
            }
            devices = [
                Device(name=f"r{index}", address=f"198.51.100.{index}", jump="bastion" if index < 5 else "gone,bastion")
                for index in range(1, 7)
            ]
            jumps = ScanJumps(hosts, login, SECRETS, made)
            keys = HostKeys([tmp_path / "known_hosts"], tmp_path / "own_known_hosts")
            async with jumps.opened():
                scanner = KeyScanner(keys, ScanPace(connects_per_second=1_000, timeout_s=2), through=jumps.to)
                async with aclosing(scanner.scan(devices)) as found:
                    seen = {key.device: key async for key in found}
            await until(lambda: len(bastion.lost) == 1)
    assert {name: key.state.value for name, key in seen.items()} == {
        "r1": "new", "r2": "same", "r3": "new", "r4": "new", "r5": "none", "r6": "none",
    }  # fmt: skip
    assert seen["r5"].failure is FailureKind.JUMP_FAILED
    assert seen["r5"].message.startswith("jump gone: refused: 127.0.0.1:1 refuses the connection")
    assert (len(bastion.connections), bastion.logins_begun, target.logins_begun) == (1, 1, 0)
