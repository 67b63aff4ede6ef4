"""What memory holds of an output has a bound, whatever the disk does: reading stops until it has caught up."""

import asyncio
import threading
from pathlib import Path

import pytest
from tests.session.fake_device import FakePorts, FakeShell, Script, device, factory, request, until
from tests.session.meeting import IOS
from tests.session.opening import LINUX

from paceline.model.job import Command
from paceline.model.platform import Platform
from paceline.model.states import CommandState
from paceline.store.sink import FileSink
from paceline.store.writer import Writer

LIMIT = 500_000
WINDOW = 2 * 1024 * 1024
"""asyncssh's for one channel: what a device may still send after we have stopped reading."""
BODY = b"".join(b"%08d interface Ethernet%d is up\r\n" % (number, number % 96) for number in range(300_000))


class WatchedSink(FileSink):
    """Remembers how much waited for the disk at most."""

    most = 0

    def write(self, data: bytes) -> None:
        super().write(data)
        self.most = max(self.most, self._waiting)


async def _flood(shell: FakeShell) -> None:
    shell.say(BODY)
    if shell.command:
        shell.channel.exit(0)
    else:
        shell.say(b"r1#")


async def _at_rest(shell: FakeShell) -> None:
    """Until the device can send no more for now."""
    left = -1
    while left != (left := shell.channel.get_write_buffer_size()):  # noqa: ASYNC110 - of another object
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("platform", [IOS, LINUX], ids=["shell", "exec"])
async def test_a_disk_that_stands_still_stops_the_reading(platform: Platform, tmp_path: Path) -> None:
    writer, disk = Writer(), threading.Event()
    writer.push("j", disk.wait)
    sink = WatchedSink("j", str(tmp_path), "01-show.txt", writer, lambda _: None, LIMIT)
    script = Script(answers={"show all": _flood})
    quick = {"timeouts": request(1).timeouts.model_copy(update={"command_idle_s": 20, "command_s": 20})}
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, platform, **quick), FakePorts())
        running = asyncio.create_task(session.run(Command(command="show all"), sink))
        try:
            await until(lambda: sink.is_behind, 10)
            await _at_rest(script.shells[-1])
            assert not running.done()
        finally:
            disk.set()
        result = await running
        await session.close()
        summary = await sink.close()
        await writer.close()
    assert result.state is CommandState.SUCCEEDED
    assert sink.most < LIMIT + 2 * WINDOW < len(BODY)
    wanted = BODY if platform is LINUX else BODY.replace(b"\r\n", b"\n")
    assert (tmp_path / "01-show.txt").read_bytes() == wanted
    assert (summary.bytes, summary.truncated) == (len(wanted), True)
