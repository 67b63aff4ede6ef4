"""Configure."""

from typing import ClassVar

from paceline.ui.screens.base import PacelineScreen


class ConfigureScreen(PacelineScreen):
    """Configure."""

    MODE: ClassVar[str] = "configure"
