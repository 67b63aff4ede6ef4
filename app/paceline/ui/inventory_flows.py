"""Opening an inventory, at the first start and later. To be awaited in a worker of the screen."""

import asyncio
import copy
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.launch.draft import Draft
from paceline.launch.nearby import find_inventories
from paceline.model.errors import PacelineError
from paceline.ui.dialogs.inventory import InventoryDialog
from paceline.ui.formats import place
from paceline.ui.workshop import Workshop

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp
    from paceline.ui.screens.configure import ConfigureScreen


async def welcome(screen: "ConfigureScreen", draft: Draft, workshop: Workshop) -> Draft | None:
    """Ask for an inventory, over `screen` alone, until one can be read; None: go on without one."""
    from paceline.ui.screens.welcome import WelcomeScreen

    paths = screen.paceline.surroundings.paths
    files = await asyncio.to_thread(find_inventories, _folders(paths.config))
    problem = typed = ""
    while True:
        await screen.in_front()
        path = await screen.app.push_screen_wait(WelcomeScreen(files, paths.settings, problem, typed))
        if path is None:
            return None
        try:
            return await asyncio.to_thread(opened, draft, path, workshop)
        except PacelineError as error:
            problem, typed = str(error), str(path)


async def choose_inventory(app: "PacelineApp", draft: Draft, workshop: Workshop) -> Draft | None:
    """Ask for another inventory until one can be read; None: stay with what there is."""
    files = await asyncio.to_thread(find_inventories, _folders(app.surroundings.paths.config))
    now = place(draft.found.path) if draft.found is not None else ""
    problem = typed = ""
    while True:
        path = await app.push_screen_wait(InventoryDialog(files, now, problem, typed))
        if path is None:
            return None
        try:
            return await asyncio.to_thread(opened, draft, path, workshop)
        except PacelineError as error:
            problem, typed = str(error), str(path)


def opened(draft: Draft, path: Path, workshop: Workshop) -> Draft:
    """The draft on another inventory; the one that is shown stays as it is until then. Raises InventoryError."""
    other = copy.copy(draft)
    workshop.read_into(other, path, "chosen")
    return other


def _folders(config: Path) -> list[Path]:
    return [Path.cwd(), Path.home(), config]
