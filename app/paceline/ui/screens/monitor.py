"""Monitor."""

from typing import ClassVar

from paceline.ui.screens.base import PacelineScreen


class MonitorScreen(PacelineScreen):
    """Monitor."""

    MODE: ClassVar[str] = "monitor"
