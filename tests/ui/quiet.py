"""Waiting until the screens have read and drawn what they were told."""

from typing import Any

from textual.pilot import Pilot

from paceline.ui.dialogs.base import Dialog
from paceline.ui.screens.base import PacelineScreen

ENDLESS = ("watch", "follow")
"""Groups of workers that end with a job or a screen."""


async def settle(pilot: Pilot[Any]) -> None:
    """Until no worker has anything to read any more and the screen on top is drawn. Raises AssertionError."""
    quiet = 0
    for _ in range(2_000):
        await pilot.pause()
        busy = [worker for worker in pilot.app.workers if worker.is_running and worker.group not in ENDLESS]
        screen = pilot.app.screen
        if isinstance(screen, Dialog):
            # What opened it waits for the answer.
            busy = []
        if isinstance(screen, PacelineScreen):
            screen.flush()
        quiet = 0 if busy else quiet + 1
        if quiet == 3:
            await pilot.pause()
            return
    raise AssertionError(f"still busy: {busy}")
