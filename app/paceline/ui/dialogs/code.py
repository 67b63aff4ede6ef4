"""What a device asks at a login beyond a password: its own words, and where to type the answer."""

from collections.abc import Callable
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.model.event import LoginAsked
from paceline.model.text import without_controls
from paceline.model.time import seconds_between
from paceline.ui.dialogs.fitted import DialogText, FittedDialog
from paceline.ui.dialogs.gate import GRACE_S

_LOOK_S = 0.5


class CodeDialog(FittedDialog[tuple[str, ...]]):
    """Enter in the last line gives the answers, escape leaves the login waiting. It closes when that has ended."""

    def __init__(self, asked: LoginAsked, now: datetime, still_waits: Callable[[], bool]) -> None:
        super().__init__()
        self._asked, self._now, self._still_waits = asked, now, still_waits
        self.opened_by_itself = False
        self._mounted_at = 0.0

    def compose(self) -> ComposeResult:
        """Who asks, what it says, a line for each of its prompts."""
        asked = self._asked
        left_s = max(0, round(seconds_between(self._now, asked.until)))
        until = f"It waits for {left_s} s. What you type is used once, and not kept."
        with Vertical(classes="dialog"):
            yield Static(Content(f"{asked.device} asks {asked.user} for more than a password"), classes="dialog-title")
            with DialogText(classes="dialog-text"):
                # Their text is text: nothing in it is markup, or steers the terminal.
                yield Static(Content("\n".join(filter(None, (without_controls(asked.instruction), until)))))
            for number, prompt in enumerate(asked.prompts):
                yield Static(Content(without_controls(prompt.text) or "answer"), classes="secret-label")
                yield Input(password=not prompt.shown, id=f"code-{number}", classes="secret", compact=True)
            yield Static(Content.styled("enter answers   esc leaves it waiting", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Typing goes into the first line."""
        super().on_mount()
        self._mounted_at = events.Event().time
        self.query(Input).first().focus()
        self._looking = self.set_interval(_LOOK_S, self._look)

    def accepts(self, key: events.Key) -> bool:
        """Whether a key was meant for it."""
        return super().accepts(key) and not (self.opened_by_itself and key.time < self._mounted_at + GRACE_S)

    def _look(self) -> None:
        # Not while help covers it: the one on top is what goes.
        if self.is_current and not self._still_waits():
            self._looking.stop()
            self.app.notify(f"{self._asked.device} does not wait any more.", severity="warning", markup=False)
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next line, and after the last one the answers; an empty one is none."""
        event.stop()
        lines = list(self.query(Input))
        empty = next((line for line in lines if not line.value), None)
        if event.input is not lines[-1]:
            self.focus_next()
        elif empty is not None:
            empty.focus()
        else:
            answers = tuple(line.value for line in lines)
            for line in lines:
                line.value = ""
            self._looking.stop()
            self.dismiss(answers)
