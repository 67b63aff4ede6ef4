"""`paceline check`: looks over every file people write, and says what is wrong with each."""

from pathlib import Path

import click

from paceline.cli.verdicts import Verdict, broken, judge, judge_inventory, judge_ssh_config
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths, expand, find_paths
from paceline.config.platforms import Platforms, load_platforms
from paceline.config.settings import load_settings


@click.command(
    epilog="""\b
Examples:
  paceline check                        everything that is found by itself
  paceline check fleet.csv              one inventory
  paceline check my-preset.toml         one preset, its commands included"""
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
def check(files: tuple[Path, ...]) -> int:
    """Look over settings, presets, platforms, themes and inventories; open no connection.

    Without FILE: your settings and their inventory, and every preset, platform and theme, yours and the shipped ones.
    Exit code 0 when all can be used (warnings included), 2 when something cannot.
    """
    paths = find_paths()
    platforms, verdicts = _platforms(paths)
    if files:
        verdicts = [v for v in verdicts if v.path.resolve() not in {file.resolve() for file in files}]
        verdicts += [judge(file.expanduser(), paths, platforms) for file in files]
    else:
        told = {verdict.path for verdict in verdicts}
        verdicts += [judge(file, paths, platforms) for file in _found(paths) if file not in told]
        verdicts += _settings_inventory(paths, platforms) + _ssh_config(paths)
    for verdict in verdicts:
        _print(verdict)
    return 2 if any(verdict.errors for verdict in verdicts) else 0


def _platforms(paths: Paths) -> tuple[Platforms, list[Verdict]]:
    try:
        return load_platforms(paths), []
    except ConfigError as error:
        return Platforms({}), broken(error)


def _found(paths: Paths) -> list[Path]:
    """Every file that Paceline would find by itself."""
    settings = [paths.settings] if paths.settings.exists() else []
    folders = (paths.presets, paths.shipped_presets, paths.platforms, paths.shipped_platforms, paths.themes,
               paths.shipped_themes)  # fmt: skip
    return settings + [file for folder in folders for file in sorted(folder.glob("*.toml"))]


def _settings_inventory(paths: Paths, platforms: Platforms) -> list[Verdict]:
    try:
        inventory = load_settings(paths).inventory
    except ConfigError:
        # Its own verdict says so already.
        return []
    return [judge_inventory(expand(inventory, paths.config), platforms)] if inventory else []


def _ssh_config(paths: Paths) -> list[Verdict]:
    try:
        settings = load_settings(paths)
    except ConfigError:
        # Its own verdict says so already.
        return []
    return judge_ssh_config(settings)


def _print(verdict: Verdict) -> None:
    for line in verdict.errors:
        click.echo(f"error    {line}")
    for line in verdict.warnings:
        click.echo(f"warning  {line}")
    if not verdict.errors:
        click.echo(f"ok       {verdict.path}: {verdict.holds}")
