"""Opening, saving and deleting presets: what is asked on the way. To be awaited in a worker of the screen."""

import asyncio
from typing import Any

from textual.app import App

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.presets import (
    PresetFile,
    delete_preset,
    find_preset,
    has_comments,
    list_presets,
    save_preset,
    save_preset_as,
)
from paceline.launch.draft import Draft
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.dialogs.kind import kind_dialog
from paceline.ui.dialogs.line import LineDialog
from paceline.ui.dialogs.presets import PresetsDialog
from paceline.ui.formats import place


async def choose_preset(app: App[Any], draft: Draft, paths: Paths) -> PresetFile | None:
    """The preset to open; None when the operator stays with what there is."""

    def delete(name: str) -> list[PresetFile]:
        delete_preset(name, paths)
        return list_presets(paths)

    files = await asyncio.to_thread(list_presets, paths)
    file = await app.push_screen_wait(PresetsDialog(files, draft.name, delete))
    if file is not None and not await may_drop(app, draft):
        return None
    return file


async def may_drop(app: App[Any], draft: Draft) -> bool:
    """Whether the draft's unsaved changes may be lost; asks only when there are some beside the devices."""
    changes = [change for change in draft.changes() if change != "devices" or draft.file_is_own]
    if not changes:
        return True
    question: ChoiceDialog[bool] = ChoiceDialog(
        f"{draft.name} has unsaved changes",
        [f"changed: {', '.join(changes)}"],
        [
            Answer("Keep editing", "ctrl+s saves them first", value=False),
            Answer("Go on without them", "the changes are lost", value=True, is_dangerous=True),
        ],
    )
    return await app.push_screen_wait(question) is True


async def save(app: App[Any], draft: Draft, paths: Paths) -> None:
    """Save over the operator's own preset, asking where comments would be lost; anything else under a new name."""
    file = draft.file
    if file is None or not draft.file_is_own:
        await save_as(app, draft, paths)
        return
    try:
        if await asyncio.to_thread(has_comments, file.path):
            answer = await app.push_screen_wait(_comments_dialog(file))
            if answer == "other":
                await save_as(app, draft, paths)
            if answer != "over":
                return
        preset = draft.to_saved(file.name)
        path = await asyncio.to_thread(save_preset, preset, paths)
    except ConfigError as error:
        app.notify(str(error), severity="error", timeout=20, markup=False)
        return
    draft.mark_saved(preset, PresetFile(file.name, path, "own", preset.description))
    app.notify(f"saved: paceline run {file.name}", markup=False)


async def save_as(app: App[Any], draft: Draft, paths: Paths) -> None:
    """Ask for a name that is free, and save under it."""
    if problem := draft.unsavable():
        app.notify(problem, severity="error", timeout=20, markup=False)
        return
    name, problem = _free_name(draft.name, paths), ""
    while True:
        text = [f"It goes into {place(paths.presets)}, and `paceline run NAME` finds it there."]
        answer = await app.push_screen_wait(LineDialog("Save as a preset of your own", text, name, problem))
        if answer is None:
            return
        name = answer
        try:
            preset = draft.to_saved(name)
            path = await asyncio.to_thread(save_preset_as, preset, name, paths)
        except ConfigError as error:
            problem = error.problems[0].sentence
            continue
        break
    if draft.continues is None:
        draft.mark_saved(preset, PresetFile(name, path, "own", preset.description))
    app.notify(f"saved: paceline run {name}", markup=False)


def _comments_dialog(file: PresetFile) -> ChoiceDialog[str]:
    return ChoiceDialog(
        f"{file.name} has comments",
        ["Saving writes the file anew, without its comments:", place(file.path)],
        [
            Answer("Not now", "nothing is written", ""),
            Answer("Save under another name", "the file stays as it is", "other"),
            Answer("Save over it", "the comments are lost", "over", is_dangerous=True),
        ],
    )


def _free_name(name: str, paths: Paths) -> str:
    """`name`, or `name-2` and so on: one that is not taken."""
    number = 1
    free = name
    while True:
        try:
            find_preset(free, paths)
        except ConfigError as error:
            if "no preset is called" in str(error):
                return free
        number += 1
        free = f"{name}-{number}"


async def choose_kind(app: App[Any], draft: Draft) -> None:
    """Ask whether the job only reads or may change devices, and keep the answer in the draft."""
    if draft.has_fixed_commands:
        app.notify("a job that continues another one is of the same kind; open a preset to choose", markup=False)
        return
    read_only = await app.push_screen_wait(kind_dialog(read_only=draft.preset.read_only))
    if read_only is not None:
        draft.set_read_only(read_only=read_only)
