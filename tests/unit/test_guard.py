"""The command guard: what only reads passes, what only looks as if it did is refused with its reason."""

import pytest

from paceline.model.platform import Platform
from paceline.plan.guard import check

IOS = Platform(
    name="cisco_ios",
    abbreviations={"show": "sh", "ping": "p", "traceroute": "tr"},
    reads=(r"show( .*)?", r"ping( ip)? \S+( repeat \d+)?( .*)?", r"traceroute \S+( .*)?", r"dir( .*)?"),
)
JUNOS = Platform(
    name="juniper_junos",
    abbreviations={"show": "sh", "set": "set", "ping": "ping"},
    reads=(r"show( .*)?", r"ping \S+ (.* )?count \d+( .*)?", r"traceroute \S+( .*)?"),
)
LINUX = Platform(
    name="linux",
    channel="exec",
    reads=(r"uptime", r"df( -[hT]+)?", r"free -m", r"(?:uname|hostname)( -a)?", r"ping -c \d+ \S+"),
)
GENERIC = Platform(name="generic")

READS = [
    (IOS, "show version"),
    (IOS, "sh ver"),
    (IOS, "sho ip int br"),
    (IOS, "SHOW VERSION"),
    (IOS, "Show running-config"),
    (IOS, "  show   clock  "),
    (IOS, "show"),
    (IOS, "show ip route 192.0.2.0/24"),
    (IOS, "show run | include hostname"),
    (IOS, "sh run | i hostname"),
    (IOS, "sh run | b router ospf"),
    (IOS, "show run | sec ospf"),
    (IOS, "show run | ex !"),
    (IOS, "show log | count ERR"),
    (IOS, "show ip int br | include up|down"),
    (IOS, 'show ip bgp | include "*>"'),
    (IOS, 'show run | include "a;b & c"'),
    (IOS, 'show run | include "a|tee b"'),
    (IOS, "show log | include %OSPF-5-ADJCHG: Process 1, Nbr 192.0.2.1"),
    (IOS, "show ip route | include ^O.*E2"),
    (IOS, "show monitor session 1"),
    (IOS, "show interfaces description"),
    (IOS, "show file systems"),
    (IOS, "ping 192.0.2.1"),
    (IOS, "p 192.0.2.1 repeat 10"),
    (IOS, "ping ip 192.0.2.1 repeat 3"),
    (IOS, "traceroute 192.0.2.1"),
    (IOS, "tr 192.0.2.1"),
    (IOS, "dir flash:"),
    (IOS, "show ip bgp neighbors 2001:db8::1 advertised-routes"),
    (IOS, "show vrf Kunde-Süd"),
    (JUNOS, "show interfaces terse"),
    (JUNOS, "show route | no-more"),
    (JUNOS, "show configuration | display set | match ospf"),
    (JUNOS, "show log messages | last 50 | except sshd"),
    (JUNOS, 'show log messages | match "error|fail"'),
    (JUNOS, "show configuration | display json"),
    (JUNOS, "ping 192.0.2.1 count 5"),
    (JUNOS, "ping 192.0.2.1 rapid count 100"),
    (LINUX, "uptime"),
    (LINUX, "df -h"),
    (LINUX, "hostname"),
    (LINUX, "uname -a"),
    (LINUX, "ping -c 3 192.0.2.1"),
]

