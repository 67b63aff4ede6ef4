"""The left part of Configure: the device tree, the filter over it, and what to know about the devices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.model.errors import PacelineError
from paceline.ui.formats import many
from paceline.ui.widgets.device_tree import DeviceTree

if TYPE_CHECKING:
    from paceline.launch.draft import Draft, ReadSelection
    from paceline.plan.advice import Tip


class FilterInput(Input):
    """One line in the selection language. Enter goes to the tree, escape ends the filter."""

    LIVES_ON: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.end_filter", "Show all", id="configure.filter_end"),
        Binding("down", "screen.focus_tree", "Devices", id="configure.filter_leave", show=False),
    ]


class DevicesPane(Vertical):
    """It changes the ticks of its draft; `DeviceTree.TicksChanged` says so."""

    def __init__(self, *, id: str, classes: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id, classes=classes)
        self._read: ReadSelection | None = None
        self._total = 0

    def compose(self) -> ComposeResult:
        """Filter, what is wrong with it, tree, notes."""
        yield FilterInput(placeholder="country=DE role=pe", id="filter", compact=True, select_on_focus=False)
        yield Static("", id="filter-error", markup=False)
        yield DeviceTree(id="tree")
        yield Static("", id="devices-notes", markup=False)

    def on_mount(self) -> None:
        """No filter yet."""
        self.query_one("#filter", Input).cursor_blink = False
        self.query_one("#filter").display = False
        self.query_one("#filter-error").display = False
        self.query_one("#devices-notes").display = False
        self.border_title = "Devices"

    @property
    def device_tree(self) -> DeviceTree:
        """The tree."""
        return self.query_one(DeviceTree)

    def show(self, draft: Draft, read: ReadSelection | None) -> None:
        """Show a draft's devices. `read` reads a filter; it may look into files and is called on a thread."""
        self._read, self._total = read, len(draft.ticks.devices)
        self.device_tree.show(draft.ticks)
        self._drop_filter()
        self.count()

    def count(self) -> None:
        """Title and subtitle: what is ticked, and what of it the filter hides."""
        tree = self.device_tree
        self.border_title = f"Devices  {len(tree.ticks)} of {self._total} selected" if self._total else "Devices"
        hidden = len(tree.hidden_ticked)
        self.border_subtitle = (
            f"{hidden} selected {'is' if hidden == 1 else 'are'} hidden by the filter" if hidden else ""
        )

    def note(self, tips: Sequence[Tip], problems: int, keyless: int) -> None:
        """What to know about the devices; `keyless`: how many of the ticked ones have no recorded host key."""
        lines = [Content.styled(f"! {tip.text}", "$warning") for tip in tips]
        if keyless:
            lines.append(
                Content.assemble(
                    (f"! {keyless} without a recorded host key, ", "$warning"),
                    ("^k", "bold $accent"),
                    (" looks at them", "$warning"),
                )
            )
        if problems:
            lines.append(
                Content.assemble(
                    (f"! {many(problems, 'problem')} in the inventory, ", "$warning"),
                    ("p", "bold $accent"),
                    (" lists them", "$warning"),
                )
            )
        notes = self.query_one("#devices-notes", Static)
        notes.display = bool(lines)
        notes.update(Content("\n").join(lines))

    # -- the filter -----------------------------------------------------------------------------------

    def open_filter(self) -> Input:
        """The line that a filter is typed into, shown."""
        line = self.query_one("#filter", Input)
        line.display = True
        return line

    def end_filter(self) -> None:
        """Show all again."""
        self._drop_filter()
        self.device_tree.narrow(None, "")
        self.device_tree.focus()
        self.count()

    def _drop_filter(self) -> None:
        line = self.query_one("#filter", Input)
        with line.prevent(Input.Changed):
            line.value = ""
        line.display = False
        self.query_one("#filter-error").display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow while it is typed."""
        event.stop()
        self._narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on in the tree; an empty filter is none."""
        event.stop()
        if event.value.strip():
            self.device_tree.focus()
        else:
            self.end_filter()

    @work(group="filter", exclusive=True, exit_on_error=False)
    async def _narrow(self, text: str) -> None:
        if self._read is None:
            return
        names, why = await asyncio.to_thread(_matching, self._read, text, self.device_tree)
        error = self.query_one("#filter-error", Static)
        error.display = bool(why)
        error.update(Content.styled(why, "$error"))
        if not why:
            self.device_tree.narrow(names, text)
            self.count()


def _matching(read: ReadSelection, text: str, tree: DeviceTree) -> tuple[frozenset[str] | None, str]:
    """The names a filter lets through, or what is wrong with it; None without a filter."""
    if not text.strip():
        return None, ""
    try:
        selection = read(text)
    except PacelineError as error:
        return None, str(error).removeprefix("the selection is not understood: ").replace("selection, ", "", 1)
    return frozenset(device.name for device in tree.ticks.devices if selection.matches(device)), ""
