"""Where Paceline's files are: the operator's (XDG folders) and the ones it ships."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

import paceline


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one operator, and what is shipped. None of them needs to exist yet."""

    config: Path
    """`$XDG_CONFIG_HOME/paceline`: settings and the operator's own presets, platforms and themes."""
    state: Path
    """`$XDG_STATE_HOME/paceline`: the journal and the jobs' folders."""
    cache: Path
    shipped_configs: Path
    shipped_themes: Path
    guide: Path
    """The user's manual."""

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "paceline.toml"

    @property
    def presets(self) -> Path:
        """The operator's own presets."""
        return self.config / "presets"

    @property
    def platforms(self) -> Path:
        """The operator's own platforms."""
        return self.config / "platforms"

    @property
    def themes(self) -> Path:
        """The operator's own themes."""
        return self.config / "themes"

    @property
    def shipped_presets(self) -> Path:
        """The presets that come with Paceline."""
        return self.shipped_configs / "presets"

    @property
    def shipped_platforms(self) -> Path:
        """The platforms that come with Paceline."""
        return self.shipped_configs / "platforms"


def find_paths() -> Paths:
    """The folders as this process's environment has them. Raises FileNotFoundError for a broken installation."""
    folders = PlatformDirs("paceline", appauthor=False)
    shipped = _shipped(Path(paceline.__file__).parent)
    return Paths(
        config=folders.user_config_path,
        state=folders.user_state_path,
        cache=folders.user_cache_path,
        shipped_configs=shipped / "configs",
        shipped_themes=shipped / "themes",
        guide=shipped / "GUIDE.md",
    )


def expand(path: str, beside: Path | None = None) -> Path:
    """The path a person wrote: `~` is the home folder, a relative one lies in the folder `beside`."""
    expanded = Path(path).expanduser()
    return expanded if beside is None else beside / expanded


def _shipped(package: Path) -> Path:
    """An installed package has its data inside; in a source tree it stands at the top."""
    for folder in (package / "data", package.parent.parent):
        if (folder / "configs" / "paceline.toml").is_file() and (folder / "themes").is_dir():
            return folder
    raise FileNotFoundError(
        f"Paceline's shipped files (configs, themes) are missing beside {package}: install it again"
    )
