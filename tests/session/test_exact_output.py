"""What a device plays comes out as its output alone, byte by byte: pagers, echoes, line ends, encodings, log lines."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.session.fake_device import FakePorts, FakeShell, FakeSink, Script, device, factory, platform, request

from paceline.model.job import Command
from paceline.model.platform import Pager, Platform
from paceline.model.states import CommandState
from paceline.session.prompts import Patterns
from paceline.session.reader import Reader

IOS = platform("cisco_ios", quiet_s=0.02, paging_off=[])
XR = platform("cisco_xr", quiet_s=0.02, paging_off=[])
NXOS = platform("cisco_nxos", quiet_s=0.02, paging_off=[])
JUNOS = platform("juniper_junos", quiet_s=0.02, paging_off=[])
BIRD = platform("bird", quiet_s=0.02)
HUAWEI = Platform(
    name="lab_huawei", prompt=r"<(?P<host>[\w.-]+)>", pagers=(Pager(pattern=r"\s*---- More ----$"),), quiet_s=0.02
)
NOKIA = Platform(
    name="lab_nokia", prompt=r"\*?[AB]:(?P<host>[\w.-]+)# ?",
    pagers=(Pager(pattern=r"Press any key to continue \(Q to quit\)$"),), quiet_s=0.02,
)  # fmt: skip


@dataclass(frozen=True)
class Play:
    """What a device says to one command. Between two pieces it waits for a key."""

    name: str
    platform: Platform
    prompt: bytes
    pieces: tuple[bytes, ...]
    """From after the echo to before the prompt."""
    output: bytes
    command: str = "show it"
    echo: bytes = b"show it\r\n"
    runs: int = 2


def _paged(name: str, platform: Platform, prompt: bytes, shown: bytes, wiped: bytes) -> Play:
    """Three pages whose lines begin with spaces, as wiping does."""
    pieces = (b"one\r\n  two\r\n" + shown, wiped + b"  three\r\n" + shown, wiped + b"\r\nfour" + b"\r\n")
    return Play(name, platform, prompt, pieces, b"one\n  two\n  three\n\nfour\n")


def _ends(name: str, end: bytes) -> Play:
    lines = (b"one", b"  two", b"", b"", b"five")
    return Play(name, IOS, b"r1#", (end.join(lines) + end,), b"one\n  two\n\n\nfive\n", echo=b"show it" + end)


EARLY = b"\x1b[?2004l\r\x1b[?2004hbird> "
"""birdc's prompt, drawn as soon as a line was sent."""
LONG = "show interfaces TenGigabitEthernet0/0/0/0 transceiver detail | include (Rx|Tx) Power"
TAIL = LONG[60:].encode()
BLANK = b" " * 9
PLAYS = [
    _paged("ios-more", IOS, b"r1#", b" --More-- ", b"\x08" * 9 + BLANK + b"\x08" * 9),
    _paged("ios-more-return", IOS, b"r1#", b" --More-- ", b"\r" + BLANK + b"\r"),
    _paged("xr-more", XR, b"RP/0/RP0/CPU0:r1#", b" --More-- ", b"\x08" * 10 + BLANK + b" " + b"\x08" * 10),
    _paged("nxos-more", NXOS, b"r1# ", b"\x1b[7m--More--\x1b[27m", b"\r\x1b[K"),
    _paged("junos-more", JUNOS, b"netops@r1> ", b"---(more)---", b"\r" + b" " * 40 + b"\r"),
    _paged("junos-more-percent", JUNOS, b"netops@r1> ", b"---(more 43%)---", b"\r" + b" " * 40 + b"\r"),
    _paged("huawei-more", HUAWEI, b"<r1>", b"  ---- More ----", b"\x1b[42D" + b" " * 42 + b"\x1b[42D"),
    _paged("comware-more", HUAWEI, b"<r1>", b"---- More ----", b"\x1b[16D" + b" " * 16 + b"\x1b[16D"),
    _paged("nokia-more", NOKIA, b"A:r1# ", b"Press any key to continue (Q to quit)", b"\r" + b" " * 37 + b"\r"),
    _ends("cr-lf", b"\r\n"),
    _ends("cr-cr-lf", b"\r\r\n"),
    _ends("lf-cr", b"\n\r"),
    _ends("lf", b"\n"),
    Play("latin-1", IOS, b"r1#", (b"Z\xfcrich \xa7 caf\xe9\r\n",), b"Z\xfcrich \xa7 caf\xe9\n"),
    Play(
        "latin-1-paged", IOS, b"r1#", (b"Z\xfcrich\r\n\xe9t\xe9 --More-- ", b"\r" + BLANK + b"\rend\r\n"),
        b"Z\xfcrich\n\xe9t\xe9end\n",
    ),
    Play("no-line-end", IOS, b"\r\nr1#", (b"one\r\ntwo",), b"one\ntwo\n"),
    Play("nothing", IOS, b"r1#", (b"",), b""),
    Play("colours-stay", IOS, b"r1#", (b"\x1b[31mred\x1b[0m\x07\r\n",), b"\x1b[31mred\x1b[0m\x07\n"),
    Play(
        "other-prompts-are-output", IOS, b"r1#", (b"r2#show clock\r\nr11#\r\n r1#\r\nr1# not yet\r\n",),
        b"r2#show clock\nr11#\n r1#\nr1# not yet\n",
    ),
    Play(
        "log-lines", IOS, b"r1#",
        (b"one\r\n*Nov 23 21:04:11.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\r\ntwo\r\n",),
        b"one\n*Nov 23 21:04:11.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\ntwo\n",
    ),
    # Terminals of 80 columns, whatever width they were asked for.
    Play("wrapped-by-readline", IOS, b"r1#", (b"x\r\n",), b"x\n", LONG, LONG[:60].encode() + b" \r" + TAIL + b"\r\n"),
    Play("wrapped-by-lines", IOS, b"r1#", (b"x\r\n",), b"x\n", LONG, LONG[:60].encode() + b"\r\n" + TAIL + b"\r\n"),
    Play("wrapped-by-blanks", IOS, b"r1#", (b"x\r\n",), b"x\n", LONG, LONG[:60].encode() + b" \x08" + TAIL + b"\r\n"),
    _paged("bird-more", BIRD, b"bird> ", b"--More--\r", b"        \r"),
    Play(
        "prompt-before-the-answer", BIRD, b"bird> ",
        (EARLY + b"\r\x1b[K" + b"\0" * 12 + b"Name  Proto\r\nlab  Static\r\n",), b"Name  Proto\nlab  Static\n",
    ),
    Play("redrawn", BIRD, b"bird> ", (b"BIRD 2.0\r\n",), b"BIRD 2.0\n", echo=b"\r\x1b[Kbird> show it\r\n"),
    Play(
        "bracketed-paste", BIRD, b"\x1b[?2004hbird> ", (b"BIRD 2.0\r\n",), b"BIRD 2.0\n",
        echo=b"show it\r\n\x1b[?2004l\r",
    ),
    Play("written-out", IOS, b"r1#", (b"x\r\n",), b"x\n", "sh ver", b"show version\r\n", runs=1),  # a quiet second
]  # fmt: skip


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
async def test_the_output_is_what_was_played(play: Play, tmp_path: Path) -> None:
    async def perform(shell: FakeShell) -> None:
        shell.say(play.echo)
        shell.wants_keys = True
        for number, piece in enumerate(play.pieces):
            if number:
                assert await shell.keys.get() == b" "
            shell.say(piece)
        shell.wants_keys = False
        shell.say(play.prompt)

    prompt = play.prompt.lstrip(b"\r\n")
    script = Script(prompt=prompt, echoes=False, answers={play.command: perform, "last": b""})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, play.platform), FakePorts())
        sinks = [FakeSink() for _ in range(play.runs)]
        for sink in sinks:
            result = await session.run(Command(command=play.command), sink)
            assert result.state is CommandState.SUCCEEDED
        await session.close()
    # Nothing of the second one's echo belongs to the first.
    assert [(sink.data, sink.late_data) for sink in sinks] == [(play.output, b"")] * play.runs


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
@pytest.mark.parametrize("step", [1, 2, 7])
def test_it_is_so_however_the_bytes_come(play: Play, step: int) -> None:
    host = "" if play.platform is BIRD else "r1"
    sink = FakeSink()
    reader = Reader(Patterns(play.platform), host, sink, command=play.command)
    answered = []
    for piece in (play.echo, *play.pieces[:-1], play.pieces[-1] + play.prompt):
        sights = [reader.feed(piece[start : start + step]) for start in range(0, len(piece), step)]
        answered.append(sum(sight is not None and sight.kind == "pager" for sight in sights))
    # A pager is answered once, also when it comes in halves.
    assert answered == [0] + [1] * (len(play.pieces) - 1) + [0]
    last = sights[-1]
    assert last is not None and last.kind == "prompt"
    reader.finish(last.cut)
    assert sink.data == play.output


