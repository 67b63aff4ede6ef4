"""What a line does in a job that may change devices: changes, takes down, or is refused in every job."""

import pytest
from tests.unit.test_guard_table import PLATFORMS, READS, TABLE

from paceline.plan.disruption import what_it_does
from paceline.plan.effect import judge

DISRUPTS = [(name, line) for name, lines in TABLE.items() for line in lines["disrupts"]]
CHANGES = [(name, line) for name, lines in TABLE.items() for line in lines["only_changes"]]

NEVER_SENT = [
    ("cisco_ios", "configure terminal", "configuration mode: jobs that configure come with a later release"),
    ("cisco_ios", "conf t", "may be short for `configure`"),
    ("cisco_ios", "clear counters ; conf t", "configuration mode"),
    ("cisco_xr", "admin", "leads into another mode"),
    ("cisco_xr", "run", "leads into another mode"),
    ("juniper_junos", "edit interfaces", "configuration mode"),
    ("juniper_junos", "configure private", "configuration mode"),
    ("juniper_junos", "start shell", "elsewhere"),
    ("cisco_nxos", "run bash", "elsewhere"),
    ("frr", "conf t", "configuration mode"),
    ("generic", "system-view", "configuration mode"),
    ("cisco_ios", "telnet 192.0.2.1", "elsewhere"),
    ("cisco_ios", "exit", "elsewhere"),
    ("cisco_ios", "clear counters ?", "asks a device for help"),
    ("cisco_ios", "clear counters\nreload", "no plain text"),
    ("cisco_ios", "clear counters\rreload", "no plain text"),
    ("cisco_ios", "", "empty"),
    ("cisco_xr", "monitor interface", "never ends"),
    ("juniper_junos", "ping 192.0.2.1", "may never end"),
    ("juniper_junos", "show interfaces | refresh 5", "never ends"),
    ("linux", "ping 192.0.2.1", "may never end"),
    ("linux", "ping -c 5000 192.0.2.1", "as good as endless"),
    ("linux", "touch /tmp/x; tail -f /tmp/x", "never ends"),
    ("linux", "tail -n5F /var/log/syslog", "never ends"),
    ("linux", "journalctl -xef", "never ends"),
    ("linux", "watch uptime", "never ends"),
]
WRITES = [
    ("cisco_ios", "show run | redirect flash:x"),
    ("cisco_ios", "show run | append flash:x"),
    ("cisco_xe", "show platform software trace message ios to-file"),
    ("cisco_nxos", "show run > bootflash:x"),
    ("cisco_nxos", "show version ; show clock"),
    ("linux", "uptime > /tmp/x"),
    ("linux", "uptime; df -h"),
    ("linux", "cp -f /tmp/a /tmp/b"),
    ("linux", "tail -n 5 /tmp/x > /tmp/y"),
    ("bird", "configure"),
]
HIDDEN = [
    ("cisco_nxos", "show version ; rel"),
    ("linux", "uptime && /sbin/reboot"),
    ("linux", "sudo -u root /usr/sbin/shutdown now"),
    ("linux", 'sh -c "reboot"'),
    ("linux", "ls | xargs rm"),
    ("linux", "echo $(reboot)"),
    ("linux", "echo `rm -r /tmp/x`"),
]


@pytest.mark.parametrize(("name", "line"), READS)
def test_a_line_that_reads_reads_in_both_kinds_of_job(name: str, line: str) -> None:
    assert {judge(line, PLATFORMS[name], may_change=kind).effect for kind in (True, False)} == {"reads"}


@pytest.mark.parametrize(("name", "line"), DISRUPTS)
def test_a_disruptive_line_says_what_it_does_unless_it_is_never_sent(name: str, line: str) -> None:
    assert judge(line, PLATFORMS[name], may_change=False).effect == "refused"
    verdict = judge(line, PLATFORMS[name], may_change=True)
    assert verdict.effect == ("refused" if "elsewhere" in verdict.why else "disrupts")
    assert verdict.why.startswith("`")


@pytest.mark.parametrize(("name", "line"), HIDDEN)
def test_a_disruptive_command_behind_another_is_found(name: str, line: str) -> None:
    assert judge(line, PLATFORMS[name], may_change=True).effect == "disrupts"


@pytest.mark.parametrize(("name", "line"), [*CHANGES, *WRITES])
def test_what_writes_or_chains_is_a_change(name: str, line: str) -> None:
    assert judge(line, PLATFORMS[name], may_change=False).effect == "refused"
    assert judge(line, PLATFORMS[name], may_change=True).words == "changes"


@pytest.mark.parametrize(("name", "line", "why"), NEVER_SENT)
def test_what_is_never_sent_is_refused_with_its_reason_in_a_job_that_may_change_devices(
    name: str, line: str, why: str
) -> None:
    verdict = judge(line, PLATFORMS[name], may_change=True)
    assert verdict.effect == "refused"
    assert why in verdict.why


def test_every_shipped_disruptive_phrase_has_words_of_its_own() -> None:
    vague = {p for platform in PLATFORMS.values() for p in platform.disrupts if "or wipes it" in what_it_does(p)}
    assert not vague
