"""The engine's loop: what comes close together is one turn, and nothing that is due waits for it."""

import asyncio
import selectors
import socket
import time

import pytest

from paceline.engine.loop import GATHER_MANY_S, GATHER_S, MANY, GatheringLoop, GatheringSelector, run_gathering


def test_words_that_come_while_the_loop_has_work_are_read_at_once() -> None:
    async def read() -> list[bytes]:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        heard: list[bytes] = []
        done = loop.create_future()

        def listen() -> None:
            heard.append(here.recv(100))
            if heard[-1].endswith(b"."):
                done.set_result(None)

        loop.add_reader(here, listen)
        there.send(b"a")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for piece in (b"b", b"c", b"."):
            there.send(piece)
            await asyncio.sleep(0)
        await done
        loop.remove_reader(here)
        here.close()
        there.close()
        return heard

    heard = run_gathering(read())
    assert b"".join(heard) == b"abc."
    assert len(heard) <= 2


def test_a_loop_with_endless_work_still_hears() -> None:
    async def read() -> None:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        heard = asyncio.Event()
        loop.add_reader(here, heard.set)
        there.send(b"a")
        async with asyncio.timeout(2):
            while not heard.is_set():  # noqa: ASYNC110 - the work that never ends
                await asyncio.sleep(0)
        loop.remove_reader(here)
        here.close()
        there.close()

    run_gathering(read())


def test_a_loop_with_endless_work_still_does_what_was_left_for_the_end_of_a_turn() -> None:
    async def spin() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, GatheringLoop)
        sent = asyncio.Event()
        loop.before_waiting(sent.set)
        async with asyncio.timeout(2):
            while not sent.is_set():  # noqa: ASYNC110 - the work that never ends
                await asyncio.sleep(0)

    run_gathering(spin())


def test_timers_keep_their_order_and_their_time() -> None:
    async def wait() -> list[float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        fired: list[float] = []

        def note(due: float) -> None:
            fired.append(loop.time() - due)

        for delay in (0.004, 0.001, 0.002):
            loop.call_at(begun + delay, note, begun + delay)
        await asyncio.sleep(0.006)
        return fired

    fired = run_gathering(wait())
    assert len(fired) == 3
    assert all(late >= -0.001 for late in fired)


def test_what_is_left_for_the_end_of_a_turn_is_done_before_the_loop_waits() -> None:
    async def leave() -> list[str]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, GatheringLoop)
        done = loop.create_future()
        order: list[str] = []

        def last() -> None:
            order.append("last")
            loop.call_soon(done.set_result, None)  # the loop must not wait with this at hand

        def first() -> None:
            order.append("first")
            loop.call_soon(order.append, "second")

        loop.before_waiting(last)
        loop.call_soon(first)
        async with asyncio.timeout(2):
            await done
        return order

    assert run_gathering(leave()) == ["first", "second", "last"]


def test_the_wait_is_small_beside_a_round_trip() -> None:
    assert GATHER_S <= 0.01


def test_it_looks_less_often_where_many_are_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(time, "sleep", slept.append)
    selector = GatheringSelector()
    pairs = [socket.socketpair() for _ in range(MANY + 1)]
    try:
        for here, there in pairs:
            selector.register(here, selectors.EVENT_READ)
            there.send(b"a")
            selector.select(None)
            selector.select(None)
    finally:
        selector.close()
        for end in (end for pair in pairs for end in pair):
            end.close()
    assert {round(waited_s, 3) for waited_s in slept[: 2 * MANY - 1]} == {GATHER_S}
    assert round(slept[-1], 3) == GATHER_MANY_S