async def test_a_prompt_before_the_answer_is_not_its_end_however_long_that_takes(tmp_path: Path) -> None:
    async def think(shell: FakeShell) -> None:
        shell.say(b"show route\r\n" + EARLY)
        await asyncio.sleep(0.15)
        shell.say(b"\r\x1b[KTable master4:\r\nbird> ")

    async def say_nothing(shell: FakeShell) -> None:
        shell.say(b"show nothing\r\n" + EARLY)

    bird = BIRD.model_copy(update={"early_prompt_s": 0.4})
    script = Script(prompt=b"bird> ", echoes=False, answers={"show route": think, "show nothing": say_nothing})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, bird), FakePorts())
        outputs = []
        for line in ("show route", "show nothing", "show route"):
            sink = FakeSink()
            await session.run(Command(command=line), sink)
            outputs.append((sink.data, sink.late_data))
        await session.close()
    assert outputs == [(b"Table master4:\n", b""), (b"", b""), (b"Table master4:\n", b"")]


BANNERS = [
    b"\r\n##################\r\n# Authorised use #\r\n##################\r\n",
    b"#\r\n# r7#\r\n#\r\n\r\nUser Access Verification #1\r\n",
    b"\x1b[2J\x1b[HWelcome to #lab\n\rhost# of the day:\n\rquiet>\n\r",
]


