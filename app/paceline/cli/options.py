"""The options that `run` and `plan` share: which devices, and at what pace."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from paceline.launch.prepare import LaunchOptions

F = TypeVar("F", bound=Callable[..., Any])

_PACE = ("batch_size", "devices_per_hour", "mode", "order", "per_country", "per_site")


def complete_presets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of presets, and files."""
    from paceline.config.paths import find_paths
    from paceline.config.presets import list_presets

    names = [preset for preset in list_presets(find_paths()) if preset.name.startswith(incomplete)]
    if names:
        return [CompletionItem(preset.name, help=preset.description) for preset in names]
    return [CompletionItem(incomplete, type="file")]


def launch_options(command: F) -> F:
    """Adds the argument PRESET and the options for devices and pace."""
    decorators = (
        click.argument("preset", shell_complete=complete_presets),
        click.option(
            "-i", "--inventory", type=click.Path(), default="", help="The inventory; wins over the preset and settings."
        ),
        click.option("--where", default="", metavar="EXPR", help="Which devices; wins over the preset's selection."),
        click.option("--batch-size", type=int, help="Devices of one batch, or at once in rolling mode; 0: all."),
        click.option("--devices-per-hour", type=float, help="Devices started per hour at most; 0: no limit."),
        click.option(
            "--mode", type=click.Choice(["batches", "rolling"]), help="One batch after the other, or rolling."
        ),
        click.option(
            "--order", type=click.Choice(["inventory", "country", "spread"]), help="In which order they come."
        ),
        click.option("--per-country", type=int, help="Running devices per country at most; 0: no cap."),
        click.option("--per-site", type=int, help="Running devices per site at most; 0: no cap."),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def options_of(preset: str, values: Mapping[str, Any]) -> LaunchOptions:
    """What the options say; a pace key that was not given stays the preset's."""
    pace = {key: values[key] for key in _PACE if values.get(key) is not None}
    return LaunchOptions(preset, values["inventory"], values["where"], pace)
