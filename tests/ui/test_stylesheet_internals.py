"""The styles are parsed once, with the theme's colours, and again when these change."""

import inspect
from typing import Any

import pytest
from textual.app import App
from textual.css import stylesheet
from textual.css.stylesheet import Stylesheet

from paceline.ui.stylesheet_internals import KeptStylesheet


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were parsed."""
    parsed: list[str] = []
    parse = vars(stylesheet)["parse"]

    def noted(scope: str, css: str, *more: Any, **named: Any) -> Any:
        parsed.append(css.partition(" ")[0])
        return parse(scope, css, *more, **named)

    monkeypatch.setattr(stylesheet, "parse", noted)
    return parsed


def test_only_new_colours_have_the_styles_parsed_again(parses: list[str]) -> None:
    styles = KeptStylesheet(variables={"colour": "red"})
    styles.add_source("Label { color: $colour; }", ("one", ""))
    assert styles.rules[0].styles.color.rgb == (255, 0, 0)
    styles.add_source("Button { color: $colour; }", ("two", ""))
    styles.set_variables({"colour": "red"})
    styles.reparse()
    assert len(styles.rules) == 2
    assert parses == ["Label", "Button"]
    styles.set_variables({"colour": "blue"})
    styles.reparse()
    assert [rule.styles.color.rgb for rule in styles.rules] == [(0, 0, 255)] * 2
    assert parses == ["Label", "Button"] * 2


def test_what_this_leans_on_is_there() -> None:
    assert "self._parse_cache.clear()" in inspect.getsource(Stylesheet.set_variables)
    assert "Stylesheet(variables=self._variables)" in inspect.getsource(Stylesheet.reparse)
    assert "set_variables(self.get_css_variables())" in inspect.getsource(App.refresh_css)
