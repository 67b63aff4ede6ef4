"""The terminal looks once a turn, and misses nothing for it. On the virtual loop: moments are exact."""

import asyncio
from collections.abc import Callable

from tests.session.fake_device import FakeSink, platform
from tests.virtual_loop import run

from paceline.session.prompts import Patterns, Sight
from paceline.session.reader import Reader
from paceline.session.terminal import End, Terminal

PATTERNS = Patterns(platform("cisco_ios"))
QUIET_S = PATTERNS.platform.quiet_s
SAME_TURN_S = 5e-10
"""Less than the loop's resolution: due in one turn, in this order."""


class _CountingReader(Reader):
    looks = 0

    def feed(self, data: bytes) -> Sight | None:
        self.looks += 1
        return super().feed(data)


async def _read(
    sink: FakeSink, act: Callable[[Terminal, float], None], total_s: float = 5
) -> tuple[End, _CountingReader, Terminal]:
    """Read to the prompt while `act` plays the device."""
    terminal = Terminal(lambda _: None)
    reader = _CountingReader(PATTERNS, "", sink)
    act(terminal, asyncio.get_running_loop().time())
    end = await terminal.read(reader, total_s)
    reader.finish(end.cut)
    return end, reader, terminal


def _later(terminal: Terminal, at: float, *pieces: bytes) -> None:
    def say() -> None:
        for piece in pieces:
            terminal.data_received(piece, None)

    asyncio.get_running_loop().call_at(at, say)


def test_the_pieces_of_one_turn_are_one_look() -> None:
    sink = FakeSink()
    end, reader, _ = run(
        _read(sink, lambda terminal, now: _later(terminal, now + 1, b"one\r\n", b"tw", b"o\r\nr1", b"#"))
    )
    assert (end.kind, end.host, sink.data, reader.looks) == ("prompt", "r1", b"one\ntwo\n", 1)


def test_a_word_in_the_turn_in_which_the_quiet_ends_belongs_to_the_output() -> None:
    sink = FakeSink()

    def act(terminal: Terminal, now: float) -> None:
        _later(terminal, now + 1, b"r1#")
        # The first prompt's quiet is broken off before it can count, in the turn in which it ends.
        _later(terminal, now + 1 + QUIET_S - SAME_TURN_S, b" is no prompt\r\n")
        _later(terminal, now + 2, b"r1#")

    end, _, _ = run(_read(sink, act))
    assert (end.kind, sink.data) == ("prompt", b"r1# is no prompt\n")


def test_a_word_in_the_turn_in_which_the_time_is_up_is_kept() -> None:
    sink = FakeSink()
    end, _, _ = run(_read(sink, lambda terminal, now: _later(terminal, now + 5 - SAME_TURN_S, b"half a li")))
    assert (end.kind, sink.data) == ("timeout", b"half a li")


def test_a_word_in_the_turn_in_which_the_session_ends_is_kept() -> None:
    sink = FakeSink()

    def act(terminal: Terminal, now: float) -> None:
        _later(terminal, now + 1, b"bye\r\n")
        asyncio.get_running_loop().call_at(now + 1 + SAME_TURN_S, terminal.eof_received)

    end, _, _ = run(_read(sink, act))
    assert (end.kind, sink.data) == ("closed", b"bye\n")


def test_what_comes_between_two_waits_is_left_over_whole() -> None:
    async def leave() -> bytes:
        _, _, terminal = await _read(FakeSink(), lambda terminal, now: _later(terminal, now + 1, b"r1#"))
        terminal.data_received(b"la", None)
        await asyncio.sleep(0)
        terminal.data_received(b"te", None)
        return terminal.take_leftover()

    assert run(leave()) == b"late"


def test_nothing_that_comes_while_muted_is_written_down() -> None:
    written: list[bytes] = []

    async def talk() -> None:
        terminal = Terminal(written.append)
        terminal.data_received(b"open ", None)
        terminal.mute(is_muted=True)
        terminal.data_received(b"secret", None)
        terminal.mute(is_muted=False)
        terminal.data_received(b"open", None)
        await asyncio.sleep(0)

    run(talk())
    assert b"".join(written) == b"open open"
