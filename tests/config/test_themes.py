"""Themes: complete, legible, and never a crash."""

import pytest

from paceline.config.paths import Paths
from paceline.config.themes import load_themes

STATES = ("foreground", "primary", "accent", "success", "warning", "error", "unreachable", "muted", "secondary")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_five_themes_are_shipped_and_whole(paths: Paths) -> None:
    themes = load_themes(paths)
    assert themes.problems == ()
    assert themes.names == ("ansi-16", "high-contrast", "mono", "paceline-dark", "paceline-light")


@pytest.mark.parametrize(
    ("name", "least"), [("paceline-dark", 4.5), ("paceline-light", 4.5), ("high-contrast", 7), ("mono", 4.5)]
)
def test_text_and_states_can_be_read_on_every_ground(paths: Paths, name: str, least: float) -> None:
    theme = load_themes(paths).by_name[name]
    for ground in (theme.background, theme.surface, theme.panel):
        assert {token: contrast(getattr(theme, token), ground) for token in STATES if
                contrast(getattr(theme, token), ground) < least} == {}  # fmt: skip
    assert theme.dark == (luminance(theme.background) < luminance(theme.foreground))


def test_the_ansi_theme_uses_only_the_terminals_own_colours(paths: Paths) -> None:
    theme = load_themes(paths).by_name["ansi-16"]
    assert all(getattr(theme, token).startswith("ansi_") for token in (*STATES, "background", "surface", "panel"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('accent = "#dadada"', 'accent = "#dad"', 'mine.toml:13: accent: expected a colour, as "#5fafd7"'),
        ('accent = "#dadada"', 'accent = "ansi_cyann"', 'did you mean "ansi_cyan"?'),
        ('accent = "#dadada"', 'acent = "#dadada"', 'acent: unknown key; did you mean "accent"?'),
        ('accent = "#dadada"', "", "accent: this key is missing"),
        ("dark = true", 'dark = "yes"', "dark: expected true or false"),
        ('name = "mine"', 'name = "yours"', 'expected "mine", as the file is called'),
    ],
)
def test_a_broken_theme_is_reported_and_the_others_stay(paths: Paths, old: str, new: str, said: str) -> None:
    paths.themes.mkdir(parents=True)
    text = (paths.shipped_themes / "mono.toml").read_text().replace('"mono"', '"mine"')
    assert old in text
    (paths.themes / "mine.toml").write_text(text.replace(old, new))
    themes = load_themes(paths)
    assert any(said in str(problem) for problem in themes.problems), [str(problem) for problem in themes.problems]
    assert len(themes.names) == 5
