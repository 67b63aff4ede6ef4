"""Platforms: the shipped ones, the operator's own over them, and names that clash."""

import pytest

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.platforms import load_platforms
from paceline.plan.guard import check


def own(paths: Paths, name: str, text: str) -> None:
    paths.platforms.mkdir(parents=True, exist_ok=True)
    (paths.platforms / f"{name}.toml").write_text(text)


def test_what_is_shipped_can_be_used_by_any_of_its_names(paths: Paths) -> None:
    platforms = load_platforms(paths)
    assert {"cisco_ios", "cisco_xr", "juniper_junos", "linux", "generic"} <= set(platforms.names)
    for alias, name in platforms.aliases.items():
        found = platforms.get(alias)
        assert found is not None
        assert found.name == name
    assert platforms.get("cisco_iso") is None
    assert platforms.nearest("cisco_iso") == "cisco_ios"


@pytest.mark.parametrize("name", ["juniper_junos", "linux"])
def test_ping_without_a_count_is_refused_where_it_never_ends(paths: Paths, name: str) -> None:
    platform = load_platforms(paths).get(name)
    assert platform is not None
    assert check("ping 192.0.2.1", platform) is not None


def test_no_shipped_platform_takes_a_change_for_reading(paths: Paths) -> None:
    platforms = load_platforms(paths)
    lines = (
        "configure terminal",
        "configure",
        "reload",
        "request system reboot",
        "write memory",
        "rm -rf /",
        "copy a b",
        "clear counters",
        "debug all",
        "show version | redirect x",
        "set system x",
        "edit",
        "delete x",
    )
    for name in platforms.names:
        platform = platforms.get(name)
        assert platform is not None
        assert [line for line in lines if check(line, platform) is None] == []


def test_ones_own_platform_replaces_the_shipped_one(paths: Paths) -> None:
    own(paths, "linux", 'name = "linux"\nchannel = "exec"\nreads = ["nproc"]')
    platform = load_platforms(paths).get("linux")
    assert platform is not None
    assert platform.reads == ("nproc",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "other"', 'name: expected "mine", as the file is called'),
        ('name = "mine"\nprompt = "^x#$"', "mine.toml:2: prompt: expected a named group"),
        ('name = "mine"\nreads = ["show (.*"]', "reads[1]: not a regular expression"),
        ('name = "mine"\nread = ["x"]', 'read: unknown key; did you mean "reads"?'),
        ('name = "mine"\nchannel = "telnet"', 'channel: expected "shell" or "exec", got "telnet"'),
        ('name = "mine"\naliases = ["linux"]', '"linux" already means the platform linux'),
    ],
)
def test_a_broken_platform_is_an_error_with_file_and_field(paths: Paths, text: str, said: str) -> None:
    own(paths, "mine", text)
    with pytest.raises(ConfigError) as caught:
        load_platforms(paths)
    assert said in str(caught.value)


def test_one_alias_for_two_platforms_is_an_error(paths: Paths) -> None:
    own(paths, "one", 'name = "one"\naliases = ["x"]')
    own(paths, "two", 'name = "two"\naliases = ["x"]')
    with pytest.raises(ConfigError, match=r'two\.toml: aliases: "x" already means the platform one'):
        load_platforms(paths)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("cisco_ios", "show log | inc down|up"),
        ("cisco_ios", "sh ip int br | include up|down|administratively down"),
        ("cisco_ios", "show run | sec bgp | inc neighbor|address-family"),
        ("cisco_ios", "show log | exclude %SEC|%SYS-5|debug msg"),
        ("cisco_ios", "show log | inc down|error in"),
        ("cisco_xe", "show log | inc down|up"),
        ("juniper_junos", 'show log messages | match "error|fail" | except sshd'),
        ("juniper_junos", 'show log messages | match "error|save" | count'),
    ],
)
def test_an_alternative_in_a_search_pattern_reads(paths: Paths, name: str, line: str) -> None:
    platform = load_platforms(paths).get(name)
    assert platform is not None
    assert check(line, platform) is None


@pytest.mark.parametrize("word", ["redirect", "append", "tee", "save"])
def test_a_redirection_is_refused_in_every_spelling_wherever_it_stands(paths: Paths, word: str) -> None:
    platforms = load_platforms(paths)
    short = [word[:length] for length in range(1, len(word) + 1)]
    spelled = [form for text in short for form in (text, text.upper(), text.capitalize(), f'"{text}"')]
    heads = ("show log", "show log | inc down", "show log | inc down|up", "show log | match x", 'show log | inc "a|b"')
    lines = [
        f"{head}{bar}{form}{target}"
        for head in heads
        for bar in ("|", "| ", " |", " | ", " ||", "||", "|  ")
        for form in spelled
        for target in (" flash:x", " tftp://192.0.2.1/x", "")
    ]
    for name in platforms.names:
        platform = platforms.get(name)
        assert platform is not None
        assert [line for line in lines if check(line, platform) is None] == []


@pytest.mark.parametrize("sign", [">", " >", " > ", ">>", " >> "])
def test_an_arrow_into_a_file_is_refused_wherever_it_stands(paths: Paths, sign: str) -> None:
    platforms = load_platforms(paths)
    for name in platforms.names:
        platform = platforms.get(name)
        assert platform is not None
        for head in ("show log", "show log | inc down", "show log | inc down|up", 'show log | match "a|b"'):
            assert check(f"{head}{sign}flash:x", platform) is not None


@pytest.mark.parametrize("line", ["show log|up", "show log | inc down | up", "show log | inc down |up", "show | | x"])
def test_a_bar_that_is_no_alternative_is_a_filter(paths: Paths, line: str) -> None:
    platform = load_platforms(paths).get("cisco_ios")
    assert platform is not None
    assert check(line, platform) is not None


def test_a_long_line_with_many_bars_is_judged_at_once(paths: Paths) -> None:
    platform = load_platforms(paths).get("cisco_ios")
    assert platform is not None
    # Ambiguous patterns would take two to the power of the bars.
    assert check("show log | inc " + "b b|" * 400 + '"<', platform) is not None
    assert check("show log " + "| inc b " * 200 + "<", platform) is not None
