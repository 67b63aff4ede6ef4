"""Waiting until a screen has read and drawn what it must."""

import asyncio
from typing import Any

from textual.pilot import Pilot

from paceline.ui.screens.configure import ConfigureScreen

PATIENCE_S = 20.0


async def settled(pilot: Pilot[Any]) -> None:
    """Until Configure has nothing to read and nothing to draw."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ConfigureScreen)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await pilot.pause()
            if screen.is_settled:
                break
            await asyncio.sleep(0.005)
    await pilot.pause()
