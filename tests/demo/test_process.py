"""The fleet's process: its files, its start, and that it never outlives who started it."""

import asyncio
import csv
import os
import signal
import sys
import tomllib
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import asyncssh
import pytest
from tests.demo.client import WAIT_S, eventually, rows, terminal

from paceline.demo.files import Layout
from paceline.demo.fleet import FleetError, simulated_fleet

SERVE = ("-m", "paceline.demo.serve", "--devices=3", "--no-faults", "--latency=0")


async def _serve(folder: Path, stdin: int = PIPE, *more: str) -> Process:
    source = str(Path(__file__).parents[2] / "app")
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *SERVE,
        f"--folder={folder}",
        *more,
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": source},
    )


def _real(path: Path) -> Path:
    return path.resolve()


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _ready(process: Process) -> bytes:
    assert process.stdout is not None
    async with asyncio.timeout(WAIT_S):
        return await process.stdout.readline()


async def _ended(process: Process) -> int:
    async with asyncio.timeout(WAIT_S):
        return await process.wait()


async def test_it_says_ready_and_ends_when_the_pipe_from_its_parent_closes(tmp_path: Path) -> None:
    process = await _serve(tmp_path)
    assert await _ready(process) == f"ready {_real(tmp_path)}\n".encode()
    assert process.stdin is not None
    process.stdin.close()
    assert await _ended(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_on_a_signal_and_needs_no_pipe(tmp_path: Path, number: signal.Signals) -> None:
    process = await _serve(tmp_path, DEVNULL)
    await _ready(process)
    process.send_signal(number)
    assert await _ended(process) == 0


async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from paceline.demo.fleet import simulated_fleet\n"
        "async def main():\n"
        "    async with simulated_fleet(folder=pathlib.Path(sys.argv[1]), devices=2, latency=0) as fleet:\n"
        "        print(fleet.pid, flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    source = str(Path(__file__).parents[2] / "app")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=PIPE, env={**os.environ, "PYTHONPATH": source}
    )
    pid = int(await _ready(parent))
    assert await _ended(parent) == -signal.SIGKILL
    await eventually(lambda: not _is_running(pid))


def _is_running(pid: int) -> bool:
    """Whether a process still works; a zombie that nobody waits for does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(
    ("argument", "said"),
    [("--devices=0", "expected 1 to 1,000"), ("--linux=2", "expected a share"), ("--latency=-1", "no factor")],
)
async def test_a_wrong_figure_is_one_sentence_and_exit_code_2(tmp_path: Path, argument: str, said: str) -> None:
    process = await _serve(tmp_path, DEVNULL, argument)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()


async def test_a_fleet_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="devices is 5000; expected 1 to 1,000"):
        async with simulated_fleet(folder=tmp_path, devices=5_000):
            pass


async def test_its_files_are_private_and_its_settings_name_them_absolutely(tmp_path: Path) -> None:
    async with simulated_fleet(folder=tmp_path / "fleet", devices=10, latency=0) as fleet:
        assert fleet.folder.stat().st_mode & 0o777 == 0o700
        for file in fleet.folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file.name
        settings = tomllib.loads(fleet.settings.read_text(encoding="utf-8"))
        assert settings["inventory"] == str(fleet.inventory)
        assert settings["credentials"]["default"] == {"username": "demo", "key_file": str(fleet.key_file)}
        assert settings["credentials"]["by_password"]["password"] == f"env:{fleet.password_env}"
        assert settings["host_keys"] == {"policy": "strict", "known_hosts": [str(fleet.known_hosts)]}
        assert fleet.inventory.is_absolute()
        with fleet.inventory.open(encoding="utf-8", newline="") as lines:
            first = next(csv.DictReader(lines))
        assert first["country"] == "DE"
        assert {"name", "address", "port", "platform", "country", "site", "role", "groups"} <= set(first)
        assert set(fleet.expected) == {row.name for row in rows(fleet)}


async def test_without_a_folder_of_ones_own_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with simulated_fleet(devices=2, latency=0) as fleet:
        assert fleet.folder.parent == _real(tmp_path)
        assert fleet.folder.stat().st_mode & 0o777 == 0o700
    assert _inside(tmp_path) == []


async def test_three_hundred_devices_start_answer_and_stop(tmp_path: Path) -> None:
    async with simulated_fleet(folder=tmp_path, devices=300, latency=0, faults=False) as fleet:
        inventory = rows(fleet)
        assert len({each.port for each in inventory}) == 300
        async with terminal(fleet, inventory[-1]) as typist:
            assert inventory[-1].name in typist.prompt
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", inventory[-1].port)


async def test_two_fleets_of_one_seed_are_alike_but_for_ports_and_keys(tmp_path: Path) -> None:
    async with (
        simulated_fleet(folder=tmp_path / "one", devices=30, seed=5, latency=0) as one,
        simulated_fleet(folder=tmp_path / "two", devices=30, seed=5, latency=0) as two,
    ):
        assert one.expected == two.expected
        assert set(one.expected.values()) > {"succeeded"}
        names = [[(each.name, each.platform, each.country) for each in rows(fleet)] for fleet in (one, two)]
        assert names[0] == names[1]
        assert one.known_hosts.read_bytes() != two.known_hosts.read_bytes()


async def test_it_ends_in_silence_while_sessions_are_open(tmp_path: Path) -> None:
    async with simulated_fleet(folder=tmp_path, devices=2, latency=0, faults=False) as fleet:
        layout = Layout(fleet.folder)
        async with terminal(fleet, rows(fleet)[0]) as typist:
            os.kill(fleet.pid, signal.SIGTERM)
            with pytest.raises(asyncssh.ConnectionLost):
                await typist.rest()
            await eventually(lambda: not _is_running(fleet.pid))
    assert layout.errors.read_text(encoding="utf-8") == ""
