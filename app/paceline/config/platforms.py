"""The platforms: the shipped ones, and the operator's own over them."""

from collections.abc import Mapping
from pathlib import Path

from paceline.config.document import read_document
from paceline.config.errors import ConfigError, Problem
from paceline.config.paths import Paths
from paceline.config.validation import nearest, require_own_name, validate
from paceline.model.platform import Platform


class Platforms:
    """Every platform that is known, by its name and by the names other tools have for it."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = dict(sorted(platforms.items()))
        self.aliases: dict[str, str] = {
            alias: platform.name for platform in self._platforms.values() for alias in platform.aliases
        }
        """Another tool's name to ours."""

    @property
    def names(self) -> tuple[str, ...]:
        """Our names, sorted."""
        return tuple(self._platforms)

    def get(self, name: str) -> Platform | None:
        """The platform of that name or alias; None when there is none."""
        return self._platforms.get(self.aliases.get(name, name))

    def nearest(self, name: str) -> str | None:
        """The name or alias that `name` most likely meant."""
        return nearest(name, (*self._platforms, *self.aliases))


def load_platforms(paths: Paths) -> Platforms:
    """The shipped platforms, and the operator's own, which replace shipped ones of the same name.

    Raises ConfigError with the problems of every file: how devices are talked to is never half known.
    """
    files = [*_files(paths.shipped_platforms), *_files(paths.platforms)]
    loaded: dict[str, tuple[Path, Platform]] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            platform = load_platform(path)
        except ConfigError as error:
            problems += error.problems
        else:
            loaded[platform.name] = (path, platform)
    problems += _clashes(loaded)
    if problems:
        raise ConfigError(problems)
    return Platforms({name: platform for name, (_, platform) in loaded.items()})


def load_platform(path: Path) -> Platform:
    """One platform's file, named as the platform is. Raises ConfigError."""
    document = read_document(path)
    platform = validate(Platform, document)
    require_own_name(document, platform.name)
    return platform


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _clashes(loaded: Mapping[str, tuple[Path, Platform]]) -> list[Problem]:
    """A name that would mean two platforms."""
    problems: list[Problem] = []
    owners: dict[str, str] = {}
    for name, (path, platform) in loaded.items():
        for alias in platform.aliases:
            other = alias if alias in loaded and alias != name else owners.setdefault(alias, name)
            if other != name:
                problems.append(Problem(path, f'"{alias}" already means the platform {other}', "aliases"))
    return problems
