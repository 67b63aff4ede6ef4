"""Digits three lines high, drawn with lines; for the one number that is read from across the room."""

_DIGITS = {
    "0": ("╭─╮", "│ │", "╰─╯"),
    "1": ("╶╮ ", " │ ", "╶┴╴"),
    "2": ("╶─╮", "╭─╯", "╰─╴"),
    "3": ("╶─╮", " ─┤", "╶─╯"),
    "4": ("╷ ╷", "╰─┤", "  ╵"),
    "5": ("╭─╴", "╰─╮", "╶─╯"),
    "6": ("╭─╴", "├─╮", "╰─╯"),
    "7": ("╶─╮", "  │", "  ╵"),
    "8": ("╭─╮", "├─┤", "╰─╯"),
    "9": ("╭─╮", "╰─┤", "╶─╯"),
    ":": (" ", ":", " "),
}


def large(text: str) -> tuple[str, str, str]:
    """Digits and colons as three lines of equal width. Raises KeyError for other signs."""
    top, middle, bottom = zip(*(_DIGITS[sign] for sign in text), strict=True)
    return "".join(top), "".join(middle), "".join(bottom)
