"""Text for terminals without Unicode."""

import pytest
from rich.cells import cell_len

from paceline.ui.glyphs import ASCII, UNICODE, choose_glyphs
from paceline.ui.plain_signs import make_encoder

SIGNS = "┌─┐│└┘├┤╭╮╰╯━┃═║▔▁▎▊█▌▐░▒▓▄▀▲▼◀▶▸▾…•●○✓✗–—“”‘’é☃漢"


@pytest.mark.parametrize("encoding", ["ascii", "ANSI_X3.4-1968", "iso8859-1", "no-such-encoding"])
def test_every_sign_keeps_its_width(encoding: str) -> None:
    encode = make_encoder(encoding)
    for sign in SIGNS:
        assert len(encode(sign)) == cell_len(sign), sign


def test_borders_and_marks_stay_readable_in_ascii() -> None:
    encode = make_encoder("ascii")
    assert encode("┌─┐│ Ünïcode… ▶ ↑↓ █ ◀") == b"+-+| Unicode~ > ^v # <"


def test_what_the_encoding_has_stays() -> None:
    assert make_encoder("iso8859-1")("é │") == b"\xe9 |"
    assert make_encoder("UTF-8")("é │\ud800") == "é │?".encode()


def test_the_glyphs_follow_the_encoding() -> None:
    assert choose_glyphs("auto", "ISO-8859-1") is ASCII
    assert choose_glyphs("auto", "UTF-8") is UNICODE
    assert choose_glyphs("unicode", "ascii") is UNICODE
