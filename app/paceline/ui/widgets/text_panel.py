"""A text with a title line, a search line when it is asked for, and its lines loaded as they are needed."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Protocol, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from paceline.model.errors import PacelineError
from paceline.ui.finding import Finder
from paceline.ui.formats import fit
from paceline.ui.paged import PagedText
from paceline.ui.widgets.lines import Lines, LineView

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


class SearchableLines(Lines, Protocol):
    """What a panel shows."""

    def find(self, text: str) -> AsyncGenerator[list[int], None]:
        """Numbers of the lines that hold `text`, some at a time."""
        ...


class PlainLines:
    """A paged text as lines without style."""

    def __init__(self, text: PagedText) -> None:
        self.text = text

    @property
    def count(self) -> int:
        """Lines known of so far."""
        return self.text.count

    def draw(self, number: int) -> list[Segment] | None:
        """One line; None while its page is not at hand."""
        line = self.text.line(number)
        return None if line is None else [Segment(line)]

    def find(self, text: str) -> AsyncGenerator[list[int], None]:
        """Lines that hold `text`."""
        return self.text.find(text)


class TextPanel(Vertical):
    """Shows one text at a time."""

    class TextChanged(Message):
        """More of the text is known, or a search found something: the title may have to say so."""

    class FindEnded(Message):
        """The search line closed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._lines: SearchableLines | None = None
        self.finder: Finder | None = None
        self.problem = ""
        """Why the text cannot be shown; a sentence."""
        self._follow = False
        self._grew = False

    def compose(self) -> ComposeResult:
        """Title, text, search line."""
        yield Static(classes="panel-title")
        yield LineView()
        yield Input(placeholder="search this text", classes="panel-find", select_on_focus=True)

    def on_mount(self) -> None:
        """The search line is not there until it is asked for."""
        self.find_line.display = False
        self.view.mark_style = self._mark_style

    def _mark_style(self, is_current: bool) -> Style:
        palette = cast("PacelineApp", self.app).palette
        return palette["warning" if is_current else "accent"] + Style(reverse=True, bold=is_current)

    @property
    def view(self) -> LineView:
        """The lines."""
        return self.query_one(LineView)

    @property
    def find_line(self) -> Input:
        """Where the search is typed."""
        return self.query_one(".panel-find", Input)

    @property
    def lines(self) -> SearchableLines | None:
        """What is shown."""
        return self._lines

    # -- the text -------------------------------------------------------------------------------------

    def set_title(self, content: Content) -> None:
        """The line above the text."""
        self.query_one(".panel-title", Static).update(content, layout=False)

    def show(self, lines: SearchableLines | None, *, follow: bool = False, keep_place: bool = False) -> None:
        """Show another text. `follow`: its end stays in view while it grows."""
        self._lines, self._follow, self.problem = lines, follow, ""
        self._grew = False
        self.view.show(lines, keep_place=keep_place)
        if self.finder is not None:
            self.find(self.finder.needle, go=False)

    def load(self, text: PagedText, *, quiet: bool = False) -> None:
        """Read `text` to its end beside the screen. `quiet`: one that is not there (yet) is no problem."""
        self._load(text, quiet=quiet)

    def show_secrets(self, *, is_shown: bool) -> None:
        """Draw the text anew with its secrets, or without; what a search finds is another thing then."""
        if isinstance(self._lines, PlainLines):
            self._lines.text.shows_secrets = is_shown
            self.view.renew()
            if self.finder is not None:
                self.find(self.finder.needle, go=False)

    def text_grew(self) -> None:
        """The text has more lines: the next `flush` draws them."""
        self._grew = True

    def flush(self) -> None:
        """Draw what came since the last time."""
        if self._grew:
            self._grew = False
            self.view.grow(follow=self._follow)
            self.post_message(self.TextChanged())

    @work(group="text-load", exclusive=True, exit_on_error=False)
    async def _load(self, text: PagedText, *, quiet: bool) -> None:
        try:
            async for _ in text.load():
                self._grew = True
        except (PacelineError, ValueError) as error:
            if not quiet:
                self.problem = str(error)
        text.is_loaded = True
        self.post_message(self.TextChanged())

    def on_line_view_lines_missed(self, event: LineView.LinesMissed) -> None:
        """Fetch the pages in view."""
        event.stop()
        if isinstance(self._lines, PlainLines):
            self._bring(self._lines.text, event.first, event.last)

    @work(group="text-page", exclusive=True, exit_on_error=False)
    async def _bring(self, text: PagedText, first: int, last: int) -> None:
        try:
            await text.bring(first, last)
        except (PacelineError, ValueError) as error:
            self.problem = str(error)
            self.post_message(self.TextChanged())
        else:
            self.view.renew()

    # -- searching ------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Open the search line."""
        self.find_line.display = True
        self.find_line.focus()

    def find(self, needle: str, *, go: bool = True) -> None:
        """Search; with `go` the first match from the top of the view on is gone to."""
        self.finder = Finder(needle) if needle else None
        self.view.mark(needle, None)
        if self.finder is not None and self._lines is not None:
            self._search(self.finder, self._lines, go=go)
        elif self.finder is not None:
            self.finder.is_done = True
        self.post_message(self.TextChanged())

    def step(self, direction: int) -> None:
        """Go to the next match (1) or the one before (-1)."""
        finder = self.finder
        if finder is None:
            self.ask()
        elif finder.step(direction, self.view.top):
            self.view.mark(finder.needle, finder.line)
            self.post_message(self.TextChanged())

    def forget(self) -> bool:
        """End the search; False when there was none."""
        was_open = self.find_line.display
        self._close()
        if self.finder is None:
            return was_open
        self.find("")
        return True

    def _close(self) -> None:
        if self.find_line.display:
            self.find_line.display = False
            self.view.focus()
            self.post_message(self.FindEnded())

    @on(Input.Submitted, ".panel-find")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close()
        self.find(event.value)

    @work(group="text-find", exclusive=True, exit_on_error=False)
    async def _search(self, finder: Finder, lines: SearchableLines, *, go: bool) -> None:
        here = self.view.top
        try:
            async for found in lines.find(finder.needle):
                finder.lines += found
                # At once when it lies below; a match above is gone to only when there is none below.
                if go and finder.at is None and finder.lines and finder.lines[-1] >= here:
                    self._step_first(finder, here)
                if finder is not self.finder:
                    return
                self.post_message(self.TextChanged())
        except (PacelineError, ValueError) as error:
            self.problem = str(error)
        finder.is_done = True
        if go and finder.at is None:
            self._step_first(finder, here)
        self.post_message(self.TextChanged())

    def _step_first(self, finder: Finder, here: int) -> None:
        if finder is self.finder and finder.step(1, here):
            self.view.mark(finder.needle, finder.line)


def title(left: Content, right: str, width: int) -> Content:
    """A title line: what it is, and at the right, whatever has to give way, what there is to say of it."""
    left = left.truncate(max(0, width - cell_len(right) - 2))
    room = max(0, width - left.cell_length - 1)
    return Content.assemble(left, " ", (fit(right, room).rjust(room) if room else "", "$accent"))
