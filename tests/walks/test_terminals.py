"""Terminals as they are found: small ones, old ones, other encodings, and none at all."""

import sys

import pytest
from tests.cli.desk import ENTRY
from tests.walks.conftest import Operator


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_move_its_cursor_gets_a_sentence(operator: Operator, term: str) -> None:
    for arguments in ((), ("demo",)):
        terminal = operator.opens(*arguments, TERM=term)
        assert terminal.ends() == 2
        assert "TERM=xterm-256color" in terminal.said
        assert b"\x1b" not in terminal.raw


def test_output_into_a_pipe_or_no_input_gets_a_sentence(operator: Operator) -> None:
    program = f"'{sys.executable}' -c '{ENTRY}'"
    for line in (f"{program} | cat; exit ${{PIPESTATUS[0]}}", f"{program} <&-", f"{program} </dev/null"):
        terminal = operator.runs(["/bin/bash", "-c", line])
        assert terminal.ends() == 2, line
        assert "the screens need a terminal; without one use `paceline run PRESET --plain`" in terminal.said


def test_standard_error_may_go_elsewhere(operator: Operator) -> None:
    terminal = operator.runs(["/bin/bash", "-c", f"'{sys.executable}' -c '{ENTRY}' 2>errors"])
    terminal.shows("1 Configure", "selected")
    terminal.press("q")
    assert terminal.ends() == 0
    assert (operator.root / "errors").read_bytes() == b""


def test_a_small_terminal_says_what_it_needs_and_comes_back(operator: Operator) -> None:
    terminal = operator.opens(size=(40, 10)).shows("needs 80x24", "40x10")
    terminal.resize(80, 24)
    terminal.shows("1 Configure", "selected").shows_not("needs 80x24")
    terminal.resize(40, 10)
    terminal.shows("needs 80x24")
    terminal.press("q")
    assert terminal.ends() == 0


def test_a_locale_without_unicode_gets_ascii(operator: Operator) -> None:
    terminal = operator.opens(LC_ALL="C", size=(120, 36))
    operator.ticks_all(terminal).press("ctrl+r")
    terminal.shows("Start now")
    assert terminal.raw.isascii()
    assert "?" not in terminal.text.replace("devices?", "").replace("? Help", "").replace("?  Help", "")


def test_sixteen_colours_are_enough(operator: Operator) -> None:
    terminal = operator.opens(TERM="screen").shows("1 Configure", "selected")
    terminal.press("q")
    assert terminal.ends() == 0
    for many in (b"38;5;", b"38;2;", b"48;5;", b"48;2;"):
        assert many not in terminal.raw
