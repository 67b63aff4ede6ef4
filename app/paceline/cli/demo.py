"""`paceline demo`: a simulated fleet of real SSH servers on loopback, the screens on it, or a preset run on it."""

import asyncio
import contextlib
import dataclasses
import gc
import signal
import tempfile
from pathlib import Path

import click

from paceline.cli.run import Consent, run_preset
from paceline.config.paths import Paths, find_paths
from paceline.engine.loop import run_gathering
from paceline.launch.prepare import LaunchOptions
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
  paceline demo
  paceline demo --headless
  paceline demo --headless --json --devices 20 --seed 7
  paceline demo --fleet-only
"""
)
@click.option("--devices", type=click.IntRange(1, 1_000), default=60, show_default=True, help="How many devices.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same fleet and faults.")
@click.option("--preset", type=click.Choice(PRESETS), default=PRESETS[0], show_default=True, help="What runs on it.")
@click.option("--headless", is_flag=True, help="Run the preset without the screens: needs no terminal.")
@click.option("--plain", "face", flag_value="plain", help="With --headless: lines for people (this is the default).")
@click.option("--json", "face", flag_value="json", help="With --headless: one JSON event per line.")
@click.option("--fleet-only", is_flag=True, help="Serve until stopped, and say where the inventory is.")
def demo(devices: int, seed: int, preset: str, face: str | None, *, headless: bool, fleet_only: bool) -> int:
    """Try Paceline on a simulated fleet: about 60 routers in 8 countries, with faults, in a process of its own.

    The screens open with a preset chosen. Results are kept apart from yours; the last line says how to look at them.
    """
    if face is not None and not headless:
        raise click.UsageError(f"--{face} goes with --headless: the screens are what the demo shows otherwise")
    if fleet_only:
        return run_gathering(_serve(devices, seed))
    if headless:
        return run_gathering(_run(devices, seed, preset, face or "plain"))
    return _open(devices, seed, preset)


def _open(devices: int, seed: int, preset: str) -> int:
    """The screens on a fleet."""
    from paceline.cli.screens import require_terminal

    require_terminal(instead="`paceline demo --headless`")
    click.echo(f"starting a simulated fleet of {devices} devices on loopback ...", err=True)
    # As `open_screens` does: the collector waits for the first frame.
    gc.disable()
    return asyncio.run(_screens(devices, seed, preset))


async def _screens(devices: int, seed: int, preset: str) -> int:
    from paceline.demo.fleet import simulated_fleet
    from paceline.ui.ports import Opening

    # Another process makes the keys of the fleet: meanwhile this one loads what the first frame needs.
    loading = asyncio.create_task(asyncio.to_thread(_load_screens))
    paths = find_paths()
    async with simulated_fleet(devices=devices, seed=seed) as fleet:
        await loading
        from paceline.cli.screens import run_screens

        opening = Opening(preset, inventory=str(fleet.inventory), where="*", changes={**QUICK})
        own = own_home(paths, fleet.folder)
        code = await run_screens(
            own, opening, resume_hint="its fleet ends with the demo, so it cannot go on", in_process=True
        )
    _say_where(own)
    return code


def _load_screens() -> None:
    import paceline.ui.app  # noqa: F401 - for its side of the start alone


async def _run(devices: int, seed: int, preset: str, face: str) -> int:
    from paceline.demo.fleet import simulated_fleet

    paths = find_paths()
    async with simulated_fleet(devices=devices, seed=seed) as fleet:
        own = own_home(paths, fleet.folder)
        options = LaunchOptions(preset, inventory=str(fleet.inventory), where="*", changes=QUICK)
        code = await run_preset(options, own, face=face, consent=Consent(is_confirmed=True), in_process=True)
    _say_where(own)
    return code


def own_home(paths: Paths, config: Path) -> Paths:
    """A home of the demo's own: simulated durations must not colour the forecasts of real jobs."""
    return dataclasses.replace(paths, config=config, state=paths.state / "demo" / "paceline")


def _say_where(own: Paths) -> None:
    """How to look at what was kept, if anything was; a terminal that went away hears nothing."""
    if (own.state / "journal.sqlite").exists():
        with contextlib.suppress(OSError):
            click.echo(f"look at it:  XDG_STATE_HOME={own.state.parent} paceline jobs show last", err=True)


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
