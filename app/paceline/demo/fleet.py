"""A simulated fleet for as long as a block runs: starts the serving process, and ends it."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paceline
from paceline.demo.files import PASSWORD_ENV, Layout, open_private
from paceline.model.errors import PacelineError
from paceline.model.secret import Secret

START_S = 30.0
"""How long the fleet may take to be ready; 1,000 devices take about two seconds."""
STOP_S = 5.0


class FleetError(PacelineError):
    """The simulated fleet could not be started; says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet that serves. Everything in it is a path in `folder`, but for what is said otherwise."""

    folder: Path
    inventory: Path
    """CSV."""
    settings: Path
    """A paceline.toml; its default credential is the key."""
    key_file: Path
    known_hosts: Path
    log: Path
    """What the devices saw; read it with `paceline.demo.log.read_log`."""
    expected: dict[str, str]
    """Device name to `succeeded`, or the kind of the failure a job with the shipped presets should meet."""
    pid: int
    """Of the serving process."""
    password: Secret = field(repr=False)
    """What logs in beside the key: the value of the environment variable `password_env`, in no file."""
    password_env: str = PASSWORD_ENV


@asynccontextmanager
async def simulated_fleet(
    *,
    folder: Path | None = None,
    devices: int = 60,
    seed: int = 1,
    latency: float = 1.0,
    faults: bool = True,
    linux: float = 0.0,
) -> AsyncIterator[Fleet]:
    """A fleet of `devices` (1 to 1,000) real SSH servers on loopback, in a process that ends with the block.

    Without `folder` it lives in a fresh private one that is removed afterwards. `latency` scales every pause, 0 for
    none; `linux` is the share of exec-capable servers. Raises FleetError.
    """
    layout = Layout(_private_folder(folder))
    password = Secret(os.environ.get(PASSWORD_ENV) or secrets.token_urlsafe(18))
    arguments = [f"--devices={devices}", f"--seed={seed}", f"--latency={latency}", f"--linux={linux}"]
    arguments.append("--faults" if faults else "--no-faults")
    try:
        process = await _start(layout, arguments, password)
        try:
            await _until_ready(process, layout)
            yield _fleet(layout, process.pid, password)
        finally:
            await _stop(process)
    finally:
        if folder is None:
            shutil.rmtree(layout.folder, ignore_errors=True)


def _private_folder(folder: Path | None) -> Path:
    """The folder the caller wants, or a fresh temporary one; absolute and there."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="paceline-demo-")).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


async def _start(layout: Layout, arguments: list[str], password: Secret) -> Process:
    source = str(Path(paceline.__file__).parents[1])
    path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH", "")) if part)
    with open_private(layout.errors) as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "paceline.demo.serve",
            f"--folder={layout.folder}",
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": path, PASSWORD_ENV: password.reveal()},
            # The terminal's Ctrl+C is for the parent, which ends the fleet when it is done with it.
            start_new_session=True,
        )


async def _until_ready(process: Process, layout: Layout) -> None:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
    except TimeoutError:
        raise FleetError(f"the simulated fleet was not ready within {START_S:.0f} s; try fewer devices") from None
    if not line.startswith(b"ready "):
        said = layout.errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise FleetError(f"the simulated fleet did not start: {said[-1] if said else 'it ended without a word'}")


async def _stop(process: Process) -> None:
    """Close its standard input, which ends it; kill it when that does not help. Returns with it gone."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _fleet(layout: Layout, pid: int, password: Secret) -> Fleet:
    expected: dict[str, str] = json.loads(layout.expected.read_text(encoding="utf-8"))
    return Fleet(
        folder=layout.folder,
        inventory=layout.inventory,
        settings=layout.settings,
        key_file=layout.key_file,
        known_hosts=layout.known_hosts,
        log=layout.log,
        expected=expected,
        pid=pid,
        password=password,
    )
