"""What one login says when a device asks: the password once, a code of the operator once, nothing a second time."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from paceline.model.secret import Secret
from paceline.session.base import LoginPrompt, LoginQuestion

Ask = Callable[[LoginQuestion], Awaitable[tuple[Secret, ...] | None]]

_PASSWORD = re.compile(r"(?:\([^()]*\)\s*)?(?:\S+'s\s+)?password(?:\s+(?:for|of)\s+\S+)?\s*:?", re.IGNORECASE)
"""A line that wants the account's password and nothing else, as OpenSSH, PAM and most devices write it."""
_NEW_PASSWORD = re.compile(r"\b(?:new|retype|re-enter|current)\b.*\bpassword\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|otp|one[- ]?time|token|authenticator|second factor)\b", re.IGNORECASE)
"""A first line that no password answers: to send one would be a failed login."""


class Dialogue:
    """One login's side of `password` and `keyboard-interactive`."""

    def __init__(self, user: str, password: Secret | None, ask: Ask | None = None, login_s: float = 0.0) -> None:
        """`ask`: whom to ask beyond the password, None where nobody can be; `login_s`: the login's time."""
        self._user, self._password, self._ask, self._login_s = user, password, ask, login_s
        self._until = 0.0
        self._may_begin = password is not None
        self._is_spent = False
        self._answered: set[str] = set()
        self._heard: list[str] = []
        self.was_password_sent = False
        self.was_code_sent = False
        self.was_asked = False
        """Whether the operator was asked."""
        self.is_waiting = False
        """Whether the operator is being asked."""
        self.unmet_prompts: tuple[str, ...] = ()
        """What the device asked for and nobody gave."""
        self.wants_new_password = False

    def begin(self) -> None:
        """The login's time runs."""
        self._until = asyncio.get_running_loop().time() + self._login_s

    def begin_again(self) -> None:
        """The device took one proof, and wants another."""
        self._may_begin, self._is_spent = True, False

    def may_begin(self) -> bool:
        """Whether a conversation may begin: one per proof."""
        can = self._may_begin and not self.unmet_prompts and not self.wants_new_password
        self._may_begin = False
        return can

    def password_once(self) -> str | None:
        """The password by its own method: not after a conversation that came to nothing."""
        return None if self._is_spent else self._said_once()

    def _said_once(self) -> str | None:
        """The password, the first time; a second try would be a second failure on the device."""
        if self._password is None or self.was_password_sent:
            return None
        self.was_password_sent = True
        return self._password.reveal()

    async def reply(self, title: str, instruction: str, prompts: Sequence[LoginPrompt]) -> list[str] | None:
        """The answers to one round; None ends the conversation unanswered."""
        if not prompts:
            self._heard += filter(None, (title.strip(), instruction.strip()))
            return []
        texts = tuple(prompt.text for prompt in prompts)
        if any(_NEW_PASSWORD.search(text) for text in texts):
            self.wants_new_password = True
            return None
        place = self._place_of_password(texts)
        rest = [index for index in range(len(prompts)) if index != place]
        if self._is_said_again(texts, rest):
            # Rejected. To say the same again would be another failed login.
            self._is_spent = True
            return None
        told = await self._told(title, instruction, [prompts[index] for index in rest]) if rest else ()
        if told is None:
            self.unmet_prompts, self._is_spent = texts, True
            return None
        answers = dict(zip(rest, (value.reveal() for value in told), strict=True))
        if place is not None:
            answers[place] = self._said_once() or ""
        self._answered.update(_plain(text) for text in texts)
        return [answers[index] for index in range(len(prompts))]

    def _place_of_password(self, texts: Sequence[str]) -> int | None:
        """Which line gets the password: a single one that asks for no code, else the one that asks for it."""
        if self._password is None or self.was_password_sent:
            return None
        if len(texts) == 1:
            return None if _CODE.search(texts[0]) else 0
        places = [index for index, text in enumerate(texts) if _PASSWORD.fullmatch(text)]
        return places[0] if len(places) == 1 else None

    def _is_said_again(self, texts: Sequence[str], rest: Sequence[int]) -> bool:
        """Whether a line was answered before, or wants the password that was sent."""
        return any(_plain(text) in self._answered for text in texts) or (
            self.was_password_sent and any(_PASSWORD.fullmatch(texts[index]) for index in rest)
        )

    async def _told(self, title: str, instruction: str, prompts: Sequence[LoginPrompt]) -> tuple[Secret, ...] | None:
        """What the operator answers; a password is none of theirs to type for each device."""
        if self._ask is None or any(_PASSWORD.fullmatch(prompt.text) for prompt in prompts):
            return None
        heard, self._heard = "\n".join([*self._heard, instruction]), []
        left_s = max(0.0, self._until - asyncio.get_running_loop().time())
        self.was_asked = self.is_waiting = True
        answers = await self._ask(LoginQuestion(self._user, title, heard, tuple(prompts), left_s))
        # Not on the way of a cancellation: who waited in vain is part of the failure.
        self.is_waiting = False
        self.was_code_sent = self._is_spent = answers is not None
        return answers


def _plain(prompt: str) -> str:
    return " ".join(prompt.lower().split()).rstrip(": ")
