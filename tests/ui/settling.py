"""Waiting until a screen has read and drawn what it must."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar

from tests.ui.looks import text_of
from textual.pilot import Pilot
from textual.screen import Screen

from paceline.launch.draft import Draft
from paceline.ui.screens.configure import ConfigureScreen

PATIENCE_S = 20.0
S = TypeVar("S", bound=Screen[Any])


async def shown(pilot: Pilot[Any], kind: type[S]) -> S:
    """Until a screen of this kind is on top and takes keys; gives it."""
    async with asyncio.timeout(PATIENCE_S):
        while not (isinstance(pilot.app.screen, kind) and _takes_keys(pilot.app.screen)):
            await pilot.pause()
            await asyncio.sleep(0.002)
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, kind)
    return screen


def _takes_keys(screen: Screen[Any]) -> bool:
    return getattr(screen, "drawn_at", 0) is not None


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


def screen_of(pilot: Pilot[Any]) -> ConfigureScreen:
    """Configure itself, whatever lies over it."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ConfigureScreen)
    return screen


def draft_of(pilot: Pilot[Any]) -> Draft:
    """What it edits."""
    draft = screen_of(pilot).draft
    assert draft is not None
    return draft


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, and wait for what they do to Configure."""
    await pilot.press(*keys)
    await settled(pilot)


def focused(pilot: Pilot[Any]) -> str:
    """The id of what has the focus."""
    return (pilot.app.focused.id or "") if pilot.app.focused else ""


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await pilot.pause()
            await asyncio.sleep(0.005)


def flat(pilot: Pilot[Any]) -> str:
    """What the terminal shows as words with one blank between them, wherever lines are broken and borders stand."""
    return " ".join(re.sub("[│╭╮╰╯─|]", " ", text_of(pilot.app)).split())
