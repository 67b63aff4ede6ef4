"""What devices send may not steer the terminal."""

import pytest

from paceline.model.text import printable, without_controls


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]52;c;aGk=\x1b\\clipboard", "clipboard"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1b]never ended", "never ended"),
        ("\x1b(B\x1b=\x1b7charset", "charset"),
        ("a\x08\x7fb\x00c\x9b31md", "abc31md"),
        ("abc\u202edef\u2066\u200b", "abcdef"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("漢字 é", "漢字 é"),
    ],
)
def test_control_sequences_are_gone_and_the_rest_stays(sent: str, shown: str) -> None:
    assert without_controls(sent) == shown


def test_printable_is_one_line() -> None:
    assert printable("a\nb\tc\x1b[2J") == "a b c"
