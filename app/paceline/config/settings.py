"""The settings file into its model."""

import os
import stat
from pathlib import Path

from paceline.config.document import Document, read_document
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.themes import load_themes
from paceline.config.validation import suggest, validate
from paceline.model.settings import Settings


def load_settings(paths: Paths, path: Path | None = None) -> Settings:
    """The operator's settings, or the ones at `path`; all defaults when the operator has none. Raises ConfigError.

    A file that others may write is refused: it names where passwords come from.
    """
    file = path or paths.settings
    if path is None and not os.path.lexists(file):
        return Settings()
    document = read_document(file)
    _check_private(file)
    settings = validate(Settings, document)
    if settings.ui.theme != Settings().ui.theme:
        _check_theme(document, settings.ui.theme, paths)
    return settings


def _check_theme(document: Document, theme: str, paths: Paths) -> None:
    themes = load_themes(paths)
    # One whose file is broken is no reason to start nothing: the screens say so and take the default.
    names = (*themes.names, *(problem.file.stem for problem in themes.problems))
    if theme not in names:
        sentence = f'no theme is called "{theme}"' + suggest(theme, names, "there are")
        raise ConfigError.of(document.path, sentence, "ui.theme", document.line_of(("ui", "theme")))


def _check_private(path: Path) -> None:
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError.of(path, f"others may write this file: run `chmod go-w {path}`")
    if status.st_uid not in (0, os.getuid()):
        raise ConfigError.of(path, "this file belongs to another account: copy it and use your own")
