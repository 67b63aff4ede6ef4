"""A long text in pages: its lines, what is fetched for them, what a search finds."""

import re

import pytest

from paceline.model.output import OutputPage
from paceline.ui.paged import KEPT_PAGES, LONGEST_LINE, PAGE_BYTES, PagedText, shown


class Stored:
    """A text as a store hands it out; notes every window asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    async def fetch(self, offset: int, limit: int) -> OutputPage:
        """A window."""
        self.asked.append((offset, limit))
        return OutputPage(self.data[offset : offset + limit], offset, len(self.data), True)


async def loaded(data: bytes) -> tuple[PagedText, Stored]:
    """The text, all of its lines known."""
    stored = Stored(data)
    text = PagedText(stored.fetch)
    async for _ in text.load():
        pass
    return text, stored


async def matches(text: PagedText, needle: str) -> list[int]:
    """All that a search finds."""
    return [line async for found in text.find(needle) for line in found]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one", ["one"]),
        (b"one\n", ["one"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        (b"\n\n", ["", ""]),
        (b"a\tb\n\xe6\xbc\xa2\tc\n", ["a       b", "漢      c"]),
        (b"bad \xff byte\n", ["bad � byte"]),
        (b"\x1b[1mbold\x1b[0m [bold]\n", ["bold [bold]"]),
    ],
)
async def test_lines_are_what_was_sent_made_safe(data: bytes, lines: list[str]) -> None:
    text, _ = await loaded(data)
    assert [text.line(number) for number in range(text.count)] == lines
    assert (text.size, text.total, text.is_loaded) == (len(data), len(data), True)


async def test_a_line_that_never_ends_goes_on_as_the_next() -> None:
    text, _ = await loaded(b"x" * (LONGEST_LINE * 2 + 10) + b"\nend\n")
    assert [len(text.line(number) or "") for number in range(text.count)] == [LONGEST_LINE, LONGEST_LINE, 10, 3]


async def test_of_a_large_text_few_pages_are_kept_and_others_fetched_when_they_are_seen() -> None:
    line = b"interface GigabitEthernet0/0/0/1 is up, line protocol is up, number %08d\n"
    data = b"".join(line % number for number in range(200_000))
    text, stored = await loaded(data)
    assert text.count == 200_000
    assert len(stored.asked) == -(-len(data) // PAGE_BYTES)
    assert len(text._pages) <= KEPT_PAGES < len(stored.asked)
    assert text.line(0) is None
    assert text.lacks(0, 20)
    stored.asked.clear()
    await text.bring(0, 20)
    assert stored.asked == [(0, PAGE_BYTES)]
    assert (text.line(0) or "").endswith("number 00000000")
    edge = PAGE_BYTES // len(line % 0)
    await text.bring(edge, edge)
    assert (text.line(edge) or "").endswith(f"number {edge:08d}")


async def test_a_search_finds_lines_in_every_page_and_leaves_out_the_others() -> None:
    data = b"".join(b"line %06d nothing here\n" % number for number in range(60_000))
    data = data.replace(b"line 000007 nothing", b"line 000007 Needle!").replace(
        b"line 059999 nothing", b"line 059999 NEEDLE!"
    )
    text, _ = await loaded(data)
    assert await matches(text, "needle") == [7, 59_999]
    assert await matches(text, "Needle") == [7]
    assert await matches(text, "absent") == []


async def test_a_search_sees_what_the_operator_sees() -> None:
    text, _ = await loaded("int\x1b[7merf\x1b[0mace up\nÄpfel\nplain\n".encode())
    assert await matches(text, "interface") == [0]
    assert await matches(text, "äpfel") == [1]


async def test_live_text_follows_what_was_stored() -> None:
    stored = Stored(b"one\ntw")
    text = PagedText(stored.fetch)
    async for _ in text.load():
        pass
    text.append(b"o\nthree\n")
    assert [text.line(number) for number in range(text.count)] == ["one", "two", "three"]
    assert await matches(text, "t") == [1, 2]


def test_tabs_lead_to_columns_of_eight_cells() -> None:
    assert shown("ab\tc\t漢漢漢漢\td".encode()) == "ab      c       漢漢漢漢        d"


KEY = b"-----BEGIN RSA PRIVATE KEY-----\r\nMIIEpAIBAAKC\r\n  ab==\r\n-----END RSA PRIVATE KEY-----\r\n"


async def test_secrets_are_masked_until_they_are_asked_for() -> None:
    text, _ = await loaded(b"snmp-server community hunter2 RO\r\n" + KEY + b"\tpassword hunter2\npassword policy")
    drawn = [text.line(number) for number in range(text.count)]
    assert drawn[0] == "snmp-server community ******* RO"
    assert drawn[1:5] == ["-----BEGIN RSA PRIVATE KEY-----", "***", "  ***", "-----END RSA PRIVATE KEY-----"]
    assert drawn[5:] == ["        password ***", "password policy"]
    for needle, lines in (("hunter2", []), ("MIIE", []), ("policy", [6]), ("***", [0, 2, 3, 5]), ("password", [5, 6])):
        assert await matches(text, needle) == lines, needle
    text.shows_secrets = True
    assert text.line(0) == "snmp-server community hunter2 RO"
    assert text.line(2) == "MIIEpAIBAAKC"
    assert await matches(text, "hunter2") == [0, 5]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_secret_that_comes_in_pieces_is_masked(size: int) -> None:
    text = PagedText()
    data = b"a\n" + KEY + b"neighbor 192.0.2.1 password 7 hunter2hunter2\n"
    for at in range(0, len(data), size):
        text.append(data[at : at + size])
        drawn = "\n".join(str(text.line(number)) for number in range(text.count))
        assert not re.search("hunter2h|MIIE", drawn)
    assert text.line(5) == "neighbor 192.0.2.1 password 7 ***"


@pytest.mark.parametrize("shift", [-12, -1, 0, 7])
async def test_a_secret_across_the_cut_of_an_endless_line_or_a_page_is_masked(shift: int) -> None:
    secret = b" password hunter2hunter2 x"
    for place in (LONGEST_LINE, PAGE_BYTES):
        line = b"z" * (place - 16 + shift) + secret + b"z" * LONGEST_LINE + b"\n"
        # More than is kept, so that its pages have to be fetched anew.
        text, _ = await loaded(line + (b"." * 4000 + b"\n") * ((KEPT_PAGES + 2) * PAGE_BYTES // 4000))
        assert await matches(text, "hunter2") == []
        await text.bring(0, 0)
        number = place // LONGEST_LINE - 1
        await text.bring(number, number + 1)
        assert not text.lacks(number, number + 1)
        drawn = f"{text.line(number)}{text.line(number + 1)}"
        assert f"password {'*' * 14} x" in drawn
        assert "hunter" not in drawn
