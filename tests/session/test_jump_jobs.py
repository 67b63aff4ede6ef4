"""Whole jobs and scans through jump hosts, over real SSH: what the jump host itself counts."""

from contextlib import aclosing
from pathlib import Path

import pytest
from tests.engine.harness import make_spec
from tests.session.behind import LINUX, known, to
from tests.session.fake_device import (
    PASSWORD,
    QUICK,
    FakeShell,
    Script,
    device,
    until,
)

from paceline.engine import jumps as jumps_of_engine
from paceline.engine.local import LocalEngine
from paceline.launch.jump_scan import ScanJumps
from paceline.model.device import Device
from paceline.model.failure import FailureKind
from paceline.model.job import Credential, JobSpec, JumpHost, Target
from paceline.model.secret import Secret, Secrets
from paceline.model.time import now
from paceline.session.factory import SshSessionFactory
from paceline.session.hostkeys import HostKeys
from paceline.session.keyscan import KeyScanner, ScanPace
from paceline.store.memory import MemoryJournal, MemoryOutputs


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


@pytest.mark.parametrize(("read_only", "state"), [(True, "failed"), (False, "unknown")])
async def test_a_connection_lost_in_mid_command_is_opened_again_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_only: bool, state: str
) -> None:
    """The device that was cut off says so, or that it may be changed, and is sent no more. The next one gets there."""
    monkeypatch.setattr(jumps_of_engine, "BACKOFF_S", (0.05, 0.05))

    async def answer(shell: FakeShell) -> None:
        if len(bastion.connections) == 1:
            bastion.connections[0].abort()
        else:
            shell.say(b"up\n")
            shell.channel.exit(0)

    target = Script(answers={"uptime": answer})
    async with device(target) as behind:
        bastion = to(behind)
        async with device(bastion) as port:
            pace = {"batch_size": 1, "devices_per_hour": 0}
            spec = JobSpec.model_validate(
                job_of(2, port).model_dump() | {"read_only": read_only, "confirmed_devices": 2, "pace": pace}
            )
            names = [f"198.51.100.{index}@bastion" for index in (1, 2)]
            ended = await run_whole(known(tmp_path, f"[127.0.0.1]:{port}", *names), spec)
    assert {name: found for name, (found, _) in ended.items()} == {"r1": state, "r2": "succeeded"}
    assert "in command 1 of 1" in ended["r1"][1]
    assert target.lines == ["uptime", "uptime"]
    assert len(bastion.connections) == 2


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
