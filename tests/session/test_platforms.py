"""One conversation per shipped platform, as such devices write it: prompt, pager, echo, refusal, configuration mode."""

import re
from pathlib import Path

import pytest
from tests.session.fake_device import (
    PLATFORMS,
    FakePorts,
    FakeShell,
    FakeSink,
    Script,
    device,
    factory,
    platform,
    request,
)
from tests.session.further_talks import FURTHER, Talk

from paceline.model.job import Command
from paceline.model.states import CommandState
from paceline.session.prompts import Patterns
from paceline.session.reader import Reader

IOS = Talk(
    "cisco_ios",
    b"\r\n*** Authorised access only ***\r\n\r\nfra-core-router-with-a-long-name>",
    "fra-core-router-with-a-long-name",
    "show clock",
    b"show clock\r\n*21:04:11.123 UTC Mon Nov 23 2026\r\nfra-core-router-with-a-long-name>",
    b"*21:04:11.123 UTC Mon Nov 23 2026\n",
    b"shw\r\n            ^\r\n% Invalid input detected at '^' marker.\r\n\r\nfra-core-router-with-a-long-name>",
    "% Invalid input detected at '^' marker.",
    (b"fra-core-router-with-a-long-name#", b"fra-core-router-with(config)#", b"fra-core-router-with(config-if)#"),
    (b"other#", b"  fra-core-router-with-a-long-name#", b"fra-core-router-with-a-long-name# show clock"),
)

TALKS = [
    IOS,
    Talk(
        "cisco_xe",
        b"\r\nedge1#",
        "edge1",
        "show ip bgp",
        b"show ip bgp\r\n% BGP not active\r\n\r\nedge1#",
        b"% BGP not active\n\n",
        b"show sec\r\nCommand authorization failed.\r\n\r\nedge1#",
        "Command authorization failed.",
        (b"edge1(config-router-af)#", b"edge1(ca-trustpoint)#"),
    ),
    Talk(
        "cisco_xr",
        b"\r\n\r\nRP/0/RP0/CPU0:ncs-01#",
        "ncs-01",
        "show version brief",
        b"show version brief\r\nCisco IOS XR Software, Version 7.9.2\r\nRP/0/RP0/CPU0:ncs-01#",
        b"Cisco IOS XR Software, Version 7.9.2\n",
        b"show nonsense\r\n               ^\r\n% Invalid input detected at '^' marker.\r\nRP/0/RP0/CPU0:ncs-01#",
        "% Invalid input detected at '^' marker.",
        (b"RP/0/RSP1/CPU0:ncs-01(config-ospf-ar-if)#", b"RP/0/RP1/CPU0:ncs-01#"),
        (b"ncs-01#",),
    ),
    Talk(
        "cisco_nxos",
        b"Cisco Nexus Operating System (NX-OS) Software\r\nTAC support: http://www.cisco.com/tac\r\nleaf-101# ",
        "leaf-101",
        "show clock",
        b"show clock\r\n21:04:11.123 UTC Mon Nov 23 2026\r\nleaf-101# ",
        b"21:04:11.123 UTC Mon Nov 23 2026\n",
        b"show nonsense\r\n         ^\r\n% Invalid command at '^' marker.\r\nleaf-101# ",
        "% Invalid command at '^' marker.",
        (b"leaf-101(config-if-range)# ",),
    ),
    Talk(
        "arista_eos",
        b"Last login: Mon Nov 23 20:00:00 2026 from 192.0.2.9\r\r\nspine1.lab>",
        "spine1.lab",
        "show clock",
        b"show clock\r\nMon Nov 23 21:04:11 2026\r\nspine1.lab>",
        b"Mon Nov 23 21:04:11 2026\n",
        b"show nonsense\r\n% Invalid input (at token 1: 'nonsense')\r\nspine1.lab>",
        "% Invalid input (at token 1: 'nonsense')",
        (b"spine1.lab#", b"spine1.lab(config-if-Et1)#", b"spine1.lab(s1)(config)#"),
    ),
    Talk(
        "juniper_junos",
        b"--- JUNOS 22.4R1 Kernel 64-bit\r\n\r\n{master}\r\nnetops@mx-1> ",
        "mx-1",
        "show system uptime",
        b"show system uptime \r\nCurrent time: 2026-11-23 21:04:11 UTC\r\n\r\n{master}\r\nnetops@mx-1> ",
        b"Current time: 2026-11-23 21:04:11 UTC\n\n",
        b"show nonsense\r\n             ^\r\nsyntax error, expecting <command>.\r\n\r\n{master}\r\nnetops@mx-1> ",
        "syntax error, expecting <command>.",
        (b"{backup:node1}[edit]\r\nnetops@mx-1# ", b"[edit protocols ospf]\r\nnetops@mx-1# ", b"netops@mx-1> "),
        (b"{master}", b"mx-1> "),
    ),
    Talk(
        "frr",
        b"\r\nHello, this is FRRouting (version 8.4.4).\r\n\r\n\x1b[?2004hr1# ",
        "r1",
        "show ip route",
        b"show ip route\r\n\x1b[?2004l\rC>* 192.0.2.0/24 is directly connected, eth0\r\n\x1b[?2004hr1# ",
        b"C>* 192.0.2.0/24 is directly connected, eth0\n",
        b"show nonsense\r\n\x1b[?2004l\r% Unknown command: show nonsense\r\n\x1b[?2004hr1# ",
        "% Unknown command: show nonsense",
        (b"r1(config-router)# ", b"r1> "),
    ),
    Talk(
        "bird",
        b"BIRD 2.0.12 ready.\r\nbird> ",
        "",
        "show status",
        b"show status\r\nBIRD 2.0.12\r\nRouter ID is 192.0.2.1\r\nbird> ",
        b"BIRD 2.0.12\nRouter ID is 192.0.2.1\n",
        b"show nonsense\r\nsyntax error, unexpected CF_SYM_UNDEFINED\r\nbird> ",
        "syntax error, unexpected CF_SYM_UNDEFINED",
    ),
    Talk(
        "generic",
        b"Welcome to 100% uptime\r\n<core-sw1>",
        "core-sw1",
        "display clock",
        b"display clock\r\n21:04:11\r\n<core-sw1>",
        b"21:04:11\n",
        b"display x\r\nError: Unrecognized command found at '^' position.\r\n<core-sw1>",
        "Error: Unrecognized command found at '^' position.",
        (b"[core-sw1]", b"[~core-sw1]", b"core-sw1#", b"user@core-sw1:~$ "),
    ),
    *FURTHER,
]


