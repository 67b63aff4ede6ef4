"""`paceline plan`: batches, forecast and warnings of a run; opens no connection."""

import json

import click

from paceline.cli.consent import keyless_devices
from paceline.cli.options import jump_option, launch_options, options_of
from paceline.cli.preview import beforehand, preview_json, preview_lines
from paceline.config.paths import find_paths
from paceline.launch.prepare import prepare


@click.command(
    epilog="""\b
Examples:
  paceline plan health-check -i fleet.csv --where role=pe
  paceline plan health-check -i fleet.csv --where role=pe -J alice@bastion.example.net
  paceline plan ospf-collection -i fleet.csv --where '*' --batch-size 10 --devices-per-hour 20
"""
)
@launch_options
@jump_option
@click.option("--json", "is_json", is_flag=True, help="One JSON document instead of lines.")
def plan(preset: str, *, is_json: bool, **values: object) -> None:
    """Show what running PRESET would do: devices, commands, batches, when it ends and what holds it.

    Nothing is connected to and nothing is kept. Exit code 2 when the job could not start.
    """
    paths = find_paths()
    launch = prepare(options_of(preset, values), paths)
    keyless = keyless_devices(launch, paths)
    said = beforehand(launch, paths)
    if is_json:
        click.echo(json.dumps(preview_json(launch, paths, keyless, said), indent=1))
        return
    for line in preview_lines(launch, paths, keyless, said):
        click.echo(line)
    for warning in launch.warnings:
        click.echo(f"! {warning}")
