"""A login that asks for a code, at a terminal and without one."""

import asyncio
import contextlib
import os
import sys
import termios
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Literal

import pytest
from tests.engine.harness import JOB, SECRETS, make_devices, make_spec
from tests.engine.jumping import behind, jumping

from paceline.cli import steering
from paceline.cli.faces import PlainFace, Printer
from paceline.cli.questions import AskLogin, login_asker
from paceline.cli.runner import EXIT_OK, EXIT_SOME, EXIT_UNREACHABLE, Foreground
from paceline.engine.local import LocalEngine
from paceline.model.control import Answer
from paceline.model.event import LoginAsked, LoginPrompt
from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemoryJournal, MemoryOutputs


async def run(ask: AskLogin | None, jump: str = "") -> tuple[int, str, ScriptedSessions]:
    """A job whose one device wants a code, or the jump host before it; its exit code, its lines, what reached them."""
    asking, usual = Script(asks=("Code:",), command_s=0), Script(command_s=0)
    sessions, out = ScriptedSessions({jump: asking} if jump else {}, usual if jump else asking), StringIO()
    engine = LocalEngine(sessions, MemoryJournal(), MemoryOutputs(), now)
    await engine.start(jumping(behind(1, jump)) if jump else make_spec(make_devices(1)), SECRETS)
    code = await Foreground(engine, JOB, PlainFace(Printer(out), is_unicode=False), ask_login=ask).run()
    return code, out.getvalue(), sessions


async def test_an_operator_answers_and_the_job_goes_on() -> None:
    async def ask(asked: LoginAsked) -> list[str]:
        return [f"for-{asked.device}"]

    code, out, sessions = await run(ask)
    assert code == EXIT_OK
    assert "ASKED    d1 asks netops: Code:" in out
    assert "told for-d1" in [what for _, _, what in sessions.log]


async def test_without_an_operator_the_login_fails_at_once_and_says_why() -> None:
    code, out, _ = await run(None)
    assert code == EXIT_SOME
    assert "code_needed" in out


async def test_a_jump_host_asks_the_operator_by_its_name() -> None:
    async def ask(asked: LoginAsked) -> list[str]:
        return [f"for-{asked.device}"]

    code, out, sessions = await run(ask, "bastion")
    assert code == EXIT_OK
    assert "ASKED    jump bastion asks alice: Code:" in out
    assert ("bastion", "told for-jump bastion") in [(name, what) for _, name, what in sessions.log]


async def test_without_an_operator_a_jump_host_fails_at_once_and_its_devices_say_why() -> None:
    code, out, sessions = await run(None, "bastion")
    assert code == EXIT_UNREACHABLE
    assert "jump bastion: code_needed" in out
    assert [name for _, name, what in sessions.log if what == "login"] == ["bastion"]


async def test_a_login_that_is_gone_is_asked_about_until_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    async def look(credential: Credential, agent_path: str) -> str:
        return "" if len(asked) == 2 else "the ssh-agent does not answer: sign in again"

    async def ask(question: str) -> bool:
        asked.append(question)
        return True

    sessions = ScriptedSessions(default=Script(failures={1: FailureKind.CREDENTIAL_GONE}, command_s=0))
    engine = LocalEngine(sessions, MemoryJournal(), MemoryOutputs(), now, look=look)
    await engine.start(make_spec(make_devices(1), password="agent"), SECRETS)
    code = await Foreground(engine, JOB, PlainFace(Printer(StringIO()), is_unicode=False), ask).run()
    assert (code, len(asked)) == (EXIT_OK, 2)
    assert asked[0].endswith("Sign in again, then say yes: go on?")
    assert "paceline: logins of netops stay held: the ssh-agent does not answer" in capsys.readouterr().err


async def test_a_terminal_asks_line_by_line_and_hides_what_is_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower, "r") as terminal, os.fdopen(leader, "wb", buffering=0) as keyboard:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        ask = login_asker()
        assert ask is not None
        asked = LoginAsked(
            seq=1, at=now(), job=JOB, device="d1", country="DE", attempt=1, question="login-1", user="netops",
            instruction="Duo\x1b[2J login", until=now() + timedelta(seconds=30),
            prompts=(LoginPrompt(text="Passcode:", shown=False), LoginPrompt(text="Site:", shown=True)),
        )  # fmt: skip

        def echoes() -> bool:
            return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

        answer = asyncio.ensure_future(ask(asked))
        while echoes():  # noqa: ASYNC110 - the terminal tells nobody
            await asyncio.sleep(0.01)
        keyboard.write(b"771\n")
        while not echoes():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        keyboard.write(b"ber1\n")
        assert await answer == ["771", "ber1"]
    said = capsys.readouterr().err
    assert "  Duo login\n" in said and "d1: Passcode: " in said and "771" not in said


@pytest.mark.parametrize(("word", "typed", "told"), [("go_on", "771", ["told 771"]), ("stop", "", [])])
async def test_a_code_is_answered_from_another_terminal(
    word: Literal["go_on", "stop"], typed: str, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = ScriptedSessions(default=Script(asks=("Code:",), command_s=0))
    engine = LocalEngine(sessions, MemoryJournal(), MemoryOutputs(), now)

    @contextlib.asynccontextmanager
    async def client(socket: str) -> AsyncIterator[LocalEngine]:
        yield engine

    async def ask(asked: LoginAsked) -> list[str] | None:
        return [typed] if typed else None

    monkeypatch.setattr("paceline.service.client.ServiceClient", client)
    monkeypatch.setattr(steering, "login_asker", lambda: ask)
    await engine.start(make_spec(make_devices(1)), SECRETS)
    async for event in engine.follow(JOB):
        status = await engine.status(JOB)
        if isinstance(event, LoginAsked):
            assert steering.question_of(status, "") is event
            reply = Answer(question=event.question, answer=word)
            await steering.answer_login(steering.Remote(status, ""), event, reply)
    assert [what for _, _, what in sessions.log if what.startswith("told")] == told
