"""Themes of Paceline as Textual knows them, and the same colours for lines that widgets draw themselves."""

from dataclasses import dataclass
from functools import cached_property

from rich.style import Style
from textual.color import Color
from textual.theme import Theme as TextualTheme

from paceline.config.themes import Theme
from paceline.model.states import CommandState, DeviceState, JobState

STATE_TOKENS: dict[DeviceState, str] = {
    DeviceState.PENDING: "muted",
    DeviceState.CONNECTING: "accent",
    DeviceState.RUNNING: "primary",
    DeviceState.SUCCEEDED: "success",
    DeviceState.PARTIAL: "warning",
    DeviceState.FAILED: "error",
    DeviceState.UNREACHABLE: "unreachable",
    DeviceState.SKIPPED: "muted",
    DeviceState.CANCELLED: "muted",
    DeviceState.UNKNOWN: "warning",
}
"""A device state's colour, by the theme's token."""

COMMAND_TOKENS: dict[CommandState, str] = {
    CommandState.PENDING: "muted",
    CommandState.RUNNING: "primary",
    CommandState.SUCCEEDED: "success",
    CommandState.REJECTED: "error",
    CommandState.TIMED_OUT: "error",
    CommandState.LOST: "error",
    CommandState.SKIPPED: "muted",
    CommandState.CANCELLED: "muted",
}

JOB_TOKENS: dict[JobState, str] = {
    JobState.SCHEDULED: "muted",
    JobState.WAITING: "warning",
    JobState.RUNNING: "primary",
    JobState.PAUSED: "warning",
    JobState.HELD: "error",
    JobState.STOPPING: "warning",
    JobState.FINISHED: "success",
    JobState.STOPPED: "warning",
    JobState.WINDOW_CLOSED: "warning",
}


_ANSI = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "primary-muted": "ansi_default",
    "secondary-muted": "ansi_default",
    "text-muted": "ansi_default",
    "text-disabled": "ansi_default",
    "foreground-muted": "ansi_default",
    "background-muted": "ansi_default",
    "border": "ansi_default",
    "border-blurred": "ansi_default",
    "surface": "ansi_default",
    "panel": "ansi_default",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-selection-background": "ansi_white",
    "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_white",
    "screen-selection-foreground": "ansi_black",
}
"""What Textual's own widgets take where there are sixteen colours: none of its blends."""


def to_textual(theme: Theme) -> TextualTheme:
    """The theme for `App.register_theme`; `$unreachable` and `$muted` are variables of their own."""
    is_ansi = theme.background.startswith("ansi_")
    return TextualTheme(
        name=theme.name,
        primary=theme.primary,
        secondary=theme.secondary,
        accent=theme.accent,
        success=theme.success,
        warning=theme.warning,
        error=theme.error,
        foreground=theme.foreground,
        background=theme.background,
        surface=theme.surface,
        panel=theme.panel,
        dark=theme.dark,
        ansi=is_ansi,
        variables={
            "unreachable": theme.unreachable,
            "muted": theme.muted,
            "block-cursor-text-style": "none",
            "block-cursor-foreground": theme.foreground,
            "block-cursor-background": _under_cursor(theme),
            "footer-key-foreground": theme.accent,
            "footer-description-foreground": theme.foreground,
            "footer-background": theme.panel,
            # Blends of them would be a seventeenth colour in a theme that has the terminal's sixteen.
            "scrollbar": theme.muted,
            "scrollbar-hover": theme.foreground,
            "scrollbar-active": theme.foreground,
            "scrollbar-background": theme.surface,
            "scrollbar-background-hover": theme.surface,
            "scrollbar-background-active": theme.surface,
            "scrollbar-corner-color": theme.surface,
            **(_ANSI if is_ansi else {}),
        },
    )


def _under_cursor(theme: Theme) -> str:
    """The ground of a list's chosen line: muted text is readable on it, and 256 or 16 colours still tell it apart."""
    return Color.parse(theme.background).blend(Color.parse(theme.primary), 0.3).hex


@dataclass(frozen=True)
class Palette:
    """A theme's colours as styles, by token: `palette["error"]`, `palette.state(DeviceState.FAILED)`."""

    theme: Theme

    def __getitem__(self, token: str) -> Style:
        return self._styles[token]

    @cached_property
    def _styles(self) -> dict[str, Style]:
        tokens = (
            "foreground", "background", "surface", "panel", "primary", "secondary",
            "accent", "success", "warning", "error", "unreachable", "muted",
        )  # fmt: skip
        return {token: Style(color=rich_colour(getattr(self.theme, token))) for token in tokens}

    @cached_property
    def cursor(self) -> Style:
        """The line the cursor is on: reverse video, which every terminal has."""
        return Style(reverse=True)

    def state(self, state: DeviceState) -> Style:
        """A device state's colour."""
        return self[STATE_TOKENS[state]]

    def command(self, state: CommandState) -> Style:
        """A command state's colour."""
        return self[COMMAND_TOKENS[state]]

    def job(self, state: JobState) -> Style:
        """A job state's colour."""
        return self[JOB_TOKENS[state]]


def rich_colour(colour: str) -> str:
    """A theme's colour as Rich names it: `ansi_bright_blue` is `bright_blue` there."""
    return colour.removeprefix("ansi_")