def fed(reader: Reader, data: bytes, step: int) -> str:
    """Feed in pieces of `step` bytes; the kind of what stands at the end."""
    sight = None
    for start in range(0, len(data), step):
        sight = reader.feed(data[start : start + step])
    if sight is not None and sight.kind == "prompt":
        reader.finish(sight.cut)
    return sight.kind if sight else ""


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.platform)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_conversation_is_read_whatever_its_pieces(talk: Talk, step: int) -> None:
    patterns = Patterns(platform(talk.platform))
    first = patterns.look(talk.greeting, "")
    assert first is not None
    assert (first.kind, first.host) == ("prompt", talk.host)
    for line, answer in ((talk.command, talk.answer), (talk.nonsense, talk.refused)):
        sink = FakeSink()
        reader = Reader(patterns, talk.host, sink, command=line.strip())
        assert fed(reader, answer, step) == "prompt"
        if answer is talk.answer:
            assert (sink.data, reader.refusal()) == (talk.output, "")
        else:
            assert reader.refusal() == talk.reason


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.platform)
def test_other_forms_of_the_prompt(talk: Talk) -> None:
    patterns = Patterns(platform(talk.platform))
    for prompt in talk.other_prompts:
        sight = patterns.look(b"output\r\n" + prompt, talk.host)
        assert sight is not None and sight.kind == "prompt", prompt
        assert sight.cut == len(prompt)
    for text in talk.not_prompts:
        sight = patterns.look(b"output\r\n" + text, talk.host)
        assert sight is None or sight.kind != "prompt", text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cisco_ios", b" --More-- "),
        ("cisco_xe", b"\x1b[7m --More-- \x1b[27m"),
        ("cisco_xr", b" --More-- "),
        ("cisco_nxos", b"\x1b[7m--More--\x1b[27m"),
        ("cisco_nxos", b"--More--(47%)"),
        ("arista_eos", b" --More-- "),
        ("juniper_junos", b"---(more 45%)---"),
        ("juniper_junos", b"---(more)---"),
        ("frr", b"--More--"),
        ("bird", b"--More--"),
        ("generic", b"---- More ----"),
        ("generic", b"--More--"),
        *((talk.platform, talk.pager) for talk in FURTHER),
        ("nokia_sros", b"Press Q to quit, Enter to print next line or any other key to print next page."),
    ],
)
def test_pagers(name: str, shown: bytes) -> None:
    patterns = Patterns(platform(name))
    sink = FakeSink()
    reader = Reader(patterns, "r1", sink)
    sight = reader.feed(b"one\r\n" + shown)
    assert sight is not None
    key = b"D" if name == "mikrotik_routeros" else b" "
    assert (sight.kind, sight.answer, sight.cut) == ("pager", key, len(shown))
    reader.feed(b"\r" + b" " * len(shown) + b"\r")
    reader.feed(b"two\r\n")
    reader.finish()
    assert sink.data == b"one\ntwo\n"


