"""The themes: colours by what they mean, shipped and the operator's own."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from paceline.config.document import read_document
from paceline.config.errors import ConfigError, Problem
from paceline.config.paths import Paths
from paceline.config.validation import nearest, require_own_name, validate

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SIXTEEN = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
ANSI_COLOURS = ("ansi_default", *(f"ansi_{name}" for name in _SIXTEEN), *(f"ansi_bright_{name}" for name in _SIXTEEN))
"""The terminal's own colours, as themes name them."""


def _colour(value: str) -> str:
    if _HEX.fullmatch(value) or value in ANSI_COLOURS:
        return value
    near = nearest(value, ANSI_COLOURS)
    raise ValueError(
        f'expected a colour, as "#5fafd7" or "ansi_cyan", got "{value}"' + (f'; did you mean "{near}"?' if near else "")
    )


Colour = Annotated[str, AfterValidator(_colour)]


class Theme(BaseModel):
    """Colours by what they mean. A state's colour is its token's; see the words and glyphs that go with it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    description: str = ""
    dark: bool
    """Whether light text stands on a dark ground."""
    foreground: Colour
    background: Colour
    surface: Colour
    """Under tables and text."""
    panel: Colour
    """Under headers, footers and dialogs."""
    primary: Colour
    """Running, and where the cursor is."""
    secondary: Colour
    accent: Colour
    """Connecting, and the keys to press."""
    success: Colour
    warning: Colour
    error: Colour
    unreachable: Colour
    muted: Colour
    """Pending, skipped, and what is zero."""


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes that can be used, and what is wrong with the others."""

    by_name: dict[str, Theme]
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The usable ones, sorted."""
        return tuple(sorted(self.by_name))


def load_themes(paths: Paths) -> Themes:
    """The shipped themes, and the operator's own over them. A broken one is left out and reported, never raised."""
    themes: dict[str, Theme] = {}
    problems: list[Problem] = []
    for path in [*sorted(paths.shipped_themes.glob("*.toml")), *sorted(paths.themes.glob("*.toml"))]:
        try:
            theme = load_theme(path)
        except ConfigError as error:
            problems += error.problems
        else:
            themes[theme.name] = theme
    return Themes(themes, tuple(problems))


def load_theme(path: Path) -> Theme:
    """One theme's file, named as the theme is. Raises ConfigError."""
    document = read_document(path)
    theme = validate(Theme, document)
    require_own_name(document, theme.name)
    return theme
