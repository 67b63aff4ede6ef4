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
