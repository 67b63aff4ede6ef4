"""What simulated devices understand and answer."""

from datetime import UTC, datetime

import pytest

from paceline.demo.faults import Fault
from paceline.demo.interpreter import Interpreter, Reply
from paceline.demo.network import Network, SimulatedDevice, build_network

BEGAN = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
AT = datetime(2026, 11, 24, 4, 0, 23, 123_000, tzinfo=UTC)
ASKED = {
    "cisco_xr": (
        "show version",
        "show process cpu",
        "show process memory",
        "show route ospf",
        "show ospf neighbor",
        "show ospf database",
        "show ospf interface brief",
        "show cdp neighbor",
        "show cdp neighbors",
        "show interface brief",
        "show ip interface brief",
        "show platform",
        "show inventory",
        "show logging",
        "show clock",
    ),
    "cisco_ios": (
        "show version",
        "show processes cpu",
        "show processes memory",
        "show ip route ospf",
        "show ip ospf neighbor",
        "show ip ospf database",
        "show ip ospf interface brief",
        "show cdp neighbors",
        "show ip interface brief",
        "show inventory",
        "show logging",
        "show clock",
    ),
    "juniper_junos": (
        "show version",
        "show chassis routing-engine",
        "show system memory",
        "show route protocol ospf",
        "show ospf neighbor",
        "show ospf database",
        "show ospf interface",
        "show lldp neighbors",
        "show interfaces terse",
        "show chassis alarms",
        "show system uptime",
        "show chassis hardware",
        "show log messages",
    ),
}
EVERY = [(platform, command) for platform, commands in ASKED.items() for command in commands]


def _ask(platform: str, line: str, network: Network | None = None) -> tuple[Reply, SimulatedDevice]:
    network = network or build_network(60, 1, faults=False)
    device = next(each for each in network.devices.values() if each.platform == platform)
    return Interpreter(network, BEGAN).reply(device, line, AT, "demo"), device


@pytest.mark.parametrize(("platform", "command"), EVERY)
def test_every_command_of_the_presets_is_answered(platform: str, command: str) -> None:
    reply, _ = _ask(platform, command)
    assert reply.topic
    assert any(line.strip() for line in reply.lines)
    assert not [line for line in reply.lines if line.startswith("%") or "\n" in line]


@pytest.mark.parametrize(("platform", "command"), EVERY)
def test_the_same_seed_gives_the_same_text_and_another_device_another(platform: str, command: str) -> None:
    assert _ask(platform, command)[0] == _ask(platform, command, build_network(60, 1, faults=False))[0]


def test_neighbours_interfaces_and_addresses_agree_between_the_commands() -> None:
    reply, device = _ask("cisco_xr", "show ospf neighbor")
    text = "\n".join(reply.lines)
    brief = "\n".join(_ask("cisco_xr", "show ip interface brief")[0].lines)
    assert len(device.ports) > 1
    for port in device.ports:
        assert port.peer_address in text
        assert port.name in text and port.name in brief and port.address in brief
    assert device.loopback in "\n".join(_ask("cisco_xr", "show ospf database")[0].lines)


def test_routes_lead_to_every_other_router_of_the_country_over_a_real_neighbour() -> None:
    network = build_network(60, 1, faults=False)
    reply, device = _ask("cisco_xr", "show route ospf", network)
    others = {each.loopback for each in network.area(device.name)} - {device.loopback}
    routes = [line for line in reply.lines if line.startswith("O ")]
    assert {line.split()[1].removesuffix("/32") for line in routes} == others
    assert {line.split()[4].rstrip(",") for line in routes} <= {port.peer_address for port in device.ports}


@pytest.mark.parametrize(
    ("platform", "short", "whole"),
    [
        ("cisco_xr", "sh ver", "show version"),
        ("cisco_xr", "sho proc c", "show processes cpu"),
        ("cisco_xr", "SH OSPF DATAB", "show ospf database"),
        ("cisco_ios", "sh ip os ne", "show ip ospf neighbor"),
        ("cisco_ios", "sh ip int br", "show ip interface brief"),
        ("juniper_junos", "show int ter", "show interfaces terse"),
    ],
)
def test_keywords_may_be_shortened_as_long_as_they_stay_unique(platform: str, short: str, whole: str) -> None:
    assert _ask(platform, short)[0] == _ask(platform, whole)[0]


