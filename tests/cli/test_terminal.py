"""What an operator is asked at a terminal, on a real one: the launch, passwords, gates, and what would be lost."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
from tests.cli.desk import ENTRY, Desk

ALL = ("--where", "*")
START = r"Start\? \[y/N\]: "
GO_ON = r"Go on\? \[y/N\]: "


class Terminal:
    """`paceline ARGUMENTS` at a pseudo-terminal, and all that stood on its screen."""

    def __init__(self, desk: Desk, *arguments: str | Path, entry: str = ENTRY, **environment: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-c", entry, *map(str, arguments)],
            env=desk.environment(TERM="xterm", **environment),
            cwd=str(desk.root),
            encoding="utf-8",
            timeout=60,
            dimensions=(50, 200),
        )
        self.child.delaybeforesend = None
        self.screen = ""

    def sees(self, pattern: str) -> str:
        """Wait for `pattern`; returns all that came until its end."""
        self.child.expect(pattern)
        text = str(self.child.before) + str(self.child.after)
        self.screen += text
        return text

    def types(self, line: str) -> None:
        """Type a line."""
        self.child.sendline(line)

    def presses(self, key: str) -> None:
        """Press a control key."""
        self.child.sendcontrol(key)

    def ends(self) -> int:
        """Wait for the end; returns the exit code."""
        self.child.expect(pexpect.EOF)
        self.screen += str(self.child.before)
        self.child.close()
        assert self.child.signalstatus is None
        return int(self.child.exitstatus or 0)


@contextmanager
def at_terminal(desk: Desk, *arguments: str | Path) -> Iterator[Terminal]:
    terminal = Terminal(desk, *arguments)
    try:
        yield terminal
    finally:
        terminal.child.close(force=True)


def ask_for_the_password(desk: Desk) -> str:
    """Settings that ask for it; returns the right one."""
    desk.settings(credentials={"default": {"username": "demo", "password": "ask"}})
    return desk.fleet.password.reveal()


def test_the_launch_dialog_shows_the_plan_and_yes_starts(desk: Desk) -> None:
    with at_terminal(desk, "run", desk.preset(), *ALL) as terminal:
        plan = terminal.sees(START)
        for words in ("mine: 10 devices of 10", "show version", "batches of 10", "likely end", "held by"):
            assert words in plan
        assert not desk.state.exists()
        terminal.types("y")
        assert terminal.ends() == 0
    assert "FINISHED  10 succeeded" in terminal.screen


@pytest.mark.parametrize("answer", ["n", ""])
def test_anything_but_yes_starts_nothing(desk: Desk, answer: str) -> None:
    mark = desk.mark()
    with at_terminal(desk, "run", desk.preset(), *ALL) as terminal:
        terminal.sees(START)
        terminal.types(answer)
        assert terminal.ends() == 2
    assert "paceline: not started" in terminal.screen
    assert desk.mark() == mark
    assert not (desk.state / "journal.sqlite").exists()


@pytest.mark.parametrize("key", ["c", "d"])
def test_leaving_the_launch_dialog_starts_nothing(desk: Desk, key: str) -> None:
    with at_terminal(desk, "run", desk.preset(), *ALL) as terminal:
        terminal.sees(START)
        terminal.presses(key)
        assert terminal.ends() == 130
    assert "Traceback" not in terminal.screen
    assert not (desk.state / "journal.sqlite").exists()


def test_a_password_is_asked_once_and_never_shown(desk: Desk) -> None:
    password = ask_for_the_password(desk)
    with at_terminal(desk, "run", desk.preset(), *ALL, "--yes") as terminal:
        terminal.sees(r"Password of demo \(credential default\): ")
        terminal.types(password)
        assert terminal.ends() == 0
    assert terminal.screen.count("Password of") == 1
    assert "10 succeeded" in terminal.screen
    assert password not in terminal.screen
    kept = b"".join(path.read_bytes() for path in desk.state.rglob("*") if path.is_file())
    assert password.encode() not in kept


@pytest.mark.parametrize("key", ["c", "d"])
def test_leaving_the_password_prompt_starts_nothing(desk: Desk, key: str) -> None:
    ask_for_the_password(desk)
    with at_terminal(desk, "run", desk.preset(), *ALL, "--yes") as terminal:
        terminal.sees("Password of demo")
        terminal.presses(key)
        assert terminal.ends() == 130
    assert "Traceback" not in terminal.screen
    assert "bug" not in terminal.screen
    assert not (desk.state / "journal.sqlite").exists()


def test_a_mistyped_password_costs_two_logins_and_the_gate_asks(desk: Desk) -> None:
    ask_for_the_password(desk)
    mark = desk.mark()
    with at_terminal(desk, "run", desk.preset(), *ALL, "--yes", "--batch-size", "1") as terminal:
        terminal.sees("Password of demo")
        terminal.types("not it")
        assert "logins of demo are held: 2 rejected without any success" in terminal.sees(GO_ON)
        terminal.types("n")
        assert terminal.ends() == 3
    assert sum(entry.kind == "login" for entry in desk.seen(mark)) == 2
    assert "8 devices were not started: their logins are held" in terminal.screen


def test_a_gate_asks_once_and_yes_goes_on(desk: Desk) -> None:
    name = desk.preset("careful", gates={"canary": 2})
    with at_terminal(desk, "run", name, *ALL, "--yes") as terminal:
        terminal.sees("the first 2 devices have ended; 0 of them did not succeed. " + GO_ON)
        terminal.types("y")
        assert terminal.ends() == 0
    assert len(re.findall(GO_ON, terminal.screen)) == 1
    assert "FINISHED  10 succeeded" in terminal.screen


def test_ctrl_c_at_a_gate_ends_the_job_with_130(desk: Desk) -> None:
    name = desk.preset("careful", gates={"canary": 2})
    with at_terminal(desk, "run", name, *ALL, "--yes") as terminal:
        terminal.sees(GO_ON)
        terminal.presses("c")
        assert terminal.ends() == 130
    assert "Traceback" not in terminal.screen
    assert "STOPPED  2 succeeded, 8 skipped" in terminal.screen


def test_json_on_a_terminal_asks_beside_its_events(desk: Desk) -> None:
    out = desk.root / "events.jsonl"
    name = desk.preset("careful", gates={"canary": 2})
    line = " ".join(["run", name, "--where", "'*'", "--json"])
    shell = pexpect.spawn(
        "/bin/sh", ["-c", f'exec "$0" -c "$1" {line} > "$2"', sys.executable, ENTRY, str(out)],
        env=desk.environment(TERM="xterm"), cwd=str(desk.root), encoding="utf-8", timeout=60,
    )  # fmt: skip
    try:
        shell.expect(START)
        shell.sendline("y")
        shell.expect(GO_ON)
        shell.sendline("y")
        shell.expect(pexpect.EOF)
    finally:
        shell.close(force=True)
    assert shell.exitstatus == 0
    assert all(text.startswith('{"seq"') for text in out.read_text().splitlines())


def test_comments_and_presets_are_lost_only_on_a_yes(desk: Desk) -> None:
    path = desk.write(Path("presets/mine.toml"), '# why\ncommands = ["show version"]\n')
    with at_terminal(desk, "presets", "save", "mine", "--batch-size", "2") as terminal:
        terminal.sees(r"The comments in \S+ would be lost. Save over it\? \[y/N\]: ")
        terminal.types("n")
        assert terminal.ends() == 2
    assert "# why" in path.read_text()
    with at_terminal(desk, "presets", "delete", "mine") as terminal:
        terminal.sees(r"Delete it\? \[y/N\]: ")
        terminal.types("y")
        assert terminal.ends() == 0
    assert not path.exists()
