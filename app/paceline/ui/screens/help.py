"""Help: what the keys of the screen under it do, and the user's manual."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from paceline.ui.formats import place
from paceline.ui.guide import Section, StyledLines, draw_sections, sections
from paceline.ui.keymap import show_key
from paceline.ui.screens.base import PacelineScreen
from paceline.ui.widgets.text_panel import TextPanel, title

KEYS_TITLE = "Keys here"


class HelpScreen(PacelineScreen):
    """One long text: the keys, then the guide. Its sections are listed beside it, or when asked for."""

    MODE: ClassVar[str] = "help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="help.back", key_display="esc"),
        Binding("s", "sections", "Sections", id="help.sections"),
        Binding("slash", "find", "Search", id="help.search", key_display="/"),
        Binding("n", "step(1)", "Next match", id="help.next_match"),
        Binding("N", "step(-1)", "Previous match", id="help.previous_match"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._keys = Section(KEYS_TITLE, 2, "")
        self._guide: list[Section] = []
        self._width = 0
        self._problem = ""

    def of(self, active: Mapping[str, ActiveBinding]) -> None:
        """Show the keys that are bound now on the screen under it."""
        self._keys = Section(KEYS_TITLE, 2, keys_text(active))
        self._width = 0
        if self.is_mounted:
            self._draw()

    def compose_body(self) -> ComposeResult:
        """Sections and text."""
        with Horizontal():
            yield OptionList(id="help-sections", compact=True)
            yield TextPanel(id="help-text")

    @property
    def panel(self) -> TextPanel:
        """The text."""
        return self.query_one(TextPanel)

    @property
    def section_list(self) -> OptionList:
        """The sections."""
        return self.query_one(OptionList)

    def on_screen_resume(self) -> None:
        """From the top."""
        self.panel.view.focus()
        self._draw()

    def on_resize(self) -> None:
        """Lines are as long as the screen allows."""
        self.call_after_refresh(self._draw)

    def flush(self) -> None:
        """A theme's colours are in the lines."""
        self.panel.flush()

    def on_text_panel_text_changed(self) -> None:
        """A search found something."""
        self._draw_title()

    def _draw_title(self) -> None:
        finder = self.panel.finder
        said = self._problem or (finder.told(self.paceline.glyphs) if finder else "")
        self.panel.set_title(title(Content.styled(" Help ", "bold reverse"), said, self.panel.size.width))

    @work(group="help-draw", exclusive=True, exit_on_error=False)
    async def _draw(self) -> None:
        width = self.panel.view.size.width - 3
        if width < 10 or width == self._width:
            return
        if not self._guide:
            self._guide = await self._read()
        parts = [self._keys, *self._guide]
        lines = await asyncio.to_thread(draw_sections, parts, width, self.paceline.palette)
        self._width = width
        self.panel.show(lines)
        self._draw_title()
        self.section_list.clear_options()
        self.section_list.add_options(Option("  " * (part.level - 2) + part.title) for part in parts)

    async def _read(self) -> list[Section]:
        path = self.paceline.surroundings.paths.guide
        try:
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._problem = f"{place(path)} cannot be read: {getattr(error, 'strerror', None) or error}"
            return []
        # The first level is the manual's own name.
        return [part for part in sections(text) if part.level > 1]

    @on(OptionList.OptionSelected, "#help-sections")
    def _go(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        lines = self.panel.lines
        if isinstance(lines, StyledLines):
            self.panel.view.scroll_to(0, lines.starts[event.option_index], animate=False, force=True)
        self._to_text()

    def action_sections(self) -> None:
        """To the list of sections, and back."""
        if self.section_list.has_focus:
            self._to_text()
        else:
            self.add_class("-sections")
            self.section_list.focus()

    def _to_text(self) -> None:
        self.remove_class("-sections")
        self.panel.view.focus()

    def action_find(self) -> None:
        """Ask what to search for."""
        self.panel.ask()

    def action_step(self, direction: int) -> None:
        """To the next match or the one before."""
        self.panel.step(direction)

    def action_back(self) -> None:
        """End the search, else the list, else leave."""
        if self.panel.forget():
            return
        if self.section_list.has_focus:
            self._to_text()
        else:
            self.app.pop_screen()


def keys_text(active: Mapping[str, ActiveBinding]) -> str:
    """What the keys do that are bound now, as a table; with the ids that `[ui.keys]` takes."""
    keys: dict[tuple[str, str], list[str]] = {}
    for key, at in active.items():
        binding = at.binding
        # Textual's own have no id: the two that everyone needs, and no others.
        if at.enabled and binding.description and (binding.id or key in ("tab", "shift+tab")):
            keys.setdefault((binding.description, binding.id or ""), []).append(show_key(key))
    rows = [f"| {' '.join(keys[entry])} | {entry[0]} | {entry[1]} |" for entry in sorted(keys, key=_rank)]
    lines = [
        f"## {KEYS_TITLE}",
        "",
        "| key | does | id |",
        "|---|---|---|",
        *rows,
        "",
        "Other keys: write the id and the key under `[ui.keys]` in your settings. The guide follows.",
    ]
    return "\n".join(lines)


def _rank(entry: tuple[str, str]) -> int:
    """The screen's own first, then the application's, then moving about."""
    scope = entry[1].partition(".")[0]
    return {"app": 1, "rows": 2, "text": 2, "": 3}.get(scope, 0)
