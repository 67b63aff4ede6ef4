"""Text for terminals whose encoding lacks its signs: every sign becomes ASCII ones that take the same cells."""

import codecs
import unicodedata
from collections.abc import Callable

from rich.cells import cell_len

_KNOWN = {"…": "~", "•": "*", "●": "*", "○": "o", "·": ".", "✓": "+", "✗": "x", "■": "#", "“": '"', "”": '"'}
_BY_NAME = (
    ("UPWARDS", "^"), ("DOWNWARDS", "v"), ("LEFTWARDS", "<"), ("RIGHTWARDS", ">"),
    ("UP-POINTING", "^"), ("DOWN-POINTING", "v"), ("LEFT-POINTING", "<"), ("RIGHT-POINTING", ">"),
    ("DASH", "-"), ("SINGLE QUOTATION", "'"), ("FULL BLOCK", "#"), ("SHADE", "#"), ("LOWER", "_"), ("UPPER", "-"),
    ("LEFT", "|"), ("RIGHT", "|"),
)  # fmt: skip
"""Words in a sign's Unicode name, the first that fits, and what stands for it."""


def make_encoder(encoding: str) -> Callable[[str], bytes]:
    """How text goes out in `encoding`; for one that is not Unicode, missing signs become ASCII ones. One it does not
    know counts as ASCII."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = "ascii"
    if name.startswith("utf"):
        return lambda text: text.encode("utf-8", "replace")
    signs = _Signs(name)
    return lambda text: (text if text.isascii() else text.translate(signs)).encode(name, "replace")


class _Signs(dict[int, str]):
    """For `str.translate`; filled with what comes by."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        try:
            sign.encode(self._encoding)
        except UnicodeEncodeError:
            sign = _plain(sign)
        self[code] = sign
        return sign


def _plain(sign: str) -> str:
    if sign in _KNOWN:
        return _KNOWN[sign]
    cells = cell_len(sign)
    letter = unicodedata.normalize("NFKD", sign)[:1]
    if letter.isascii():
        return letter.ljust(cells)[:cells]
    name = unicodedata.name(sign, "")
    if name.startswith("BOX DRAWINGS"):
        is_across, is_down = "HORIZONTAL" in name, "VERTICAL" in name
        return "+" if is_across == is_down else ("-" if is_across else "|")
    return next((plain for word, plain in _BY_NAME if word in name), "?" * cells)