def manner(talk: Talk) -> Script:
    """A device that talks so: two pages and its pager, a refusal, a mode to configure in."""

    async def paged(shell: FakeShell) -> None:
        shell.wants_keys = True
        shell.say(b"page one\r\n" + talk.pager)
        key = await shell.keys.get()
        shell.wants_keys = False
        shell.say(b"\r" + b" " * len(talk.pager) + b"\r")
        shell.say((b"page two\r\n" if key in (b" ", b"D") else b"") + shell.prompt)

    async def configure(shell: FakeShell) -> None:
        shell.prompt = b"\r\n" + talk.other_prompts[0]
        shell.say(shell.prompt)

    refusal = talk.refused[len(talk.nonsense) + 2 :].removesuffix(talk.prompt)
    return Script(
        prompt=talk.prompt,
        banner=talk.greeting.removesuffix(talk.prompt),
        answers={
            **dict.fromkeys(talk.prepared, b""),
            talk.command: paged,
            talk.nonsense: refusal,
            "into another mode": configure,
        },
    )


@pytest.mark.parametrize("talk", FURTHER, ids=lambda talk: talk.platform)
async def test_a_session_in_the_manner_of_the_platform(talk: Talk, tmp_path: Path) -> None:
    script, ports = manner(talk), FakePorts()
    async with device(script) as port:
        to = platform(talk.platform, quiet_s=0.01)
        session = await factory(tmp_path, port).open(request(port, to), ports)
        sinks = {line: FakeSink() for line in (talk.command, talk.nonsense, "into another mode")}
        results = [await session.run(Command(command=line), sink) for line, sink in sinks.items()]
        again = FakeSink()
        results.append(await session.run(Command(command=talk.command), again))
        await session.close()
    assert session.name_seen == talk.host
    # Rather no guess than a wrong one.
    assert session.platform_guess in ("", talk.platform)
    assert script.lines == [*talk.prepared, *sinks, talk.command]
    assert [result.state for result in results] == [
        CommandState.SUCCEEDED, CommandState.REJECTED, CommandState.SUCCEEDED, CommandState.SUCCEEDED,
    ]  # fmt: skip
    assert results[1].reason == talk.reason
    assert sinks[talk.command].data.split() == again.data.split() == b"page one page two".split()
    assert ports.warnings == []
    assert script.users == ["netops" + to.login_suffix]


@pytest.mark.parametrize("taken", ["environment more false", "environment no more", ""])
async def test_of_lines_that_mean_the_same_the_first_that_is_taken_is_enough(taken: str, tmp_path: Path) -> None:
    talk = next(talk for talk in FURTHER if talk.platform == "nokia_sros")
    script, ports = manner(talk), FakePorts()
    both = ["environment more false", "environment no more"]
    script.answers |= {line: b"" if line == taken else b"Error: Bad command.\r\n" for line in both}
    async with device(script) as port:
        session = await factory(tmp_path, port).open(request(port, platform("nokia_sros", quiet_s=0.01)), ports)
        await session.close()
    assert script.lines == both[: 1 if taken == both[0] else 2]
    assert ports.warnings == ([] if taken else ['r1 refuses "environment no more": Error: Bad command.'])