@pytest.mark.parametrize("banner", BANNERS)
async def test_a_banner_with_signs_of_prompts_is_no_prompt(banner: bytes, tmp_path: Path) -> None:
    script = Script(banner=banner, answers={"show clock": b"12:00\r\n"})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, IOS), FakePorts())
        sink = FakeSink()
        await session.run(Command(command="show clock"), sink)
        await session.close()
    assert (session.name_seen, sink.data) == ("r1", b"12:00\n")


async def test_a_prompt_that_changes_is_the_same_devices(tmp_path: Path) -> None:
    """Configuration modes, where the name is cut to twenty characters."""
    name = b"fra-core-router-with-a-long-name"
    short = name[:20]

    def moves(to: bytes, said: bytes = b"") -> object:
        async def answer(shell: FakeShell) -> None:
            shell.prompt = to
            shell.say(said + to)

        return answer

    steps = {
        "configure terminal": (short + b"(config)#", b"Enter configuration commands, one per line.\r\n"),
        "interface Gi0/1": (short + b"(config-if)#", b""),
        "no shutdown": (short + b"(config-if)#", b""),
        "end": (name + b"#", b""),
        "show clock": (name + b"#", b"12:00\r\n"),
    }
    script = Script(prompt=name + b"#", answers={line: moves(*step) for line, step in steps.items()})  # type: ignore[misc]
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, IOS, read_only=False), FakePorts())
        outputs = []
        for line in steps:
            sink = FakeSink()
            result = await session.run(Command(command=line), sink)
            assert (result.state, sink.late_data) == (CommandState.SUCCEEDED, b""), line
            outputs.append(sink.data)
        await session.close()
    assert outputs == [said.replace(b"\r\n", b"\n") for _, said in steps.values()]


async def test_a_log_line_behind_the_prompt_belongs_to_the_command_before(tmp_path: Path) -> None:
    """Logging that redraws the prompt, when it comes long after the command has ended."""
    line = b"*Nov 23 21:04:11.123: %SYS-5-CONFIG_I: Configured from console"

    async def late(shell: FakeShell) -> None:
        # The next command's echo follows: what came since the last prompt is late.
        shell.say(b"\r\n" + line + b"\r\nr1#show users\r\nnobody\r\nr1#")

    script = Script(echoes=False, answers={"show clock": b"show clock\r\n12:00\r\n", "show users": late})
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, IOS), FakePorts())
        first, second = FakeSink(), FakeSink()
        await session.run(Command(command="show clock"), first)
        await session.run(Command(command="show users"), second)
        await session.close()
    assert (first.data, first.late_data) == (b"12:00\n", b"\n" + line + b"\n")
    assert (second.data, second.late_data) == (b"nobody\n", b"")
