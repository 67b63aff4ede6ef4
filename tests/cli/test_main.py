"""The command itself: help, errors in one sentence, exit codes, completion, start-up."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from paceline import __version__
from paceline.cli import main as module
from paceline.cli.main import cli, main
from paceline.config.errors import ConfigError
from paceline.inventory.result import InventoryError

PROGRAM = "import sys; from paceline.cli.main import main; sys.exit(main())"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "check" in shown
    assert "completion" in shown


def test_a_bare_call_without_a_terminal_says_what_to_use_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "the screens need a terminal; without one use `paceline run PRESET --plain`" in capsys.readouterr().err


def test_help_of_every_command_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for name in module.COMMANDS:
        assert main([name, "--help"]) == 0
        assert f"paceline {name}" in capsys.readouterr().out.split("Examples:")[1]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"paceline {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from paceline.cli.main import main; main(['--help'])\n"
        "print([m for m in ('asyncssh', 'ruamel', 'pycountry', 'pydantic', 'asyncio', 'textual') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "No such command 'chek'. Did you mean 'check'? See `paceline --help`."),
        (["--vresion"], "No such option '--vresion'."),
        (["check", "--foo"], "paceline check: No such option '--foo'. See `paceline check --help`."),
        (["completion"], "paceline completion: Missing argument"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    ],
)
def test_a_wrong_call_gets_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError.of(Path("a.toml"), "wrong"), 2, "a.toml: wrong\n"),
        (InventoryError("a.csv: no"), 2, "a.csv: no\n"),
        (PermissionError(13, "Permission denied", "/state"), 2, "paceline: /state: Permission denied\n"),
        (OSError(28, "No space left on device"), 2, "paceline: No space left on device\n"),
        (click.ClickException("no"), 2, "paceline: no.\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
    ],
)
def test_every_error_leaves_as_a_sentence_and_an_exit_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "main", _raising(error))
    assert main([]) == code
    assert capsys.readouterr().err == said


def test_a_bug_is_kept_in_a_log_and_not_thrown_at_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "main", _raising(ZeroDivisionError("x")))
    assert main([]) == 70
    log = tmp_path / "paceline" / "crash.log"
    assert capsys.readouterr().err == (
        f"paceline: this is a bug in Paceline (ZeroDivisionError); please report it with the details in {log}\n"
    )
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_commands_own_exit_code_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "main", lambda *_, **__: 3)
    assert main([]) == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_calls_back(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_PACELINE_COMPLETE={shell}_complete" in script
    assert "paceline" in script


def test_the_shell_is_given_the_commands_and_their_values() -> None:
    asked = run(_PACELINE_COMPLETE="bash_complete", COMP_WORDS="paceline ch", COMP_CWORD="1")
    assert asked.stdout.split() == ["plain,check"]
    asked = run(_PACELINE_COMPLETE="bash_complete", COMP_WORDS="paceline completion ", COMP_CWORD="2")
    assert asked.stdout.split() == ["plain,bash", "plain,zsh", "plain,fish"]


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 130


def _raising(error: BaseException) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call
