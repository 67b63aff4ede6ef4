"""`paceline check` as it is typed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paceline.cli.main import main

Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's empty config folder."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    folder = tmp_path / "config" / "paceline"
    (folder / "presets").mkdir(parents=True)
    (folder / "platforms").mkdir()
    return folder


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `paceline check` with these arguments: its exit code and lines."""

    def call(*arguments: str | Path) -> tuple[int, list[str]]:
        code = main(["check", *map(str, arguments)])
        return code, capsys.readouterr().out.splitlines()

    return call


def put(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_all_that_is_shipped_is_in_order(run: Run) -> None:
    code, lines = run()
    assert code == 0
    assert all(line.startswith("ok ") for line in lines)
    for what in ("preset ospf-collection", "theme mono", "platform cisco_xr"):
        assert any(what in line for line in lines)


def test_ones_own_files_and_the_settings_inventory_are_looked_at(run: Run, config: Path) -> None:
    put(config / "paceline.toml", 'inventory = "fleet.csv"')
    put(config / "fleet.csv", "name,address,platform\na,192.0.2.1,cisco_xr\n")
    put(config / "presets" / "mine.toml", 'commands = ["show clock"]')
    code, lines = run()
    assert code == 0
    assert f"ok       {config}/fleet.csv: inventory, 1 devices" in lines
    assert f"ok       {config}/presets/mine.toml: preset mine, commands: 1" in lines
    assert f"ok       {config}/paceline.toml: settings, credentials: none" in lines


def test_every_broken_file_has_its_line_and_the_rest_is_still_looked_at(run: Run, config: Path) -> None:
    put(config / "paceline.toml", "[host_keys]\npolicy = 'none'")
    put(config / "presets" / "mine.toml", 'comands = ["show clock"]')
    put(config / "platforms" / "bad.toml", 'name = "bad"\nreads = ["("]')
    code, lines = run()
    assert code == 2
    errors = [line for line in lines if line.startswith("error")]
    assert [line for line in errors if "paceline.toml:2: host_keys.policy" in line]
    assert [line for line in errors if 'mine.toml:1: comands: unknown key; did you mean "commands"?' in line]
    assert [line for line in errors if "bad.toml:2: reads[1]: not a regular expression" in line]
    assert [line for line in lines if line.startswith("ok ") and "theme mono" in line]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[platform.cisco_xr]\ncommands = ["reload"]',
            "platform.cisco_xr.commands[1]: `reload` is not among what only",
        ),
        ('[platform.cisco_rx]\ncommands = ["show x"]', 'unknown platform cisco_rx; did you mean "cisco_xr"?'),
        ('commands = ["show {nmae}"]', "commands[1]: `show {nmae}`: unknown field"),
        ('inventory = "no.csv"\ncommands = ["show x"]', "inventory: there is no "),
        ('default_platform = "nosuch"\ncommands = ["show x"]', "unknown platform nosuch"),
    ],
)
def test_a_presets_commands_platforms_and_inventory_are_looked_at(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    code, lines = run(put(tmp_path / "mine.toml", text))
    assert code == 2
    assert any(said in line for line in lines if line.startswith("error")), lines


def test_the_kind_of_a_file_is_told_from_what_it_says(run: Run, tmp_path: Path) -> None:
    put(tmp_path / "a.toml", 'commands = ["show x"]')
    put(tmp_path / "b.toml", 'name = "b"\nchannel = "exec"')
    put(tmp_path / "c.toml", "dark = true")
    put(tmp_path / "d.toml", "[keep]\njobs = 3")
    put(tmp_path / "e.csv", "name,address\na,192.0.2.1\n")
    code, lines = run(*(tmp_path / name for name in ("a.toml", "b.toml", "c.toml", "d.toml", "e.csv")))
    text = "\n".join(lines)
    assert code == 2
    for said in (
        "a.toml: preset a",
        "b.toml: platform b",
        "c.toml: foreground: this key",
        "d.toml: settings",
        "e.csv: inv",
    ):
        assert said in text


def test_an_inventory_that_only_warns_is_in_order(run: Run, tmp_path: Path) -> None:
    code, lines = run(put(tmp_path / "f.csv", "name,address\na,192.0.2.1\nb,192.0.2.1\n"))
    assert code == 0
    assert any(line.startswith("warning") for line in lines)


def test_what_is_not_there_is_an_error(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "no.toml") == (2, [f"error    {tmp_path}/no.toml: there is no such file"])
    code, lines = run(tmp_path / "no.csv")
    assert code == 2
    assert "no.csv" in lines[0]
    code, lines = run(tmp_path)
    assert code == 2


def test_keys_that_cannot_work_are_errors_with_their_line(run: Run, config: Path) -> None:
    put(
        config / "paceline.toml",
        '[ui.keys]\n"history.filter" = "ctrl+f"\n"history.opn" = "o"\n"device.log" = "ctlr+l"\n',
    )
    code, lines = run()
    errors = [line for line in lines if line.startswith("error")]
    assert code == 2
    assert len(errors) == 2
    assert "paceline.toml:3: ui.keys.history.opn: there is no such binding" in errors[0]
    assert 'paceline.toml:4: ui.keys.device.log: no key is called "ctlr+l"; did you mean "ctrl+l"?' in errors[1]


def test_keys_that_work_are_in_order(run: Run, config: Path) -> None:
    put(config / "paceline.toml", '[ui.keys]\n"history.filter" = "ctrl+f"\n')
    assert run()[0] == 0