@pytest.mark.parametrize(
    ("platform", "line", "column", "said"),
    [
        ("cisco_xr", "show foo", 5, "% Invalid input detected at '^' marker."),
        ("cisco_ios", "show version foo", 13, "% Invalid input detected at '^' marker."),
        ("cisco_ios", "show version | nonsense", 15, "% Invalid input detected at '^' marker."),
        ("juniper_junos", "foo", 0, "unknown command."),
        ("juniper_junos", "show foo", 5, "syntax error, expecting <command>."),
    ],
)
def test_what_is_not_understood_is_marked_where_it_stands(platform: str, line: str, column: int, said: str) -> None:
    reply, device = _ask(platform, line)
    prompt = Interpreter(build_network(60, 1), BEGAN).prompt(device, "demo")
    assert reply.lines[:2] == (" " * (len(prompt) + column) + "^", said)
    assert not reply.topic


def test_ambiguous_and_incomplete_commands_are_told_apart() -> None:
    assert _ask("cisco_xr", "show i")[0].lines == ('% Ambiguous command:  "show i"',)
    assert _ask("cisco_xr", "show ospf")[0].lines[0] == "% Incomplete command."


def test_filters_behind_a_pipe_keep_what_they_should() -> None:
    whole = _ask("cisco_ios", "show ip interface brief")[0].lines
    assert _ask("cisco_ios", "show ip interface brief | include Loop")[0].lines == (whole[-1],)
    assert _ask("cisco_ios", "show ip interface brief | ex Loop")[0].lines == whole[:-1]
    assert _ask("cisco_ios", "show ip interface brief | begin Loop")[0].lines == (whole[-1],)
    junos = _ask("juniper_junos", "show interfaces terse")[0].lines
    assert _ask("juniper_junos", "show interfaces terse | no-more")[0].lines == junos
    assert _ask("juniper_junos", "show interfaces terse | match ^lo0 | count")[0].lines == ("Count: 2 lines",)
    assert _ask("juniper_junos", "show interfaces terse | last 1")[0].lines == junos[-1:]
    assert _ask("juniper_junos", "show interfaces terse | match [")[0].lines == ()


def test_clock_and_uptime_go_on() -> None:
    assert _ask("cisco_xr", "show clock")[0].lines == ("04:00:23.123 UTC Tue Nov 24 2026",)
    assert "Current time: 2026-11-24 04:00:23 UTC" in _ask("juniper_junos", "show system uptime")[0].lines


@pytest.mark.parametrize("platform", ["cisco_xr", "cisco_ios", "juniper_junos"])
def test_the_refused_command_reads_like_a_word_the_device_does_not_know(platform: str) -> None:
    network = build_network(60, 1, faults=False)
    device = next(each for each in network.devices.values() if each.platform == platform)
    device.fault = Fault.REFUSED_COMMAND
    command = "show chassis routing-engine" if platform == "juniper_junos" else "show processes cpu"
    reply, _ = _ask(platform, command, network)
    assert reply.topic == ""
    assert reply.lines[1].startswith("syntax error" if platform == "juniper_junos" else "% Invalid input")
    assert _ask(platform, "show version", network)[0].topic == "version"


@pytest.mark.parametrize(
    ("command", "begins", "status"),
    [
        ("uptime", " 04:00:23 up ", 0),
        ("uname -a", "Linux ", 0),
        ("cat /proc/loadavg", "", 0),
        ("df -h", "Filesystem", 0),
        ("free -m", "     ", 0),
        ("echo 'one two'  three", "one two three", 0),
        ("cat /etc/none", "cat: ", 1),
        ("reticulate", "sh: 1: reticulate: not found", 127),
    ],
)
def test_servers_answer_with_a_text_and_an_exit_status(command: str, begins: str, status: int) -> None:
    reply, _ = _ask("linux", command, build_network(60, 1, faults=False, linux=0.2))
    assert reply.lines[0].startswith(begins)
    assert reply.status == status
