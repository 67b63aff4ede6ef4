"""Nothing but ASCII on the screen, for terminals whose encoding has no more: whatever is drawn passes here."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LIKE = {
    "─━═┄┅┈┉╌╍╴╶╸╺‐‑–—―−▬": "-",
    "│┃║┆┇┊┋╎╏╵╷╹╻": "|",
    "▏▎▍▌▐▕": "|",
    "▔▀": "-",
    "▁▂▃▄▅▆▇": "_",
    "█▉▊▋▓▒░■◼▪": "#",
    "▶▸►▹❯›»→": ">",
    "◀◂◄◃❮‹«←": "<",
    "▲▴△↑": "^",
    "▼▾▽↓": "v",
    "•∙·◦": ".",
    "…": "~",
    "✓✔": "+",
    "✗✘✕×": "x",
    "◌○●◐": "o",
    "⊘": "!",
    "‘’‚′": "'",
    "“”„″": '"',
    "\u00a0\u2007\u2009\u202f": " ",
    "÷": "/",
}
_TABLE = {ord(character): plain for characters, plain in _LIKE.items() for character in characters}


@lru_cache(maxsize=4_096)
def to_ascii(text: str) -> str:
    """`text` in ASCII, as wide as before: signs by what is nearest, letters without their accents, `?` for the rest."""
    return text if text.isascii() else "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if character.isascii():
        return character
    cells = cell_len(character)
    if not cells:
        return ""
    if like := _TABLE.get(ord(character)):
        return like
    if 0x2500 <= ord(character) <= 0x257F:
        # What is left of the box drawings are corners and crossings.
        return "+"
    letter = unicodedata.normalize("NFKD", character)[:1]
    return letter if letter.isascii() and letter.isprintable() and cells == 1 else "?" * cells


class AsciiFilter(LineFilter):
    """Textual's own scrollbars, borders and signs included."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]
