"""The settings file, as a new user writes it."""

from pathlib import Path

import pytest

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.model.settings import Settings


def write(paths: Paths, text: str) -> Path:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings.write_text(text)
    paths.settings.chmod(0o600)
    return paths.settings


def refusal(paths: Paths, text: str) -> str:
    write(paths, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(paths)
    return str(caught.value)


def test_without_a_file_everything_is_at_its_default(paths: Paths) -> None:
    assert load_settings(paths) == Settings()
    assert load_settings(paths).credential().password == ""


def test_a_named_file_must_be_there(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml: there is no such file"):
        load_settings(paths, tmp_path / "no.toml")


def test_the_shipped_file_loads_as_it_is_and_with_every_key_uncommented(paths: Paths, tmp_path: Path) -> None:
    shipped = paths.shipped_configs / "paceline.toml"
    assert load_settings(paths, shipped) == Settings()
    keys = (line[1:] for line in shipped.read_text().splitlines() if line.startswith("#") and not line.startswith("# "))
    settings = load_settings(paths, write(paths, "\n".join(keys)))
    assert set(settings.model_fields_set) == set(Settings.model_fields)
    assert settings.credential("branch").password == "ask"
    assert settings.credentials.rule[0].use == "branch"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inventry = 'a'", 'paceline.toml:1: inventry: unknown key; did you mean "inventory"?'),
        ("inventory = 3", "inventory: expected text in quotes, got 3"),
        ("[credentials.x]\nuser = 'a'", 'paceline.toml:2: credentials.x.user: unknown key; did you mean "username"?'),
        (
            "[credentials.x]\npassword = 'keyring:'",
            "expected `agent`, `ask`, `env:NAME`, `keyring:NAME`, `command:PROG",
        ),
        ("[credentials.x]\npassword = 'command:'", "expected `agent`, `ask`, `env:NAME`"),
        ("[credentials.x]\npassword = 'command:pass \"a'", "expected `agent`, `ask`, `env:NAME`"),
        ("[credentials.x]\nenable = 'agent'", "expected `ask`, `env:NAME`"),
        ("[credentials.x]\npassword = 'env:1x'", "expected `agent`, `ask`, `env:NAME`"),
        ("[[credentials.rule]]\nwhere = 'a'\nuse = 'b'", "rule 1 uses 'b', which is no credential here"),
        ("[jumps.b]\nport = 22", "jumps.b.host: this key is missing"),
        ("[jumps.b]\nhost = 'b'\nport = 70000", "jumps.b.port: expected at most 65535"),
        ("[host_keys]\npolicy = 'none'", 'host_keys.policy: expected "strict" or "accept-new", got "none"'),
        ("[ui]\ntheme = 'paceline-drak'", 'did you mean "paceline-dark"?'),
        ("[ui]\nglyps = 'auto'", "ui.glyps: unknown key"),
        ("[timeouts]\nlogin_s = 0", "timeouts.login_s: expected more than 0, got 0"),
        ("[timeouts]\nlogin = 5", 'timeouts.login: unknown key; did you mean "login_s"?'),
        ("[keep]\ndays = -1", "keep.days: expected at least 0, got -1"),
        ("[keep]\njobs = true", "keep.jobs: expected a whole number, got true"),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_what_was_expected(paths: Paths, text: str, said: str) -> None:
    assert said in refusal(paths, text)


@pytest.mark.parametrize(
    "text",
    [
        "[credentials.x]\npassword = 'hunter2'",
        "[credentials.x]\nenable = 'hunter2'",
        "[credentials.x]\npassword = ['hunter2']",
        "[credentials]\nx = 'hunter2'",
        "[credentials.x]\npasword = 'hunter2'",
        "[jumps.x]\nhost = 'a'\npassword = 'hunter2'",
        "[credentials.x]\npassword = hunter2",
    ],
)
def test_a_password_in_the_file_is_refused_and_never_repeated(paths: Paths, text: str) -> None:
    assert "hunter2" not in refusal(paths, text)


def test_several_mistakes_are_several_lines(paths: Paths) -> None:
    said = refusal(paths, "a = 1\n[keep]\njobs = 'x'\n")
    assert [line.split(": ")[1] for line in said.splitlines()] == ["a", "keep.jobs"]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(paths: Paths, mode: int) -> None:
    write(paths, "").chmod(mode)
    with pytest.raises(ConfigError, match="others may write this file: run `chmod go-w"):
        load_settings(paths)


def test_a_theme_of_ones_own_counts(paths: Paths) -> None:
    paths.themes.mkdir(parents=True)
    text = (paths.shipped_themes / "mono.toml").read_text().replace('"mono"', '"mine"')
    (paths.themes / "mine.toml").write_text(text)
    write(paths, "[ui]\ntheme = 'mine'")
    assert load_settings(paths).ui.theme == "mine"


def test_a_theme_whose_file_is_broken_stops_nothing(paths: Paths) -> None:
    paths.themes.mkdir(parents=True)
    (paths.themes / "mine.toml").write_text('name = "mine"\nprimary = "#zzz"\n')
    write(paths, "[ui]\ntheme = 'mine'")
    assert load_settings(paths).ui.theme == "mine"
