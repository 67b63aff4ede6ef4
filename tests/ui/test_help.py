"""Help: the keys of the screen under it, and the manual."""

from typing import Any

from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, Snap, looks_right, text_of
from tests.ui.quiet import settle
from textual.pilot import Pilot

from paceline.ui.guide import draw_sections, sections
from paceline.ui.screens.help import HelpScreen
from paceline.ui.theming import Palette

MANUAL = """# The manual
Welcome.

## First
Text with `code`, **bold**, a [link](#second) and an [address](https://example.net).

```sh
# not a heading
paceline check
```

### Deeper

| key | does |
|---|---|
| `a` | all of it |

## Second
Needle in the second.
"""


async def show(desk: Desk, pilot: Pilot[Any], *keys: str) -> HelpScreen:
    """Help over History, and some keys."""
    await pilot.press("3", "question_mark")
    await settle(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, HelpScreen)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return screen


def test_the_manual_is_cut_at_its_headings_and_not_in_its_code() -> None:
    parts = sections(MANUAL)
    assert [(part.title, part.level) for part in parts] == [
        ("The manual", 1), ("First", 2), ("Deeper", 3), ("Second", 2),
    ]  # fmt: skip
    assert "# not a heading" in parts[1].text


async def test_the_manual_is_lines_with_its_sections_marked(desk: Desk) -> None:
    palette = Palette(desk.app().surroundings.themes.by_name["mono"])
    lines = draw_sections(sections(MANUAL), 40, palette)
    text = ["".join(segment.text for segment in lines.draw(n) or ()).rstrip() for n in range(lines.count)]
    assert [text[start] for start in lines.starts] == ["The manual", "First", "Deeper", "Second"]
    assert "  # not a heading" in text
    assert "Text with code, bold, a link and an" in text
    assert all(len(line) <= 40 for line in text)
    assert [line async for found in lines.find("needle") for line in found] == [text.index("Needle in the second.")]


def test_the_keys_of_history(desk: Desk, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(desk, pilot)

    words = ("Keys here", "Run again…", "history.again", "Filter", "history.filter", "s Sections")
    assert looks_right(snap_compare, desk.app(), NARROW, words, hands)


def test_a_section_of_the_manual(desk: Desk, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        screen = await show(desk, pilot)
        # The manual itself changes with every release: not what it says, how it is shown is looked at.
        screen._guide = sections(MANUAL)[1:]
        screen._width = 0
        screen._draw()
        await settle(pilot)
        await pilot.press("G", "slash", *"all of", "enter")
        await settle(pilot)

    words = ("Deeper", "Second", "paceline check", 'of 1 line with "all of"', "all of it")
    assert looks_right(snap_compare, desk.app(), WIDE, words, hands)


async def test_a_section_is_chosen_from_the_list(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, "s")
        assert screen.section_list.has_focus
        titles = [str(option.prompt).strip() for option in screen.section_list.options]
        assert titles[1] in text_of(app), "those that the list has room for are shown"
        screen.section_list.highlighted = titles.index("Exit codes")
        await pilot.press("enter")
        await settle(pilot)
        assert "a gate stopped the job" in text_of(app)
        assert text_of(app).splitlines()[2].strip() == "Exit codes"


async def test_the_whole_manual_is_searched(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, "slash", *"sigterm", "enter")
        first = screen.panel.view.top
        assert "SIGTERM" in text_of(app)
        assert first > 0
        await pilot.press("N", "n")
        await settle(pilot)
        assert "SIGTERM" in text_of(app)
        assert screen.panel.finder is not None
        assert screen.panel.finder.at == 0


async def test_every_key_moves_the_text(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        view = (await show(desk, pilot)).panel.view
        page = view.size.height - 1
        steps = (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("space", page), ("b", 0), ("pagedown", page), ("pageup", 0),
            ("G", view.max_scroll_y), ("g", 0), ("end", view.max_scroll_y), ("home", 0),
        )  # fmt: skip
        for key, top in steps:
            await pilot.press(key)
            await pilot.pause()
            assert view.top == top, key


async def test_escape_goes_back_step_by_step(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, "slash", *"pace", "enter", "escape")
        assert app.screen is screen
        await pilot.press("s", "escape")
        await settle(pilot)
        assert app.screen is screen
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is not screen


async def test_a_manual_that_is_gone_leaves_the_keys_and_says_so(desk: Desk) -> None:
    app = desk.app()
    object.__setattr__(app.surroundings.paths, "guide", desk.paths.config / "no.md")
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot)
        assert "no.md cannot be read: No such file or directory" in text_of(app)
        assert "history.again" in text_of(app)


async def test_help_opens_once(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        await show(desk, pilot, "question_mark")
        assert len(app.screen_stack) == 2
