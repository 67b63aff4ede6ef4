"""One command: its line, and how long it may take."""

from collections.abc import Callable

from pydantic import ValidationError
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from paceline.model.job import Command
from paceline.plan.effect import Verdict
from paceline.ui.dialogs.base import Dialog

Judge = Callable[[str], Verdict]
"""What a line does on the devices that get it."""


def style_of(verdict: Verdict) -> str:
    """The theme's token of what a line does."""
    return {"reads": "$success", "changes": "$warning", "disrupts": "bold $error", "refused": "$error"}[verdict.effect]


class CommandDialog(Dialog[Command]):
    """Says while it is typed what the line does: read, change, take a device down; or why it is refused."""

    def __init__(self, title: str, command: Command | None, judge: Judge, usual: str) -> None:
        """`usual`: how long a command may take when nothing is said."""
        super().__init__()
        self._title, self._command, self._judge, self._usual = title, command, judge, usual

    def compose(self) -> ComposeResult:
        """The line, the timeout, the verdict."""
        old = self._command
        timeout = f"{old.timeout_s:g}" if old is not None and old.timeout_s else ""
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Static(
                Content("Command, as typed on the device; {name} and the like are filled in"),
                classes="secret-label",
            )
            yield Input(old.command if old else "", id="line", compact=True, classes="secret")
            yield Static(Content("Seconds it may take in all"), classes="secret-label")
            yield Input(
                timeout, id="timeout", placeholder=self._usual, compact=True, classes="secret", restrict=r"[0-9.]*"
            )
            yield Static("", classes="dialog-error", markup=False)
            yield Static(
                Content.styled("enter keeps it   tab goes on   esc goes back", "$muted"), classes="dialog-keys"
            )

    def on_mount(self) -> None:
        """Type at once."""
        super().on_mount()
        self.query_one("#line", Input).focus()
        self._say("", "$warning")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Judge the line."""
        event.stop()
        line = self.query_one("#line", Input).value.strip()
        if line:
            verdict = self._judge(line)
            self._say(verdict.words, style_of(verdict))
        else:
            self._say("", "$warning")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it, when it is a command at all."""
        event.stop()
        line, timeout = self.query_one("#line", Input).value, self.query_one("#timeout", Input).value
        try:
            command = Command.model_validate({"command": line, "timeout_s": float(timeout) if timeout else None})
        except ValidationError as error:
            first = error.errors()[0]
            what = "timeout" if "timeout_s" in first["loc"] else "command"
            reason = first["msg"].removeprefix("Value error, ")
            self._say(f"{what}: {reason[:1].lower()}{reason[1:]}", "$error")
        except ValueError:
            self._say(f"timeout: {timeout} is no number of seconds", "$error")
        else:
            self.dismiss(command)

    def _say(self, why: str, style: str) -> None:
        error = self.query_one(".dialog-error", Static)
        error.display = bool(why)
        error.update(Content.styled(why, style))
