"""Which preset to open; the operator's own can be deleted here."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from paceline.config.presets import PresetFile
from paceline.model.errors import PacelineError
from paceline.ui.dialogs.base import Dialog
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import place

Delete = Callable[[str], Sequence[PresetFile]]
"""Deletes one of the operator's own presets and gives what there is afterwards. Raises ConfigError."""


class PresetsDialog(Dialog[PresetFile]):
    """Arrows and enter open one. A broken one says why it cannot be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "delete", "Delete", id="presets.delete"),
        Binding("j", "cursor(1)", "Down", id="presets.down", show=False),
        Binding("k", "cursor(-1)", "Up", id="presets.up", show=False),
    ]

    def __init__(self, files: Sequence[PresetFile], loaded: str, delete: Delete) -> None:
        super().__init__()
        self._files, self._loaded, self._delete = list(files), loaded, delete

    def compose(self) -> ComposeResult:
        """The presets, and what to know about the one that is marked."""
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content("Open a preset"), classes="dialog-title")
            yield OptionList(*self._options(), classes="dialog-answers listing")
            yield Static("", classes="dialog-error", markup=False)
            keys = "enter opens   d deletes one of yours   esc goes back"
            yield Static(Content.styled(keys, "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """The loaded one is marked."""
        super().on_mount()
        self.query_one(".dialog-error").display = False
        names = [file.name for file in self._files]
        presets = self.query_one(OptionList)
        presets.highlighted = names.index(self._loaded) if self._loaded in names else 0
        presets.focus()

    def _options(self) -> list[Option]:
        return [Option(_prompt(file)) for file in self._files]

    def action_cursor(self, step: int) -> None:
        """Up or down, with the keys that move everywhere."""
        presets = self.query_one(OptionList)
        presets.action_cursor_down() if step > 0 else presets.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it, unless it is broken."""
        event.stop()
        file = self._files[event.option_index]
        if file.error:
            self._say(file.error)
        else:
            self.dismiss(file)

    @work(group="dialog-inner", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Ask, then delete one of the operator's own."""
        presets = self.query_one(OptionList)
        if presets.highlighted is None:
            return
        file = self._files[presets.highlighted]
        if file.source != "own":
            self._say(f"{file.name} comes with Paceline and cannot be deleted")
            return
        keep, delete = (
            Answer("Keep it", "nothing changes", value=False),
            Answer("Delete it", "the file is removed for good", value=True, is_dangerous=True),
        )
        question: ChoiceDialog[bool] = ChoiceDialog(f"Delete {file.name}?", [place(file.path)], [keep, delete])
        if await self.app.push_screen_wait(question):
            try:
                self._files = list(await asyncio.to_thread(self._delete, file.name))
            except PacelineError as error:
                self._say(str(error))
            else:
                presets.clear_options()
                presets.add_options(self._options())
                presets.highlighted = 0

    def _say(self, why: str) -> None:
        error = self.query_one(".dialog-error", Static)
        error.display = True
        error.update(Content.styled(why, "$error"))


def _prompt(file: PresetFile) -> Content:
    where = {"own": "yours", "shipped": "shipped", "path": str(file.path)}[file.source]
    if file.error:
        return Content.assemble(
            (file.name, "bold $error"), (f"  {where}, cannot be used", "$error"),
            f"\n{file.error.splitlines()[0]}",
        )  # fmt: skip
    about = f"\n{file.description}" if file.description else ""
    return Content.assemble((file.name, "bold"), f"  {where}{about}")
