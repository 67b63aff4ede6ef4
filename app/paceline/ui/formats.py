"""How screens write times, counts and names that must fit a width."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from paceline.inventory.iso3166 import all_countries
from paceline.model.text import printable
from paceline.ui.glyphs import Glyphs


def clock(moment: datetime, now: datetime | None = None) -> str:
    """A clock time in this terminal's zone: `16:03`; with the day when `now` is another one: `Tue 24 16:03`."""
    local = moment.astimezone()
    if now is not None and local.date() != now.astimezone().date():
        return f"{local:%a %d %H:%M}"
    return f"{local:%H:%M}"


def zone(moment: datetime) -> str:
    """The name of this terminal's time zone: `CET`."""
    return f"{moment.astimezone():%Z}"


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """Exactly `width` cells of `text` on one line, without control sequences: cut with an ellipsis, or padded."""
    text = printable(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - cell_len(ellipsis))) + ellipsis[: max(0, width)]


def spark(values: Sequence[float], glyphs: Glyphs, most: float | None = None) -> str:
    """One sign per value, as high as its share of `most` (the largest value); a blank for zero."""
    top = most or max(values, default=0.0)
    heights = len(glyphs.spark)
    return "".join(
        " " if value <= 0 or top <= 0 else glyphs.spark[min(heights - 1, int(value / top * heights))]
        for value in values
    )


def bar(done: int, total: int, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """A bar of `width` cells in two parts, what is done and what is open; full only when all is done."""
    filled = width if total and done >= total else (done * width // total if total else 0)
    if done and not filled:
        filled = min(1, width)
    return glyphs.bar_done * filled, glyphs.bar_open * (width - filled)


def size(count: int) -> str:
    """A number of bytes: `842 B`, `1.2 kB`, `50.0 MB`."""
    if count < 1_000:
        return f"{count} B"
    kilobytes = count / 1_000
    if kilobytes < 999.95:
        return f"{kilobytes:.1f} kB"
    return f"{kilobytes / 1_000:.1f} MB" if kilobytes < 999_950 else f"{kilobytes / 1_000_000:.1f} GB"


def moment(at: datetime, now: datetime) -> str:
    """A time to the second, with the day when it is not today's: `16:03:12`, `Tue 24 16:03:12`."""
    local = at.astimezone()
    same = local.date() == now.astimezone().date()
    return f"{local:%H:%M:%S}" if same else f"{local:%a %d %H:%M:%S}"


def place(path: Path) -> str:
    """A path as people write it: below the home folder it begins with `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def country(code: str) -> str:
    """A country as the screens write it: `BR Brazil`; the code alone where it has no name."""
    found = all_countries().get(code)
    return f"{code} {found.common_name}" if found else code


def many(count: int, what: str) -> str:
    """`1 device`, `2 devices`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
