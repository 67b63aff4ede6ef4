"""One-time codes at a login: who is asked for what, and that nothing is said twice."""

from pathlib import Path

import asyncssh
import pytest
from tests.session.fake_device import (
    PASSWORD,
    QUICK,
    FakePorts,
    Round,
    Script,
    device,
    factory,
    request,
    until,
)
from tests.session.opening import LINUX, refused_by

from paceline.model.failure import FailureKind
from paceline.model.secret import Secret
from paceline.session.base import LoginPrompt, LoginQuestion

HIDDEN_PASSWORD = ("Password: ", False)
CODE = Round([("Verification code: ", False)], ["492817"])
WITH_PASSWORD = Round([HIDDEN_PASSWORD], [PASSWORD])


async def opened(folder: Path, script: Script, *answers: tuple[str, ...], **changes: str) -> list[LoginQuestion]:
    """Log in while the operator gives these answers; what they were asked."""
    ports = FakePorts(answers=list(answers))
    async with device(script) as port:
        session = await factory(folder, port).open(request(port, LINUX, timeouts=QUICK, **changes), ports)
        await session.close()
    return ports.asked


@pytest.mark.parametrize(
    ("rounds", "asked"),
    [
        ([WITH_PASSWORD, CODE], ["Verification code:"]),
        # As google-authenticator asks: a password there would be a failed login.
        ([CODE, WITH_PASSWORD], ["Verification code:"]),
        ([Round([HIDDEN_PASSWORD, ("Code: ", True)], [PASSWORD, "492817"])], ["Code:"]),
        ([Round([("Code: ", True), ("root's password: ", False)], ["492817", PASSWORD])], ["Code:"]),
    ],
)
async def test_the_password_is_known_and_the_rest_is_asked(
    tmp_path: Path, rounds: list[Round], asked: list[str]
) -> None:
    script = Script(rounds=rounds, has_password_method=False)
    questions = await opened(tmp_path, script, ("492817",))
    assert [prompt.text for question in questions for prompt in question.prompts] == asked
    assert script.replies == [tuple(one.answers) for one in rounds]


async def test_the_operator_sees_the_device_s_own_words_and_how_long_it_waits(tmp_path: Path) -> None:
    notice = Round([], [], "Welcome to the jump host")
    duo = Round([("Passcode or option (1-2): ", True)], ["1"], "Duo two-factor login\n 1. Push\n 2. Call")
    (asked,) = await opened(tmp_path, Script(rounds=[WITH_PASSWORD, notice, duo], has_password_method=False), ("1",))
    assert asked.instruction == f"{notice.instruction}\n{duo.instruction}"
    assert asked.prompts == (LoginPrompt("Passcode or option (1-2):", True),)
    assert asked.user == "netops" and 0 < asked.timeout_s <= QUICK.login_s


@pytest.mark.parametrize("by_key", [True, False])
async def test_a_code_after_a_key_or_a_password(tmp_path: Path, by_key: bool) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "id"))
    script = Script(rounds=[CODE], second_factor=True, authorized=(key,) if by_key else ())
    login = {"password": "", "key_file": str(tmp_path / "id")} if by_key else {}
    (asked,) = await opened(tmp_path, script, ("492817",), **login)
    assert asked.prompts[0].text == "Verification code:"


async def test_a_refused_key_asks_nobody_for_anything(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "id"))
    other = asyncssh.generate_private_key("ssh-ed25519")
    ports, script = FakePorts(answers=[("492817",)]), Script(rounds=[CODE], authorized=(other,))
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=ports, password="", key_file=str(tmp_path / "id"))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert not ports.asked and not script.replies


@pytest.mark.parametrize(
    ("rounds", "replies"),
    [
        # A static prompt again after a rejection, in the same conversation, however it is put.
        ([Round([HIDDEN_PASSWORD], ["wrong-1"]), WITH_PASSWORD], [("wrong-1",)]),
        ([Round([HIDDEN_PASSWORD], ["wrong-1"]), Round([("netops's password:", False)])], [("wrong-1",)]),
        # In another conversation, and by another method.
        ([WITH_PASSWORD], [("wrong-1",)]),
    ],
)
async def test_one_wrong_password_is_one_failed_login(
    tmp_path: Path, rounds: list[Round], replies: list[tuple[str, ...]]
) -> None:
    ports = FakePorts({"ask": Secret("wrong-1")}, answers=[("492817",)])
    script = Script(rounds=rounds)
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=ports)
        await until(lambda: bool(script.lost))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert "wrong password or locked account" in failure.message
    assert (script.replies, script.failed_passwords, ports.asked) == (replies, 0, [])


async def test_a_wrong_code_is_sent_once_and_nothing_after_it(tmp_path: Path) -> None:
    ports, script = FakePorts(answers=[("000000",), ("492817",)]), Script(rounds=[CODE, WITH_PASSWORD])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=ports)
        await until(lambda: bool(script.lost))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert "wrong code or password" in failure.message and "000000" not in failure.message
    assert (script.replies, script.failed_passwords, len(ports.asked)) == ([("000000",)], 0, 1)


async def test_the_same_code_prompt_again_is_a_rejection(tmp_path: Path) -> None:
    ports = FakePorts(answers=[("000000",), ("492817",)])
    script = Script(rounds=[WITH_PASSWORD, Round(CODE.prompts, ["000000"]), CODE])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=ports)
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert len(ports.asked) == 1


async def test_without_an_answer_the_login_fails_and_says_what_was_asked(tmp_path: Path) -> None:
    script = Script(rounds=[WITH_PASSWORD, CODE])
    async with device(script) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.CODE_NEEDED
    assert 'asks netops for more than a password ("Verification code:"); nobody answered' in failure.message


async def test_an_answer_that_takes_too_long_is_no_silent_server(tmp_path: Path) -> None:
    class Slow(FakePorts):
        async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
            await until(lambda: False, 30)
            return None

    async with device(Script(rounds=[WITH_PASSWORD, CODE])) as port:
        failure = await refused_by(tmp_path, port, ports=Slow(), timeouts=QUICK.model_copy(update={"login_s": 0.2}))
    assert failure.kind is FailureKind.CODE_NEEDED
    assert "nobody answered in 0.2 s (timeouts.login_s)" in failure.message


async def test_a_demand_for_a_new_password_is_for_no_one(tmp_path: Path) -> None:
    ports = FakePorts(answers=[("x",)])
    expired = Round([("Current password: ", False)], [], "You are required to change your password")
    async with device(Script(rounds=[WITH_PASSWORD, expired])) as port:
        failure = await refused_by(tmp_path, port, ports=ports)
    assert failure.kind is FailureKind.PASSWORD_EXPIRED
    assert not ports.asked


async def test_a_password_beside_a_key_is_not_asked_for_each_device(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "id"))
    ports, script = (
        FakePorts({}, answers=[(PASSWORD,)]),
        Script(rounds=[WITH_PASSWORD], second_factor=True, authorized=(key,)),
    )
    async with device(script) as port:
        failure = await refused_by(tmp_path, port, ports=ports, password="", key_file=str(tmp_path / "id"))
    assert failure.kind is FailureKind.AUTH_REJECTED
    assert '("Password:"); not answered' in failure.message and not ports.asked
