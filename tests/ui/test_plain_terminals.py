"""Terminals that can show less: sixteen colours, none at all, ASCII alone; and every theme on every screen."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from rich.color import Color, ColorSystem, ColorType
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, Snap, looks_right, text_of
from tests.ui.quiet import settle
from tests.ui.recording import JOB
from textual.pilot import Pilot

from paceline.model.event import AttemptStarted
from paceline.ui.app import PacelineApp
from paceline.ui.ascii import to_ascii
from paceline.ui.theming import to_textual

Step = Callable[[Pilot[Any]], Awaitable[None]]
DEVICE = "fra-r8"


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Keys, and what they lead to."""
    for key in keys:
        await pilot.press(key)
    await settle(pilot)


async def device(pilot: Pilot[Any]) -> None:
    """A device, searched."""
    app = pilot.app
    assert isinstance(app, PacelineApp)
    await app.open_job(JOB)
    assert app.shown is not None
    app.open_device(app.shown, DEVICE)
    await settle(pilot)
    await press(pilot, "k", "slash", *"cisco", "enter")


async def leave(pilot: Pilot[Any]) -> None:
    """The leave dialog over a job that runs."""
    app = pilot.app
    assert isinstance(app, PacelineApp)
    app.show_job(JOB)
    await settle(pilot)
    await press(pilot, "q")


SCREENS: dict[str, Step] = {
    "configure": lambda pilot: press(pilot, "1"),
    "monitor": lambda pilot: press(pilot, "2"),
    "history": lambda pilot: press(pilot, "3"),
    "filter": lambda pilot: press(pilot, "3", "slash", "h"),
    "resume": lambda pilot: press(pilot, "3", "u"),
    "palette": lambda pilot: press(pilot, "3", "ctrl+p"),
    "help": lambda pilot: press(pilot, "3", "question_mark", "pagedown", "pagedown"),
    "sections": lambda pilot: press(pilot, "3", "question_mark", "s"),
    "device": device,
    "leave": leave,
}
UNFINISHED = ("resume", "leave")
"""Those that need a job that has not ended."""


def make(desk: Desk, settings: str, name: str) -> PacelineApp:
    """The application with one job, its device saying things beyond ASCII, and a notice."""
    desk.set(settings)
    recording = desk.record()
    app = desk.app(recording)
    sinks = desk.engine.outputs[JOB].sinks
    sinks[JOB, DEVICE, 1, 1].data = bytearray("Cisco ⣿ Grüße 漢字 → ✓ │ 👍\n".encode() * 40)
    begun = recording.until(lambda event: isinstance(event, AttemptStarted))
    desk.clock = desk.engine.play(JOB, begun + 5 if name in UNFINISHED else None)
    return app


def colours(app: PacelineApp) -> set[tuple[ColorType, str]]:
    """Every colour on the screen."""
    styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
    found = [colour for style in styles if style for colour in (style.color, style.bgcolor) if colour is not None]
    return {(colour.type, colour.name) for colour in found}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("name", SCREENS)
async def test_with_ascii_glyphs_every_character_is_ascii(desk: Desk, name: str, size: tuple[int, int]) -> None:
    app = make(desk, '[ui]\nglyphs = "ascii"\n', name)
    async with app.run_test(size=size, notifications=True) as pilot:
        await SCREENS[name](pilot)
        app.notify("Grüße … ✓", title="Ünïcode", markup=False)
        await settle(pilot)
        text = text_of(app)
        assert [line for line in text.splitlines() if not line.isascii()] == []
        # As wide as before: nothing has moved.
        assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}


@pytest.mark.parametrize("name", SCREENS)
async def test_ansi_16_writes_the_sixteen_colours_and_no_others(desk: Desk, name: str) -> None:
    app = make(desk, '[ui]\ntheme = "ansi-16"\n', name)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await SCREENS[name](pilot)
        app.notify("a notice", severity="warning")
        app.notify("an error", severity="error")
        await settle(pilot)
        found = colours(app)
        assert found
        assert [colour for colour in found if colour[0] not in (ColorType.DEFAULT, ColorType.STANDARD)] == []


