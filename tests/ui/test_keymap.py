"""The bindings of the screens, and the operator's own keys."""

import re
from collections import Counter

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, text_of
from tests.ui.quiet import settle
from textual.binding import Binding

from paceline.ui.bindings import all_bindings, classes
from paceline.ui.keymap import key_problem, key_problems, show_key, usable

ALT_GR = set("[]{}@\\|~€") | {
    "left_square_bracket", "right_square_bracket", "left_curly_bracket", "right_curly_bracket", "at", "backslash",
    "vertical_line", "tilde",
}  # fmt: skip


@pytest.mark.parametrize("owner", classes(), ids=lambda owner: owner.__name__)
def test_every_binding_has_an_id_and_keys_that_every_keyboard_has(owner: type) -> None:
    for binding in vars(owner).get("BINDINGS", ()):
        assert isinstance(binding, Binding), binding
        assert binding.id, f"{owner.__name__}: {binding.key} has no id"
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", binding.id), binding.id
        assert binding.description, binding.id
        for bound in Binding.make_bindings([binding]):
            assert "alt+" not in bound.key, binding.id
            assert not re.fullmatch(r"f\d+", bound.key), binding.id
            assert bound.key not in ALT_GR, binding.id
            assert not key_problem(bound.key), (binding.id, bound.key)


def test_ids_are_unique() -> None:
    counts = Counter(bound.id for bound in all_bindings())
    assert len(counts) > 30
    assert [id_ for id_, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("p", ""),
        ("P", ""),
        ("?", ""),
        ("ctrl+r", ""),
        ("f5", ""),
        ("space", ""),
        ("shift+up", ""),
        ("ctlr+p", 'no key is called "ctlr+p"; did you mean "ctrl+p"?'),
        ("pgdn", 'no key is called "pgdn"'),
        ("ctrl+i", 'terminals send "tab" for "ctrl+i"'),
        ("ctrl+m", 'terminals send "enter" for "ctrl+m"'),
        ("shift+p", 'written as the letter it gives: "P"'),
        ("", "expected a key"),
        ("[bold]", 'no key is called "[bold]"'),
    ],
)
def test_a_key_that_cannot_be_pressed_is_told(key: str, said: str) -> None:
    told = key_problem(key)
    assert said in told
    assert bool(said) == bool(told)


def test_what_is_wrong_with_the_operators_keys_is_told_with_the_binding() -> None:
    problems = key_problems(
        {
            "history.agian": "x",
            "nothing.like_it": "x",
            "history.copy": "ctrl+i",
            "device.log": "n",
            "device.copy": "C,x",
        }
    )
    told = {problem.id: problem.sentence for problem in problems}
    assert told["history.agian"] == 'there is no such binding; did you mean "history.again"?'
    assert "help" in told["nothing.like_it"]
    assert "tab" in told["history.copy"]
    assert told["device.log"] == '"n" is the key of device.next_match too: give one of them another'
    assert "device.copy" not in told


def test_keys_meet_only_where_both_are_waited_for() -> None:
    assert key_problems({"history.copy": "l"}) == []
    assert [problem.id for problem in key_problems({"history.copy": "q"})] == ["history.copy"]
    assert "rows.down" in key_problems({"history.copy": "j"})[0].sentence
    # Two that change places are no conflict.
    assert key_problems({"device.log": "c", "device.copy": "l"}) == []


def test_unusable_entries_leave_their_binding_as_it_is() -> None:
    assert usable({"a.b": "?, p", "c.d": "nokey", "e.f": "x,nokey"}) == {"a.b": "question_mark,p"}


def test_keys_are_written_as_they_are_typed() -> None:
    assert [show_key(key) for key in ("question_mark", "J", "ctrl+p", "pagedown", "escape", "down", "slash")] == [
        "?", "J", "ctrl+p", "page down", "esc", "down", "/",
    ]  # fmt: skip


async def test_a_key_of_ones_own_works_and_the_footer_shows_it(desk: Desk) -> None:
    desk.set('[ui.keys]\n"app.help" = "h"\n"history.filter" = "ctrl+f"\n')
    app = desk.app(desk.record())
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("3")
        await settle(pilot)
        assert "^f Filter" in text_of(app)
        assert "h Help" in text_of(app)
        await pilot.press("question_mark")
        await settle(pilot)
        assert app.screen is app.screen_stack[0]
        await pilot.press("h")
        await settle(pilot)
        assert "Keys here" in text_of(app)


async def test_what_is_wrong_in_the_settings_is_a_notice_and_no_markup(desk: Desk) -> None:
    desk.set('[ui.keys]\n"history.opn" = "o"\n"history.copy" = "[/bold]"\n')
    app = desk.app()
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        notices = [notification.message for notification in app._notifications]
        assert len(notices) == 2
        assert all(str(desk.paths.settings) in notice for notice in notices)
        assert any("ui.keys.history.opn: there is no such binding" in notice for notice in notices)
        assert any('"[/bold]"' in notice for notice in notices)
        assert 'key is called "[/bold]"' in text_of(app)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('primary = "#zzzzzz"', "primary"),
        ("primary = 7", "primary"),
        ('colour = "#123456"', "colour"),
        ("not toml at all [", "not TOML"),
    ],
)
async def test_a_broken_theme_is_a_notice_with_its_file_and_key(desk: Desk, toml: str, said: str) -> None:
    desk.paths.themes.mkdir()
    text = (desk.paths.shipped_themes / "mono.toml").read_text().replace('"mono"', '"mine"')
    (desk.paths.themes / "mine.toml").write_text(re.sub(r"(?m)^primary = .*$", toml, text))
    desk.set('[ui]\ntheme = "mine"\n')
    app = desk.app()
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        notices = [notification.message for notification in app._notifications]
        assert any("mine.toml" in notice and said in notice for notice in notices), notices
        assert app.theme == "paceline-dark"
