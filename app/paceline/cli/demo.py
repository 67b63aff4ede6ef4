"""`paceline demo`: a simulated fleet of real SSH servers on loopback, and a shipped preset run on it."""

import asyncio
import dataclasses
import signal
import sys
import tempfile
from pathlib import Path

import click

from paceline.cli.launch import LaunchOptions
from paceline.cli.run import run_preset
from paceline.config.paths import find_paths
from paceline.engine.loop import run_gathering
from paceline.model.job import Retries, Timeouts

PRESETS = ("health-check", "ospf-collection")
QUICK = {
    "timeouts": Timeouts(connect_s=4, login_s=10, prompt_s=10, command_idle_s=12, command_s=60),
    "retries": Retries(backoff_s=5),
}
"""What hangs or does not answer is waited for less long than in a real network: it is a demo."""


@click.command(
    epilog="""\b
Examples:
  paceline demo --headless
  paceline demo --headless --json --devices 20 --seed 7
  paceline demo --fleet-only
"""
)
@click.option("--devices", type=click.IntRange(1, 1_000), default=60, show_default=True, help="How many devices.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same fleet and faults.")
@click.option("--preset", type=click.Choice(PRESETS), default=PRESETS[0], show_default=True, help="What runs on it.")
@click.option("--headless", is_flag=True, help="Start without asking: needs no terminal.")
@click.option("--plain", "face", flag_value="plain", default="plain", help="Lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="One JSON event per line.")
@click.option("--fleet-only", is_flag=True, help="Serve until stopped, and say where the inventory is.")
def demo(devices: int, seed: int, preset: str, face: str, *, headless: bool, fleet_only: bool) -> int:
    """Try Paceline on a simulated fleet: about 60 routers in 8 countries, with faults, in a process of its own.

    Its results are kept apart from yours; the last line says how to look at them.
    """
    work = _serve(devices, seed) if fleet_only else _run(devices, seed, preset, face, is_confirmed=headless)
    return run_gathering(work)


async def _run(devices: int, seed: int, preset: str, face: str, *, is_confirmed: bool) -> int:
    from paceline.demo.fleet import simulated_fleet

    if not is_confirmed and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --headless to start without asking")
    paths = find_paths()
    # A home of its own: simulated durations must not colour the forecasts of real jobs.
    home = paths.state / "demo"
    async with simulated_fleet(devices=devices, seed=seed) as fleet:
        own = dataclasses.replace(paths, config=fleet.folder, state=home / "paceline")
        options = LaunchOptions(preset, inventory=str(fleet.inventory), where="*", changes=QUICK)
        code = await run_preset(options, own, face=face, is_confirmed=is_confirmed)
    click.echo(f"look at it:  XDG_STATE_HOME={home} paceline jobs show last", err=True)
    return code


async def _serve(devices: int, seed: int) -> int:
    from paceline.demo.fleet import simulated_fleet

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="paceline-fleet-") as home:
        # Named so that the folder around it serves as a configuration home.
        async with simulated_fleet(folder=Path(home) / "paceline", devices=devices, seed=seed) as fleet:
            click.echo(f"inventory   {fleet.inventory}")
            click.echo(f"server log  {fleet.log}")
            click.echo(f"try         XDG_CONFIG_HOME={home} paceline run {PRESETS[0]} --where '*'")
            click.echo("serving until Ctrl+C", err=True)
            await stopped.wait()
    return 0
