"""What a device looks like whose inventory names no platform."""

from pathlib import Path

import pytest
from tests.session.fake_device import FakePorts, Script, device, factory, platform, request

from paceline.session.guess import guess_platform


@pytest.mark.parametrize(
    ("server", "greeting", "prompt", "expected"),
    [
        ("SSH-2.0-ROSSSH", "", "[admin@gw] > ", "mikrotik_routeros"),
        ("SSH-2.0-HUAWEI-1.5", "", "<hw1>", "huawei_vrp"),
        ("SSH-2.0-Cisco-2.0", "", "pe1#", "cisco_xr"),
        ("SSH-2.0-Cisco-1.25", "", "sw1#", ""),
        ("SSH-2.0-OpenSSH_7.5", "--- JUNOS 21.4R3 Kernel 64-bit", "alice@mx1> ", "juniper_junos"),
        ("SSH-2.0-OpenSSH_9.2p1", "Welcome to VyOS!", "vyos@vyos:~$ ", "vyos"),
        ("SSH-2.0-OpenSSH_9.2p1", "", "alice@host:~$ ", "linux"),
        ("SSH-2.0-OpenSSH_9.2p1", "Hello, this is FRRouting (version 8.4.4).", "r1# ", "frr"),
        ("", "BIRD 2.0.12 ready.", "bird> ", "bird"),
        ("", "", "RP/0/RP0/CPU0:pe1#", "cisco_xr"),
        ("", "--{ running }--[  ]--", "A:srl1# ", "nokia_srl"),
        ("", "", "*A:pe1# ", "nokia_sros"),
        ("", "", "admin@fw1(active)> ", "paloalto_panos"),
        # What several platforms speak is no guess.
        ("", "", "alice@host> ", ""),
        ("", "", "<sw1>", ""),
        ("", "", "sw1#", ""),
        ("", "Only for staff of JUNOSOFT", "sw1>", ""),
    ],
)
def test_a_guess_is_what_only_one_platform_does(server: str, greeting: str, prompt: str, expected: str) -> None:
    assert guess_platform(server, greeting, prompt) == expected


@pytest.mark.parametrize(("named", "expected"), [("", "cisco_xr"), ("generic", "")])
async def test_a_session_looks_only_where_no_platform_is_named(tmp_path: Path, named: str, expected: str) -> None:
    script = Script(prompt=b"RP/0/RP0/CPU0:r1#")
    async with device(script) as port:
        made = factory(tmp_path, port)
        session = await made.open(request(port, platform("generic", quiet_s=0.02), platform=named), FakePorts())
        await session.close()
    assert session.platform_guess == expected
    # Where in the router the prompt comes from is no part of its name.
    assert session.name_seen == "r1"
