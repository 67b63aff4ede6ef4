"""Questions of logins that wait for the operator: asked by an attempt, answered through the engine, used once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from paceline.model import event as ev
from paceline.model.asked import PREFIX, answers_in
from paceline.model.control import ControlError
from paceline.model.secret import Secret, Secrets
from paceline.model.time import Now, after
from paceline.session.base import LoginQuestion

Answers = tuple[Secret, ...] | None


@dataclass(slots=True)
class _Open:
    prompts: int
    answer: "asyncio.Future[Answers]"
    by: str = ""


class LoginQuestions:
    """Those of one job. Answers pass through and are kept nowhere."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._open: dict[str, _Open] = {}
        self._count = 0

    def __contains__(self, question: str) -> bool:
        return question in self._open

    async def ask(self, attempt: str, question: LoginQuestion, emit: Callable[..., None]) -> Answers:
        """Tell the question of an attempt and wait for its answer; None when it is declined.

        Cancelled when the login ends first.
        """
        self._count += 1
        # Of the attempt too: the count begins anew with each engine.
        own_id = f"{PREFIX}{attempt}-{self._count}"
        waiting = self._open[own_id] = _Open(len(question.prompts), asyncio.get_running_loop().create_future())
        emit(
            ev.LoginAsked,
            question=own_id,
            user=question.user,
            instruction="\n".join(filter(None, (question.title.strip(), question.instruction.strip()))),
            prompts=tuple(ev.LoginPrompt(text=prompt.text, shown=prompt.is_shown) for prompt in question.prompts),
            until=after(self._now(), question.timeout_s),
        )
        answers: Answers = None
        try:
            answers = await waiting.answer
        finally:
            del self._open[own_id]
            emit(ev.LoginAnswered, question=own_id, given=answers is not None, by=waiting.by)
        return answers

    def supply(self, question: str, secrets: Secrets) -> None:
        """Hand an answer over. Raises ControlError when nobody waits for it, or when it is not whole."""
        waiting = self._waiting(question)
        answers = answers_in(question, secrets, waiting.prompts)
        if answers is None:
            raise ControlError(f"{question} asks for {waiting.prompts} answers, and not all of them were given")
        waiting.answer.set_result(answers)

    def decline(self, question: str, by: str) -> None:
        """There will be no answer: the login fails now. Raises ControlError when nobody waits for it."""
        waiting = self._waiting(question)
        waiting.by = by
        waiting.answer.set_result(None)

    def _waiting(self, question: str) -> _Open:
        found = self._open.get(question)
        if found is None or found.answer.done():
            raise ControlError("that login does not wait for an answer any more")
        return found


@dataclass(slots=True)
class JumpQuestions:
    """The same for the jump hosts of a job, which are no devices of it."""

    questions: LoginQuestions
    emit: Callable[..., object]
    _count: int = 0

    async def ask(self, jump: str, question: LoginQuestion) -> Answers:
        """As `LoginQuestions.ask`; the events have `jump NAME` for a device."""
        self._count += 1

        def tell(kind: type, **fields: object) -> None:
            self.emit(kind, device=f"jump {jump}", country="", attempt=self._count, **fields)

        return await self.questions.ask(f"jump-{jump}-{self._count}", question, tell)
