"""The user's manual as lines of a given width, with its sections and where they begin."""

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from rich.theme import Theme

from paceline.ui.theming import Palette

_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_FENCE = re.compile(r"^(```|~~~)")
_INNER_LINK = re.compile(r"\[([^\]]+)\]\(#[^)]*\)")


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with the text under it."""

    title: str
    level: int
    """1 to 3."""
    text: str


def sections(markdown: str) -> list[Section]:
    """The text cut at its headings; a line that only looks like one, in a block of code, is none."""
    found: list[tuple[str, int, list[str]]] = []
    in_code = False
    for line in markdown.splitlines():
        in_code ^= _FENCE.match(line) is not None
        match = None if in_code else _HEADING.match(line)
        if match or not found:
            found.append((match[2] if match else "", len(match[1]) if match else 1, []))
        found[-1][2].append(line)
    return [Section(title, level, "\n".join(lines)) for title, level, lines in found]


class StyledLines:
    """Lines that are all at hand, with where each section begins."""

    def __init__(self, lines: Sequence[Sequence[Segment]], starts: Sequence[int]) -> None:
        self._lines, self.starts = lines, starts

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._lines)

    def draw(self, number: int) -> list[Segment] | None:
        """One line."""
        return list(self._lines[number])

    async def find(self, text: str) -> AsyncGenerator[list[int], None]:
        """Numbers of the lines that hold `text`."""
        fold = text == text.lower()
        plain = ("".join(segment.text for segment in line) for line in self._lines)
        yield [number for number, line in enumerate(plain) if text in (line.lower() if fold else line)]


def draw_sections(parts: Sequence[Section], width: int, palette: Palette) -> StyledLines:
    """All sections, one after the other, `width` columns wide."""
    console = Console(width=width, theme=_theme(palette), color_system="truecolor", force_terminal=True, emoji=False)
    lines: list[Sequence[Segment]] = []
    starts = []
    for part in parts:
        starts.append(len(lines))
        document = _Document(_INNER_LINK.sub(r"\1", part.text), hyperlinks=False)
        for line in [*console.render_lines(document, pad=False), []]:
            # One blank line is enough anywhere.
            if _has_text(line) or (lines and _has_text(lines[-1])):
                lines.append(line)
    return StyledLines(lines, starts)


def _has_text(line: Sequence[Segment]) -> bool:
    return any(segment.text.strip() for segment in line)


class _PlainHeading(Heading):
    """At the left, in its colour, without a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _PlainCode(CodeBlock):
    """Set in, without the colours of a language."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = Text(str(self.text).rstrip(), style=console.get_style("markdown.code_block"), no_wrap=False)
        yield Padding(code, (0, 0, 0, 2))


class _Document(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _PlainHeading,
        "fence": _PlainCode,
        "code_block": _PlainCode,
    }


def _theme(palette: Palette) -> Theme:
    heading = palette["primary"] + Style(bold=True)
    return Theme(
        {
            "markdown.h1": heading + Style(underline=True),
            "markdown.h2": heading,
            "markdown.h3": palette["accent"] + Style(bold=True),
            "markdown.code": palette["secondary"],
            "markdown.code_block": palette["secondary"],
            "markdown.item.bullet": palette["muted"],
            "markdown.item.number": palette["muted"],
            "markdown.table.border": palette["muted"],
            "markdown.table.header": palette["accent"],
            "markdown.link": palette["accent"],
            "markdown.link_url": palette["muted"],
            "markdown.block_quote": palette["muted"],
            "markdown.hr": palette["muted"],
        },
        inherit=True,
    )
