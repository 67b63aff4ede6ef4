"""The process of a simulated fleet: `python -m paceline.demo.serve --folder DIR`; prints `ready DIR`, then serves."""

import argparse
import asyncio
import os
import resource
import signal
import stat
import sys
from pathlib import Path

import asyncssh

from paceline.demo.files import PASSWORD_ENV, Layout, write_files
from paceline.demo.interpreter import Interpreter
from paceline.demo.listeners import ADDRESS, Listeners
from paceline.demo.log import ServerLog
from paceline.demo.network import Network, build_network
from paceline.demo.server import USER, Surroundings
from paceline.model.secret import Secret
from paceline.model.time import now

PARENT_LOOK_S = 1.0
"""How often to look whether the parent still lives, where no pipe tells."""
_FILES_PER_DEVICE = 8
_KEY = "ssh-ed25519"


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal, or until standard input or the parent goes away. 0, or 2 for a wrong figure."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        network = build_network(options.devices, options.seed, faults=options.faults, linux=options.linux)
    except ValueError as error:
        sys.stderr.write(f"paceline.demo.serve: {error}\n")
        return 2
    _raise_file_limit(options.devices * _FILES_PER_DEVICE)
    asyncio.run(_serve(network, Layout(options.folder.resolve()), options.latency))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m paceline.demo.serve", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where inventory, keys, settings and log go")
    parser.add_argument("--devices", type=int, default=60, help="1 to 1,000 (60)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same fleet (1)")
    parser.add_argument("--latency", type=_scale, default=1.0, help="factor on every pause; 0: none (1.0)")
    parser.add_argument("--linux", type=float, default=0.0, help="share of exec-capable servers, 0 to 1 (0)")
    parser.add_argument("--faults", action=argparse.BooleanOptionalAction, default=True, help="misbehaving devices")
    return parser


def _scale(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no factor from 0 to 100")
    return value


def _raise_file_limit(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))


async def _serve(network: Network, layout: Layout, latency: float) -> None:
    stopped = _stop_signals()
    layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = ServerLog(layout.log, now)
    user_key = asyncssh.generate_private_key(_KEY, comment="paceline demo")
    password = os.environ.pop(PASSWORD_ENV, "")
    shared = Surroundings(
        interpreter=Interpreter(network, now()),
        log=log,
        now=now,
        user_key=user_key,
        password=Secret(password) if password else None,
        latency_scale=latency,
    )
    listeners = Listeners(shared)
    try:
        host_keys = {name: asyncssh.generate_private_key(_KEY) for name in network.devices}
        ports = {name: await listeners.open(device, host_keys[name]) for name, device in network.devices.items()}
        write_files(layout, network, address=ADDRESS, ports=ports, host_keys=host_keys, user_key=user_key, user=USER)
        sys.stdout.write(f"ready {layout.folder}\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        listeners.close()
        log.close()


def _stop_signals() -> asyncio.Event:
    """Set by SIGTERM, SIGINT, the end of standard input, or another parent than at the start."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    parent = os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            stopped.set()
        else:
            loop.call_later(PARENT_LOOK_S, look)

    look()
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        loop.add_reader(sys.stdin.fileno(), _watch_input, stopped)
    return stopped


def _watch_input(stopped: asyncio.Event) -> None:
    """Readable means data, which nobody should send, or the end."""
    if not os.read(sys.stdin.fileno(), 1_024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()


if __name__ == "__main__":
    sys.exit(main())
