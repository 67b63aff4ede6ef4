"""History."""

from typing import ClassVar

from paceline.ui.screens.base import PacelineScreen


class HistoryScreen(PacelineScreen):
    """History."""

    MODE: ClassVar[str] = "history"
