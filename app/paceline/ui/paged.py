"""A long text in pages: only where its lines begin is kept of all of it, and the pages that were looked at last."""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable

from rich.cells import cell_len

from paceline.model.masking import KeyBlocks, mask_line, mask_within
from paceline.model.output import OutputPage
from paceline.model.redaction import MASK
from paceline.model.text import without_controls

PAGE_BYTES = 256 * 1024
KEPT_PAGES = 32
TAB_CELLS = 8
LONGEST_LINE = 4096
"""Bytes after which a line goes on as the next one: some devices never end theirs."""

Fetch = Callable[[int, int], Awaitable[OutputPage]]
"""A window on the text: offset, limit."""


class PagedText:
    """Lines of a text that is fetched page by page, or comes in live. Undecodable bytes are replaced, secrets masked:
    in the lines that are drawn, and no others.
    """

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch
        self._starts = array("Q", [0])
        self._cut: set[int] = set()
        """Where lines begin that are parts of a longer one."""
        self._keys = KeyBlocks()
        self._pages: OrderedDict[int, bytes] = OrderedDict()
        self._tail_at: int | None = None
        self._tail = bytearray()
        self.size = 0
        """Bytes known of so far."""
        self.total = 0
        """Bytes of the stored text, as its last page said."""
        self.is_loaded = fetch is None
        self.shows_secrets = False

    @property
    def count(self) -> int:
        """Lines known of so far."""
        return len(self._starts) - (self._starts[-1] == self.size)

    async def load(self) -> AsyncGenerator[int, None]:
        """Find where the lines begin, page after page; yields the lines known of. Raises what fetching raises."""
        while not self.is_loaded and self._fetch is not None:
            page = await self._fetch(self.size, PAGE_BYTES - self.size % PAGE_BYTES)
            self.total = page.size
            if page.data:
                self._keep(self.size, page.data)
                self._index(page.data)
            self.is_loaded = not page.data or self.size >= page.size
            yield self.count

    def append(self, data: bytes) -> None:
        """More of it, live: kept in memory."""
        if self._tail_at is None:
            self._tail_at = self.size
        self._tail += data
        self._index(data)

    def line(self, number: int) -> str | None:
        """A line from 0, as sent but for control sequences and secrets; None while a page of it is not at hand."""
        data = self._bytes(*self._span(number))
        if data is None or self.shows_secrets:
            return None if data is None else shown(data)
        masked = self._masked(number, data)
        return None if masked is None else _safe(masked)

    def lacks(self, first: int, last: int) -> bool:
        """Whether a page of these lines is not at hand."""
        return self.count > 0 and self._bytes(*self._around(first, last)) is None

    async def bring(self, first: int, last: int) -> None:
        """Fetch the pages that hold these lines. Raises what fetching raises."""
        begin, end = self._around(first, last)
        stored = end if self._tail_at is None else min(end, self._tail_at)
        for at in range(begin - begin % PAGE_BYTES, stored, PAGE_BYTES):
            if at not in self._pages and self._fetch is not None:
                self._keep(at, (await self._fetch(at, PAGE_BYTES)).data)

    async def find(self, text: str) -> AsyncGenerator[list[int], None]:
        """Numbers of the lines that hold `text`, page after page; upper and lower case count once `text` has upper."""
        fold = text == text.lower()
        raw = text.encode()
        first = 0
        while first < self.count:
            end_at = self._starts[first] + PAGE_BYTES
            last = max(first, min(self.count, bisect_right(self._starts, end_at)) - 1)
            await self.bring(first, last)
            begin, end = self._span(first)[0], self._span(last)[1]
            block = self._bytes(begin, end) or b""
            yield self._matches(block, first, last, text, raw, fold=fold)
            first = last + 1

    # -- helpers ------------------------------------------------------------------------------------

    def _matches(self, block: bytes, first: int, last: int, text: str, raw: bytes, *, fold: bool) -> list[int]:
        # Most pages hold nothing: one search over their bytes says so, unless control sequences may hide a match.
        masks = not self.shows_secrets
        of_masks = masks and "*" in text
        if raw.isascii() and not of_masks and b"\x1b" not in block and raw not in (block.lower() if fold else block):
            return []
        base = self._starts[first]
        found = []
        for number in range(first, last + 1):
            begin, end = self._span(number)
            line = shown(block[begin - base : end - base])
            if of_masks or text in (line.lower() if fold else line):
                # What is masked is not found either.
                line = (self.line(number) or "") if masks else line
                if text in (line.lower() if fold else line):
                    found.append(number)
        return found

    def _span(self, number: int) -> tuple[int, int]:
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self.size
        return self._starts[number], end

    def _around(self, first: int, last: int) -> tuple[int, int]:
        """The bytes that it takes to draw these lines: of one that is cut the parts before and behind, too."""
        if self._starts[first] in self._cut:
            first -= 1
        end = self._span(last)[1]
        if end in self._cut:
            end = self._span(last + 1)[1]
        return self._starts[first], end

    def _masked(self, number: int, data: bytes) -> str | None:
        begin, end = self._span(number)
        blocks = self._keys.within(begin, end)
        if blocks:
            first, last = blocks[0][0] - begin, blocks[-1][1] - begin
            return (
                mask_line(_decoded(data[:first]))
                + _key_line(_decoded(data[first:last]))
                + mask_line(_decoded(data[last:]))
            )
        if begin not in self._cut and end not in self._cut:
            return mask_line(_decoded(data).rstrip("\r\n"))
        first, last = self._around(number, number)
        before, behind = self._bytes(first, begin), self._bytes(end, last)
        if before is None or behind is None:
            return None
        return mask_within(_decoded(before), _decoded(data), _decoded(behind))

    def _keep(self, at: int, data: bytes) -> None:
        page = at - at % PAGE_BYTES
        self._pages[page] = self._pages.get(page, b"")[: at - page] + data
        self._pages.move_to_end(page)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)

    def _bytes(self, begin: int, end: int) -> bytes | None:
        if self._tail_at is not None and begin >= self._tail_at:
            return bytes(self._tail[begin - self._tail_at : end - self._tail_at])
        parts, at = [], begin
        stored = end if self._tail_at is None else min(end, self._tail_at)
        while at < stored:
            page = at - at % PAGE_BYTES
            data = self._pages.get(page)
            if data is None:
                return None
            self._pages.move_to_end(page)
            part = data[at - page : stored - page]
            if not part:
                # The file is shorter than it was: show what there is.
                break
            parts.append(part)
            at += len(part)
        if self._tail_at is not None and end > self._tail_at:
            parts.append(bytes(self._tail[: end - self._tail_at]))
        return b"".join(parts)

    def _index(self, data: bytes) -> None:
        self._keys.feed(data)
        starts, base = self._starts, self.size
        at = 0
        while True:
            end = data.find(b"\n", at)
            stop = base + (len(data) if end < 0 else end)
            while stop - starts[-1] > LONGEST_LINE:
                starts.append(starts[-1] + LONGEST_LINE)
                self._cut.add(starts[-1])
            if end < 0:
                break
            starts.append(stop + 1)
            at = end + 1
        self.size = base + len(data)
        self.total = max(self.total, self.size)


def shown(line: bytes) -> str:
    """One line as it may be shown: no line end, no control sequences, undecodable bytes replaced, tabs spread out."""
    return _safe(_decoded(line))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _key_line(text: str) -> str:
    """A line of a private key: that it is there, and nothing of it."""
    inner = text.strip()
    return text.replace(inner, MASK, 1) if inner else text


def _safe(line: str) -> str:
    text = without_controls(line.rstrip("\r\n"))
    if "\t" not in text:
        return text
    spread = ""
    for part in text.split("\t")[:-1]:
        spread += part
        spread += " " * (TAB_CELLS - cell_len(spread) % TAB_CELLS)
    return spread + text.rpartition("\t")[2]
