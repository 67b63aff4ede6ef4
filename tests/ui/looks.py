"""How a screen looks: its text for assertions, and a snapshot that must show certain words."""

from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

Hands = Callable[[Pilot[Any]], Awaitable[None]]
Snap = Callable[..., bool]
NARROW, WIDE, HUGE = (80, 24), (120, 36), (200, 60)


def text_of(app: App[Any]) -> str:
    """What the terminal shows now, line by line."""
    return "\n".join(
        "".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()
    )


def looks_right(snap_compare: Snap, app: App[Any], size: tuple[int, int], words: tuple[str, ...], hands: Hands) -> bool:
    """Let `hands` drive the app; the screen must show every one of `words` (three at least), and be as it was."""
    assert len(words) >= 3, "name at least three strings that the screen exists to show"

    async def drive(pilot: Pilot[Any]) -> None:
        await hands(pilot)
        await pilot.pause()
        shown = text_of(pilot.app)
        missing = [word for word in words if word not in shown]
        assert not missing, f"{missing} not in\n{shown}"

    return snap_compare(app, terminal_size=size, run_before=drive)
