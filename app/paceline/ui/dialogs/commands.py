"""The commands of a job: added, changed, removed and moved, for every platform or in one platform's words."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from paceline.model.job import Command
from paceline.model.time import as_duration
from paceline.plan.effect import Verdict
from paceline.ui.dialogs.base import Dialog
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.dialogs.command import CommandDialog, style_of

Tables = dict[str, tuple[Command, ...]]
"""Commands by platform; under "" those of every platform without a table of its own."""
JudgeFor = Callable[[str, str, frozenset[str]], Verdict]
"""(table, line, tables there are) to what the line does."""


class CommandsDialog(Dialog[Tables]):
    """Works on a copy, which ctrl+s keeps and escape drops."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", id="commands.keep"),
        Binding("a,plus", "add", "Add", id="commands.add"),
        Binding("d,delete,minus", "remove", "Remove", id="commands.remove"),
        Binding("K,shift+up", "shift(-1)", "Move up", id="commands.up"),
        Binding("J,shift+down", "shift(1)", "Move down", id="commands.down"),
        Binding("j", "cursor(1)", "Down", id="commands.cursor_down", show=False),
        Binding("k", "cursor(-1)", "Up", id="commands.cursor_up", show=False),
        Binding("right,l", "table(1)", "Next platform", id="commands.table_next"),
        Binding("left,h", "table(-1)", "Previous platform", id="commands.table_previous"),
        Binding("t", "new_table", "Own words for a platform", id="commands.new_table"),
    ]

    def __init__(
        self, tables: Mapping[str, tuple[Command, ...]], platforms: Sequence[str], judge: JudgeFor, usual_s: float,
        shown: str = "",
    ) -> None:  # fmt: skip
        """`platforms`: those that may get a table of their own. `usual_s`: what a command may take by default."""
        super().__init__()
        self._tables = {"": list[Command](), **{name: list(commands) for name, commands in tables.items()}}
        self._platforms, self._judge, self._usual_s = list(platforms), judge, usual_s
        self._shown = shown if shown in self._tables else ""

    def compose(self) -> ComposeResult:
        """Which platform, its commands, the keys."""
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content("Commands"), classes="dialog-title")
            yield Static("", id="tables", markup=False, classes="sentence")
            yield OptionList(classes="dialog-answers listing")
            yield Static("", classes="dialog-error", markup=False)
            keys = (
                "enter changes   a adds   d removes   J K move down and up\n"
                "left right other platform   t own words for a platform\n"
                "ctrl+s keeps all   esc drops the changes"
            )
            yield Static(Content.styled(keys, "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Show the first table."""
        super().on_mount()
        self._draw(0)
        self.query_one(OptionList).focus()

    @property
    def _commands(self) -> list[Command]:
        return self._tables[self._shown]

    def _draw(self, highlighted: int | None) -> None:
        words = []
        for name in self._tables:
            word = name or "all others"
            is_it = name == self._shown
            words.append(Content.styled(f"({word})" if is_it else f" {word} ", "bold $primary" if is_it else "$muted"))
        self.query_one("#tables", Static).update(Content(" ").join(words))
        listing = self.query_one(OptionList)
        listing.clear_options()
        listing.add_options([Option(self._prompt(number, command)) for number, command in enumerate(self._commands, 1)])
        if self._commands and highlighted is not None:
            listing.highlighted = max(0, min(highlighted, len(self._commands) - 1))
        self._say("" if self._commands else "no commands here yet: a adds one")

    def _prompt(self, number: int, command: Command) -> Content:
        limit = f"  {as_duration(command.timeout_s)}" if command.timeout_s else ""
        verdict = self._judge_line(command.command)
        # A theme's colours do not show on the marked line: the word says it there.
        said = (
            Content("") if verdict.effect == "reads" else Content.styled(f"\n   ! {verdict.words}", style_of(verdict))
        )
        return Content.assemble(f"{number:>2} ", (command.command, "bold"), limit, said)

    def _judge_line(self, line: str) -> Verdict:
        return self._judge(self._shown, line, frozenset(name for name, table in self._tables.items() if name and table))

    def _say(self, why: str) -> None:
        error = self.query_one(".dialog-error", Static)
        error.display = bool(why)
        error.update(Content.styled(why, "$warning"))

    # -- keys -----------------------------------------------------------------------------------------

    def action_keep(self) -> None:
        """All tables as they stand; empty ones are none."""
        kept = {name: tuple(commands) for name, commands in self._tables.items() if commands}
        if kept:
            self.dismiss(kept)
        else:
            self._say("a job needs at least one command: a adds one")

    def action_cursor(self, step: int) -> None:
        """Up or down, with the keys that move everywhere."""
        listing = self.query_one(OptionList)
        listing.action_cursor_down() if step > 0 else listing.action_cursor_up()

    def action_table(self, step: int) -> None:
        """The commands of another platform."""
        names = list(self._tables)
        self._shown = names[(names.index(self._shown) + step) % len(names)]
        self._draw(0)

    def action_remove(self) -> None:
        """Take out the marked one."""
        place = self.query_one(OptionList).highlighted
        if place is not None and self._commands:
            del self._commands[place]
            self._draw(place)

    def action_shift(self, step: int) -> None:
        """Move the marked one."""
        place = self.query_one(OptionList).highlighted
        if place is not None and 0 <= place + step < len(self._commands):
            commands = self._commands
            commands[place], commands[place + step] = commands[place + step], commands[place]
            self._draw(place + step)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change it."""
        event.stop()
        self._edit(event.option_index)

    @work(group="dialog-inner", exclusive=True, exit_on_error=False)
    async def action_add(self) -> None:
        """A new command after the marked one."""
        command = await self._ask("New command", None)
        if command is not None:
            place = self.query_one(OptionList).highlighted
            at = len(self._commands) if place is None else place + 1
            self._commands.insert(at, command)
            self._draw(at)

    @work(group="dialog-inner", exclusive=True, exit_on_error=False)
    async def _edit(self, place: int) -> None:
        command = await self._ask("Change the command", self._commands[place])
        if command is not None:
            self._commands[place] = command
            self._draw(place)

    async def _ask(self, title: str, command: Command | None) -> Command | None:
        where = f"{title} for {self._shown or 'all other platforms'}"
        usual = f"{self._usual_s:g}"
        return await self.app.push_screen_wait(CommandDialog(where, command, self._judge_line, usual))

    @work(group="dialog-inner", exclusive=True, exit_on_error=False)
    async def action_new_table(self) -> None:
        """The same steps in another platform's words, beginning with the commands that are shown."""
        free = [name for name in self._platforms if name not in self._tables]
        if not free:
            self._say("every platform has its own commands already")
            return
        answers = [Answer(name, "", name) for name in free]
        question: ChoiceDialog[str] = ChoiceDialog("Own commands for which platform?", [], answers)
        name = await self.app.push_screen_wait(question)
        if name is not None:
            self._tables[name] = list(self._commands)
            self._shown = name
            self._draw(0)
