"""What each kind of file people write comes to: one function per kind, one verdict per file."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from paceline.config.document import read_document
from paceline.config.errors import ConfigError, Problem
from paceline.config.paths import Paths, expand
from paceline.config.platforms import Platforms, load_platform
from paceline.config.presets import load_preset
from paceline.config.settings import load_settings
from paceline.config.ssh_hosts import ignored_lines
from paceline.config.themes import load_theme
from paceline.config.validation import suggest
from paceline.launch.ssh_hosts import SshHosts
from paceline.model.errors import PacelineError
from paceline.model.preset import Preset
from paceline.model.settings import Settings
from paceline.plan.effect import judge as judge_line
from paceline.plan.template import TemplateError, blanked

_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file: what it holds, and what is wrong with it, one line each with its place."""

    path: Path
    holds: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(path: Path, paths: Paths, platforms: Platforms) -> Verdict:
    """A file of whatever kind; a broken one is a verdict too."""
    try:
        if path.suffix != ".toml":
            return judge_inventory(path, platforms)
        kind = _kind(path, paths)
        if kind == "preset":
            return judge_preset(path, platforms)
        if kind == "platform":
            return Verdict(path, f"platform {load_platform(path).name}")
        if kind == "theme":
            return Verdict(path, f"theme {load_theme(path).name}")
        return judge_settings(path, paths)
    except PacelineError as error:
        return Verdict(path, "", tuple(str(error).splitlines()))


def judge_settings(path: Path, paths: Paths) -> Verdict:
    """A settings file. Raises ConfigError."""
    settings = load_settings(paths, path)
    entries = settings.credentials.entries
    holds = f"settings, credentials: {', '.join(sorted(entries)) or 'none'}"
    return Verdict(path, holds, (*_key_errors(path, settings.ui.keys), *_notify_errors(path, settings)))


def _notify_errors(path: Path, settings: Settings) -> tuple[str, ...]:
    """A command that nobody would miss until the night it is needed."""
    words = settings.notify.words
    if not words or shutil.which(words[0]):
        return ()
    return (f"{path}: notify.command: there is no program {words[0]} that can be run",)


def _key_errors(path: Path, keys: Mapping[str, str]) -> tuple[str, ...]:
    if not keys:
        return ()
    # Only the screens know their bindings, and they take a while to import.
    from paceline.ui.keymap import key_problems

    document = read_document(path)
    return tuple(
        str(Problem(path, at.sentence, f"ui.keys.{at.id}", document.line_of(("ui", "keys", at.id))))
        for at in key_problems(keys)
    )


def judge_preset(path: Path, platforms: Platforms) -> Verdict:
    """A preset, its commands against what only reads, and that its inventory is there. Raises ConfigError."""
    preset = load_preset(path)
    errors: list[str] = []
    for name in (preset.default_platform, *preset.platform):
        if platforms.get(name) is None:
            errors.append(f"{path}: unknown platform {name}{suggest(name, platforms.names, 'there are')}")
        elif preset.platform and name in platforms.aliases:
            errors.append(f"{path}: platform.{name}: write its own name, {platforms.aliases[name]}")
    errors += [f"{path}: {problem}" for problem in _command_problems(preset, platforms)]
    if preset.inventory and not (inventory := expand(preset.inventory, path.parent)).exists():
        errors.append(f"{path}: inventory: there is no {inventory}")
    tables = f", {len(preset.platform)} platform tables" if preset.platform else ""
    holds = f"preset {preset.name}, commands: {len(preset.commands)}{tables}"
    return Verdict(path, holds, tuple(dict.fromkeys(errors)))


def judge_inventory(path: Path, platforms: Platforms) -> Verdict:
    """An inventory in any format."""
    from paceline.inventory.load import load
    from paceline.inventory.result import InventoryError

    try:
        inventory = load(path, aliases=platforms.aliases, known_platforms=platforms.names)
    except InventoryError as error:
        return Verdict(path, "", (str(error),))
    errors = [str(problem) for problem in inventory.problems if problem.severity == "error"]
    warnings = [str(problem) for problem in inventory.problems if problem.severity == "warning"]
    return Verdict(path, f"inventory, {len(inventory.devices)} devices", _few(errors), _few(warnings))


def judge_ssh_config(settings: Settings) -> list[Verdict]:
    """The user's ssh_config, with what of it is not followed for any host; no verdict where there is none."""
    path = Path(settings.ssh_config.path).expanduser()
    try:
        config = SshHosts.read(settings).config
    except ConfigError as error:
        return [Verdict(path, "", tuple(str(error).splitlines()))]
    if config is None:
        return []
    ignored = ignored_lines(config, runs_programs=settings.ssh_config.match_exec)
    return [Verdict(path, f"ssh_config, {len(config.blocks)} blocks", (), _few(ignored))]


def _kind(path: Path, paths: Paths) -> str:
    """By the folder it lies in, else by its keys."""
    folders = {
        paths.presets: "preset",
        paths.shipped_presets: "preset",
        paths.platforms: "platform",
        paths.shipped_platforms: "platform",
        paths.themes: "theme",
        paths.shipped_themes: "theme",
    }
    for folder, kind in folders.items():
        if folder.resolve() == path.resolve().parent:
            return kind
    keys = read_document(path).data.keys()
    if keys & {"prompt", "channel", "reads", "paging_off"}:
        return "platform"
    if keys & {"background", "foreground", "dark"}:
        return "theme"
    if keys & {"commands", "platform", "selection", "pace", "read_only"}:
        return "preset"
    return "settings"


def _command_problems(preset: Preset, platforms: Platforms) -> Iterable[str]:
    for name in (*preset.platform, *(() if preset.default_platform in preset.platform else ("",))):
        platform = platforms.get(name or preset.default_platform)
        for number, command in enumerate(preset.commands_for(name), start=1):
            place = f"platform.{name}.commands[{number}]" if name else f"commands[{number}]"
            try:
                line = blanked(command.command)
            except TemplateError as error:
                yield f"{place}: {error}"
                continue
            # The general commands go to whatever the inventory holds; without reading patterns nothing can be said.
            if platform and (name or platform.reads):
                verdict = judge_line(line, platform, may_change=not preset.read_only)
                if verdict.effect == "refused":
                    yield f"{place}: {verdict.why}"


def _few(lines: list[str]) -> tuple[str, ...]:
    more = len(lines) - _MOST_LISTED
    return (*lines[:_MOST_LISTED], f"and {more} more like these") if more > 0 else tuple(lines)


def broken(error: ConfigError) -> list[Verdict]:
    """A verdict per file of an error that names several."""
    files = dict.fromkeys(problem.file for problem in error.problems)
    return [Verdict(file, "", tuple(str(p) for p in error.problems if p.file == file)) for file in files]