REFUSED = [
    (IOS, "", "empty"),
    (IOS, "   ", "empty"),
    (IOS, "configure terminal", "not among what only reads on cisco_ios"),
    (IOS, "conf t", "what does: show, ping, traceroute, dir"),
    (IOS, "reload", "not among"),
    (IOS, "write memory", "not among"),
    (IOS, "wr", "not among"),
    (IOS, "do show version", "not among"),
    (IOS, "showversion", "not among"),
    (IOS, "shower", "not among"),
    (IOS, "no show version", "not among"),
    (IOS, "copy running-config startup-config", "not among"),
    (IOS, "clear counters", "not among"),
    (IOS, "debug ip packet", "not among"),
    (IOS, "terminal monitor", "not among"),
    (IOS, "s version", "`s` is too short for `show` on cisco_ios: write at least `sh`"),
    (IOS, "t 192.0.2.1", "too short for `traceroute`"),
    (IOS, "show run | redirect flash:x", "writes to a file"),
    (IOS, "show run |redirect flash:x", "writes to a file"),
    (IOS, "show run | red flash:x", "writes to a file"),
    (IOS, "show run | r flash:x", "writes to a file"),
    (IOS, "show run | REDIRECT flash:x", "writes to a file"),
    (IOS, "show run | append flash:x", "writes to a file"),
    (IOS, "show run | a flash:x", "writes to a file"),
    (IOS, "show run | tee flash:x", "writes to a file"),
    (IOS, "show run | te flash:x", "writes to a file"),
    (IOS, "show run | file disk0:x", "writes to a file"),
    (IOS, "show run | save /var/tmp/x", "writes to a file"),
    (IOS, "show run | include a | tee flash:x", "writes to a file"),
    (IOS, "show run | include a|tee flash:x", "put it in double quotes"),
    (IOS, 'show "run | redirect flash:x"', "writes to a file"),
    (IOS, 'show run | include "a | redirect flash:x', "writes to a file"),
    (IOS, 'show run | include "a\\" | tee x "', "writes to a file"),
    (IOS, "show run > flash:x", "`>` writes to a file"),
    (IOS, "show run >> flash:x", "`>` writes to a file"),
    (IOS, "show run>x", "`>` writes to a file"),
    (IOS, "show ip bgp | include *>", "put it in double quotes"),
    (IOS, "show version ; reload", "`;` chains commands"),
    (IOS, "show version;reload", "`;` chains commands"),
    (IOS, "show version & reload", "`&` chains commands"),
    (IOS, "show version && reload", "`&` chains commands"),
    (IOS, "show `reload`", "a backquote may run another command"),
    (IOS, 'show "`reload`"', "a backquote may run another command"),
    (IOS, "show $(reload)", "`$(` may run another command"),
    (IOS, "show <(reload)", "may run another command"),
    (IOS, "show version\nreload", "U+000A"),
    (IOS, "show version\rreload", "U+000D"),
    (IOS, "show version\x03", "U+0003"),
    (IOS, "show version\x1a", "character 13 (U+001A)"),
    (IOS, "show\tversion", "U+0009"),
    (IOS, "show version\x7f", "U+007F"),
    (IOS, "show\xa0version", "U+00A0"),
    (IOS, "show version\u2028reload", "U+2028"),
    (IOS, "show ver\u202esion", "U+202E"),
    (IOS, "show ip ?", "`?` asks a device for help"),
    (IOS, "show run |", "nothing stands after `|`"),
    (IOS, "show run | bash", "may do more than filter"),
    (IOS, "show run | python x.py", "may do more than filter"),
    (IOS, "show run | em x@example.net", "may do more than filter"),
    (IOS, "show run | include a | vsh", "may do more than filter"),
    (IOS, "show run | include a | curl x", "none of the filters that only read"),
    (IOS, "show run | frobnicate", "none of the filters that only read"),
    (IOS, "monitor interface", "`monitor` never ends"),
    (IOS, "watch show clock", "`watch` never ends"),
    (IOS, "show logging follow", "`follow` never ends"),
    (IOS, "show interfaces | refresh 1", "never ends"),
    (IOS, "show interfaces | ref 1", "never ends"),
    (JUNOS, "show interfaces | hold", "never ends"),
    (JUNOS, "monitor traffic", "`monitor` never ends"),
    (JUNOS, "s version", "`s` may mean `set` or `show`; write it out"),
    (JUNOS, "set system host-name x", "not among"),
    (JUNOS, "request system reboot", "not among"),
    (JUNOS, "show version | request message all x", "may do more than filter"),
    (JUNOS, "show configuration | display set | save x", "writes to a file"),
    (JUNOS, "ping 192.0.2.1", "may never end; say how many"),
    (JUNOS, "ping 192.0.2.1 rapid", "may never end; say how many"),
    (LINUX, "ping 192.0.2.1", "may never end; say how many"),
    (LINUX, "UPTIME", "not among"),
    (LINUX, "up", "not among"),
    (LINUX, "df -h /tmp", "what does: uptime, df, free -m, uname, hostname, ping"),
    (LINUX, "rm -rf /", "not among"),
    (LINUX, "uptime; rm x", "chains"),
    (LINUX, "uptime | sh", "may do more than filter"),
    (LINUX, "uptime | grep load", "not among"),
    (LINUX, "tail -f /var/log/syslog", "`-f` never ends"),
    (LINUX, "tail -F /var/log/syslog", "never ends"),
    (GENERIC, "show version", "no command is known to only read there"),
]


@pytest.mark.parametrize(("platform", "line"), READS, ids=[line for _, line in READS])
def test_what_only_reads_passes(platform: Platform, line: str) -> None:
    assert check(line, platform) is None


@pytest.mark.parametrize(("platform", "line", "reason"), REFUSED, ids=[repr(line) for _, line, _ in REFUSED])
def test_what_may_change_or_never_end_is_refused_with_the_reason(platform: Platform, line: str, reason: str) -> None:
    answer = check(line, platform)
    assert answer is not None
    assert reason in answer
    assert "\n" not in answer


def test_two_words_that_one_short_form_would_allow_are_ambiguous() -> None:
    platform = Platform(name="both", abbreviations={"show": "s", "set": "s"}, reads=(r"show( .*)?",))
    answer = check("s version", platform)
    assert answer is not None
    assert "`set` or `show`" in answer


def test_an_abbreviation_of_a_word_that_changes_is_judged_by_that_word() -> None:
    platform = Platform(name="both", abbreviations={"show": "sh", "reload": "rel"}, reads=(r"show( .*)?",))
    answer = check("rel in 5", platform)
    assert answer is not None
    assert "not among what only reads" in answer