@pytest.mark.parametrize("name", SCREENS)
async def test_no_color_shows_no_hue_and_the_same_words(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make(desk, "", name)
    async with app.run_test(size=WIDE) as pilot:
        await SCREENS[name](pilot)
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
        found = [colour for style in styles if style for colour in (style.color, style.bgcolor) if colour is not None]
        hues = {colour.triplet for colour in found if colour.triplet and len(set(colour.triplet)) > 1}
        assert hues == set()
        assert text_of(app).strip()


@pytest.mark.parametrize("theme", ["paceline-dark", "paceline-light", "high-contrast", "ansi-16", "mono"])
async def test_every_theme_draws_every_screen_and_can_be_taken_live(desk: Desk, theme: str) -> None:
    app = make(desk, "", "device")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        for step in (SCREENS["history"], SCREENS["palette"]):
            await step(pilot)
        await press(pilot, "escape")
        before = colours(app)
        app.theme = "mono" if theme == "paceline-dark" else theme
        await settle(pilot)
        assert colours(app) != before
        app.theme = theme
        for name in ("help", "device"):
            await SCREENS[name](pilot)
            await press(pilot, "escape", "escape")
        assert app.theme == theme


def test_history_in_ascii(desk: Desk, snap_compare: Snap) -> None:
    app = make(desk, '[ui]\nglyphs = "ascii"\n', "history")
    assert looks_right(snap_compare, app, NARROW, ("+ finished", "x1 !2 %2 +55", "r Run again~"), SCREENS["history"])


def test_a_device_in_the_light_theme(desk: Desk, snap_compare: Snap) -> None:
    app = make(desk, '[ui]\ntheme = "paceline-light"\n', "device")
    assert looks_right(snap_compare, app, NARROW, ("fra-r8", "partial", "1 show version"), SCREENS["device"])


def test_a_device_in_sixteen_colours(desk: Desk, snap_compare: Snap) -> None:
    app = make(desk, '[ui]\ntheme = "ansi-16"\n', "device")
    assert looks_right(snap_compare, app, NARROW, ("fra-r8", "partial", "1 show version"), SCREENS["device"])


def test_a_dialog_in_ascii_and_mono(desk: Desk, snap_compare: Snap) -> None:
    app = make(desk, '[ui]\nglyphs = "ascii"\ntheme = "mono"\n', "resume")
    assert looks_right(snap_compare, app, NARROW, ("Resume health-check?", "Not now", "+-----"), SCREENS["resume"])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain", "plain"),
        ("╭──╮│╰┼", "+--+|++"),
        ("▁▂█▌", "__#|"),
        ("Grüße …", "Gru?e ~"),
        ("漢字", "????"),
        ("e\u0301", "e"),
        ("✓ ✗ ⊘ ◐ ▶ –", "+ x ! o > -"),
    ],
)
def test_ascii_is_as_wide_and_as_near_as_can_be(text: str, plain: str) -> None:
    assert to_ascii(text) == plain


@pytest.mark.parametrize("system", [ColorSystem.EIGHT_BIT, ColorSystem.STANDARD])
@pytest.mark.parametrize("theme", ["paceline-dark", "paceline-light", "high-contrast", "mono"])
def test_the_chosen_line_stands_out_with_few_colours(desk: Desk, theme: str, system: ColorSystem) -> None:
    tokens = to_textual(desk.app().surroundings.themes.by_name[theme])
    chosen = Color.parse(str(tokens.variables["block-cursor-background"]))
    for ground in (tokens.panel, tokens.surface, tokens.background):
        assert ground is not None
        assert chosen.downgrade(system) != Color.parse(ground).downgrade(system)
