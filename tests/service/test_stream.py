"""Streams of lines, and who may call: without a process."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from paceline.service import listener
from paceline.service.stream import MOST_WAITING, LineStream
from paceline.service.viewers import Viewers
from paceline.store.kinds import StoreError


class Reader:
    """An ASGI server's side, whose reader takes what it wants and leaves when it wants."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reads, self.leaves = asyncio.Event(), asyncio.Event()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()


async def numbers(count: int, taken: list[int]) -> AsyncGenerator[str, None]:
    for number in range(count):
        taken.append(number)
        yield str(number)


async def test_one_who_does_not_read_is_not_buffered_for_and_then_gets_all() -> None:
    taken: list[int] = []
    reader = Reader()
    task = asyncio.create_task(LineStream(numbers(3 * MOST_WAITING, taken))({}, reader.receive, reader.send))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(taken) == MOST_WAITING
    reader.reads.set()
    await task
    assert reader.text.split() == [str(number) for number in range(3 * MOST_WAITING)]
    assert reader.sent[-1]["more_body"] is False


async def test_one_who_leaves_is_forgotten_at_once() -> None:
    ended: list[bool] = []

    async def silent() -> AsyncGenerator[str, None]:
        try:
            await asyncio.Event().wait()
            yield ""
        finally:
            ended.append(True)

    reader = Reader()
    reader.reads.set()
    reader.leaves.set()
    await LineStream(silent(), lambda: ended.append(False))({}, reader.receive, reader.send)
    assert ended == [False, True]


async def test_an_error_in_the_middle_is_the_last_line() -> None:
    async def broken() -> AsyncGenerator[str, None]:
        yield "one"
        raise StoreError("the disk is full")

    reader = Reader()
    reader.reads.set()
    await LineStream(broken())({}, reader.receive, reader.send)
    one, last = reader.text.splitlines()
    assert one == "one"
    assert json.loads(last) == {"error": "the disk is full", "kind": "store"}


def test_everyone_who_follows_is_told_how_many_do() -> None:
    viewers, told = Viewers(), {"a": [0], "b": [0]}
    a, b = told["a"].append, told["b"].append
    viewers.join("job", a)
    viewers.join("job", b)
    viewers.leave("job", a)
    viewers.leave("job", a)
    assert told == {"a": [0, 1, 2], "b": [0, 2, 1]}
    assert (viewers.count("job"), viewers.count()) == (1, 1)
    viewers.leave("job", b)
    assert viewers.count() == 0


def test_another_user_is_hung_up_on(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(tmp_path_factory.mktemp("l")) / "run" / "host" / "api.sock"
    listening = listener.listen(path)
    with socket.socket(socket.AF_UNIX) as ours, socket.socket(socket.AF_UNIX) as theirs:
        ours.connect(str(path))
        assert listener.peer_uid(ours) == os.getuid()
        listening.accept()[0].close()
        theirs.connect(str(path))
        monkeypatch.setattr(listener, "peer_uid", lambda caller: os.getuid() + 1)
        with pytest.raises(ConnectionAbortedError):
            listening.accept()
        assert theirs.recv(1) == b""
    listener.put_away(listening, path)
    assert not path.exists()