READS = {
    "cisco_ios": [
        "show version",
        "show run | include ^interface",
        "show ip route | e x | i y",
        "ping 192.0.2.1",
        "dir",
    ],
    "cisco_xe": ["show clock", "traceroute 192.0.2.1"],
    "cisco_xr": ["show ospf neighbor", "show run router ospf | b area"],
    "cisco_nxos": ["show vlan | json", "show run | section ospf | no-more"],
    "arista_eos": ["show version | json", "show lldp neighbors | grep Et1"],
    "juniper_junos": [
        "show ospf neighbor | match Full | count",
        "show configuration | display set | no-more",
        "ping 192.0.2.1 count 5",
    ],
    "frr": ["show ip ospf neighbor", "show run | include router"],
    "bird": ["show protocols all"],
    "linux": ["uptime", "uname -a", "df -h", "cat /proc/loadavg", "ip addr show", "ip -br link", "echo hello world"],
    "generic": ["show version", "display version | include x"],
    "nokia_sros": ["show router interface", "admin display-config"],
    "nokia_srl": ["info from state system", "show version | as json"],
    "huawei_vrp": ["display current-configuration | include ospf", "tracert 192.0.2.1"],
    "hp_comware": ["display interface brief | include UP"],
    "mikrotik_routeros": ["/ip/address/print detail", "/export terse"],
    "fortinet": ["get system status", "diagnose ip arp list"],
    "paloalto_panos": ["show system info", "ping count 5 host 192.0.2.1"],
    "vyos": ["show configuration commands | match ospf", "ping 192.0.2.1 count 5"],
    "cisco_asa": ["show route | include 192.0.2.0"],
    "aruba_aoscx": ["show interface brief | exclude down"],
}
CHANGES = {
    "cisco_ios": [
        "show run | redirect flash:x",
        "show run | append flash:x",
        "show run | tee flash:x",
        "reload",
        "write memory",
        "configure terminal",
        "clear counters",
        "ping",
        "show version ; reload",
        "show version\nreload",
    ],
    "cisco_xe": ["erase startup-config"],
    "cisco_xr": ["show run | file disk0:x", "show run | utility xargs", "commit"],
    "cisco_nxos": ["show run > bootflash:x", "show run | vsh", "run bash"],
    "arista_eos": ["bash rm x", "show run > flash:x", "show run | redirect flash:x", "show run | tee flash:x"],
    "juniper_junos": [
        "show configuration | save x",
        "show log messages | append x",
        "show interfaces | refresh 1",
        "ping 192.0.2.1",
        "request system zeroize",
        "configure",
    ],
    "frr": ["configure terminal", "clear ip bgp *", "ping 192.0.2.1"],
    "bird": ["configure", "down", "disable all"],
    "linux": [
        "reboot",
        "echo x > /etc/passwd",
        "echo $(reboot)",
        "echo `reboot`",
        "uptime; reboot",
        "cat /etc/shadow",
        "hostname evil",
        "ip link set eth0 down",
        "ping 192.0.2.1",
        "systemctl status --help -x",
        "date -s 12:00",
    ],
    "generic": ["reload", "show version | tee x", "show > x"],
    "nokia_sros": ["admin save", "show version > cf3:x"],
    "nokia_srl": ["bash", "ping 192.0.2.1", "info | tee x"],
    "huawei_vrp": ["save", "display version | save x"],
    "hp_comware": ["save force", "display version >> x"],
    "mikrotik_routeros": ["/export file=x", "/system reboot", "/interface disable print", "/ip address print follow"],
    "fortinet": ["config global", "execute reboot", "diagnose sys top"],
    "paloalto_panos": ["commit", "ping host 192.0.2.1"],
    "vyos": ["show $HOME", "show version | tee x", "show !x"],
    "cisco_asa": ["pager 0", "show run | redirect x"],
    "aruba_aoscx": ["write memory", "show version | redirect x"],
}


def test_every_platform_has_its_words_here() -> None:
    shipped = {path.stem for path in PLATFORMS.glob("*.toml")}
    assert shipped == set(READS) == set(CHANGES) == {talk.platform for talk in TALKS} | {"linux"}
    assert all(platform(name).name == name for name in shipped)
    aliases = [alias for name in shipped for alias in (name, *platform(name).aliases)]
    assert len(aliases) == len(set(aliases))


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in READS.items() for line in lines])
def test_what_only_reads(name: str, line: str) -> None:
    assert any(re.fullmatch(pattern, line) for pattern in platform(name).reads)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in CHANGES.items() for line in lines])
def test_what_may_change_something(name: str, line: str) -> None:
    assert not any(re.fullmatch(pattern, line) for pattern in platform(name).reads)
