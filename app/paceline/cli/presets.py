"""`paceline presets`: the operator's presets and the shipped ones: list, show, save, delete."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from paceline.cli.options import complete_presets, launch_options, options_of
from paceline.config.document import read_text
from paceline.config.paths import find_paths
from paceline.config.presets import (
    PresetFile,
    anchored,
    delete_preset,
    find_preset,
    has_comments,
    list_presets,
    load_preset,
    save_preset,
    save_preset_as,
)
from paceline.launch.freeze import LaunchError
from paceline.launch.prepare import LaunchOptions, resolve_pace
from paceline.model.preset import Preset
from paceline.model.selection import SelectionError, parse


def complete_own(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the operator's own presets."""
    own = [preset for preset in list_presets(find_paths()) if preset.source == "own"]
    return [CompletionItem(file.name, help=file.description) for file in own if file.name.startswith(incomplete)]


@click.group(
    epilog="""\b
Examples:
  paceline presets list
  paceline presets show health-check
  paceline presets save health-check --as edge-nightly --where role=pe --devices-per-hour 60
  paceline presets delete edge-nightly --yes
"""
)
def presets() -> None:
    """Your presets and the shipped ones: list, show, save, delete.

    A preset of yours comes before a shipped one of the same name.
    """


@presets.command("list", epilog="\b\nExample:\n  paceline presets list --json\n")
@click.option("--json", "is_json", is_flag=True, help="One JSON document per line.")
def list_all(*, is_json: bool) -> None:
    """Every preset that `paceline run` finds by name."""
    files = list_presets(find_paths())
    if is_json:
        for file in files:
            row = {"name": file.name, "source": file.source, "path": str(file.path), "description": file.description}
            click.echo(json.dumps({**row, "error": file.error or None}))
        return
    width = max((len(file.name) for file in files), default=0)
    for file in files:
        said = f"cannot be used: {file.error.splitlines()[0]}" if file.error else file.description
        click.echo(f"{file.name:<{width}}  {file.source:<7}  {said}".rstrip())


@presets.command(
    "show",
    epilog="\b\nExamples:\n  paceline presets show health-check\n  paceline presets show health-check > mine.toml\n",
)
@click.argument("preset", shell_complete=complete_presets)
def show(preset: str) -> None:
    """The file of PRESET (a name, or a path), as it stands."""
    click.echo(read_text(find_preset(preset, find_paths()).path), nl=False)


@presets.command(
    "save",
    epilog="""\b
Examples:
  paceline presets save health-check --as edge-nightly --where role=pe --devices-per-hour 60
  paceline presets save edge-nightly --batch-size 5 --yes
""",
)
@launch_options
@click.option("--as", "name", metavar="NAME", help="Save under this name; it must be free.")
@click.option("--yes", is_flag=True, help="Save over a file without asking, its comments included.")
def save(preset: str, name: str | None, *, yes: bool, **values: object) -> int:
    """Save PRESET (a name, or a path) among your presets, with what the options change.

    Without --as it keeps its name: a preset of yours is saved over, a shipped one or a file gets a copy that is yours.
    """
    paths = find_paths()
    options = options_of(preset, values)
    source = find_preset(preset, paths)
    before = load_preset(source.path)
    after = changed(before, options)
    if name is not None:
        path = save_preset_as(_moved(after, source), name, paths)
    else:
        target = paths.presets / f"{after.name}.toml"
        if target.exists():
            if target.samefile(source.path) and after == before:
                raise click.UsageError("nothing would change: add an option, or --as NAME for a copy")
            if not yes and not _confirmed(target, source):
                click.echo("paceline: not saved", err=True)
                return 2
        path = save_preset(_moved(after, source), paths)
    click.echo(f"saved {path}")
    return 0


def changed(preset: Preset, options: LaunchOptions) -> Preset:
    """`preset` with what the options of a run say, as a file has it. Raises LaunchError."""
    changes: dict[str, Any] = {"pace": resolve_pace(preset, options.pace), **options.changes}
    if options.inventory:
        inventory = Path(options.inventory).expanduser().resolve()
        if not inventory.exists():
            raise LaunchError(f"there is no inventory {inventory}")
        changes["inventory"] = str(inventory)
    if options.where:
        _check_selection(options.where)
        # As in a run: --where takes the place of what was ticked, too.
        changes |= {"selection": options.where, "include": ()}
    return preset.model_copy(update=changes)


def _moved(preset: Preset, source: PresetFile) -> Preset:
    """A relative inventory lies beside the file it was written in; among the operator's own it may stay so."""
    return preset if source.source == "own" else anchored(preset, source.path.parent)


def _check_selection(text: str) -> None:
    """Raises LaunchError; files and jobs that it names are looked up at the start of a run."""
    try:
        parse(text, names_from_file=lambda name: [], devices_of_job=lambda what, job: [])
    except SelectionError as error:
        raise LaunchError(f"the selection is not understood: {error}") from None


def _confirmed(target: Path, source: PresetFile) -> bool:
    """Ask before something is lost that nobody can bring back."""
    if not target.samefile(source.path):
        question = f"There is a preset {target} already. Replace it?"
    elif has_comments(target):
        question = f"The comments in {target} would be lost. Save over it?"
    else:
        return True
    return _asked(question, "save over it")


def _asked(question: str, what: str) -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question.rsplit('. ', 1)[0]}; there is no terminal to ask on: add --yes to {what}")
    return click.confirm(question, default=False, err=True)


@presets.command("delete", epilog="\b\nExample:\n  paceline presets delete edge-nightly --yes\n")
@click.argument("preset", shell_complete=complete_own)
@click.option("--yes", is_flag=True, help="Delete without asking.")
def delete(preset: str, *, yes: bool) -> int:
    """Delete PRESET, one of yours; the shipped ones stay."""
    paths = find_paths()
    path = paths.presets / f"{preset}.toml"
    if path.exists() and not yes and not _asked(f"{path} will be gone. Delete it?", "delete it"):
        click.echo("paceline: not deleted", err=True)
        return 2
    delete_preset(preset, paths)
    click.echo(f"deleted {path}")
    return 0
