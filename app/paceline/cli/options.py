"""The options that `run` and `plan` share: which devices, and at what pace."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from paceline.launch.prepare import LaunchOptions
from paceline.model.clock import check_moment
from paceline.model.preset import NO_TIME

F = TypeVar("F", bound=Callable[..., Any])

_PACE = ("batch_size", "devices_per_hour", "mode", "order", "per_country", "per_site")


def _number(kind: type[int] | type[float], what: str) -> Callable[..., int | float | None]:
    """Reads a number as people type it; whether it fits, the pace itself says."""

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> int | float | None:
        try:
            return None if value is None else kind(value)
        except ValueError:
            raise click.UsageError(f'{parameter.opts[-1]}: expected {what}, got "{value}"', context) from None

    return read


class Word(click.Choice[str]):
    """One of a few words."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """The word. Raises UsageError with a sentence."""
        if value in self.choices:
            return str(value)
        option = f"{parameter.opts[-1]}: " if parameter else ""
        raise click.UsageError(f'{option}expected {" or ".join(self.choices)}, got "{value}"', context)


WHOLE: dict[str, Any] = {"metavar": "N", "callback": _number(int, "a whole number")}
RATE: dict[str, Any] = {"metavar": "R", "callback": _number(float, "a number")}


def complete_presets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of presets, and files."""
    from paceline.config.paths import find_paths
    from paceline.config.presets import list_presets

    names = [preset for preset in list_presets(find_paths()) if preset.name.startswith(incomplete)]
    if names:
        return [CompletionItem(preset.name, help=preset.description) for preset in names]
    return [CompletionItem(incomplete, type="file")]


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A moment as it was typed; it is understood as the job is frozen."""
    try:
        if value is not None and value not in NO_TIME:
            check_moment(value)
    except ValueError as error:
        raise click.UsageError(f"{parameter.opts[-1]}: {error}", context) from None
    return value


MOMENT: dict[str, Any] = {"metavar": "TIME", "callback": _moment}


def launch_options(command: F) -> F:
    """Adds the argument PRESET and the options for devices and pace."""
    decorators = (
        click.argument("preset", shell_complete=complete_presets),
        click.option(
            "-i", "--inventory", type=click.Path(), default="", help="The inventory; wins over the preset and settings."
        ),
        click.option("--where", default="", metavar="EXPR", help="Which devices; wins over the preset's selection."),
        click.option(
            "--may-change/--read-only",
            "may_change",
            default=None,
            help="Whether the job may change devices; wins over the preset's `read_only`.",
        ),
        click.option("--batch-size", help="Devices of one batch, or at once in rolling mode; 0: all.", **WHOLE),
        click.option("--devices-per-hour", help="Devices started per hour at most; 0: no limit.", **RATE),
        click.option("--mode", type=Word(["batches", "rolling"]), help="One batch after the other, or rolling."),
        click.option("--order", type=Word(["inventory", "country", "spread"]), help="In which order they come."),
        click.option("--per-country", help="Running devices per country at most; 0: no cap.", **WHOLE),
        click.option("--per-site", help="Running devices per site at most; 0: no cap.", **WHOLE),
        click.option("--at", help="Begin at this time (22:00, or 2026-11-25T22:00); `now`: at once.", **MOMENT),
        click.option("--not-after", help="Start no device from this time on; `none`: no such bound.", **MOMENT),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


jump_option: Callable[[F], F] = click.option(
    "-J",
    "--jump",
    default="",
    metavar="JUMP",
    help="Reach every device through this: a jump of the settings, user@host:port, a chain a,b, or none.",
)


def options_of(preset: str, values: Mapping[str, Any]) -> LaunchOptions:
    """What the options say; a pace key that was not given stays the preset's."""
    pace = {key: values[key] for key in _PACE if values.get(key) is not None}
    may_change = values.get("may_change")
    changes: dict[str, Any] = {} if may_change is None else {"read_only": not may_change}
    changes |= {key: values[key] for key in ("at", "not_after") if values.get(key) is not None}
    return LaunchOptions(preset, values["inventory"], values["where"], pace, changes, values.get("jump", ""))
