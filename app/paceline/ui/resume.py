"""Taking up a job whose process died: what that does, and the secrets it takes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from paceline.launch.credentials import resolve_credentials
from paceline.model.control import Control
from paceline.model.job import Credential, JobSpec
from paceline.model.secret import Secrets
from paceline.model.tally import Question
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.dialogs.line import LineDialog
from paceline.ui.dialogs.secret import SecretDialog
from paceline.ui.formats import many
from paceline.ui.live import LiveJob

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

Ask = Callable[[str], Awaitable[str | None]]
"""Asks the operator for one secret; None when they went back."""


class _MissingError(Exception):
    """A secret that has to be asked for."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


def resume_dialog(spec: JobSpec, ended: int) -> ChoiceDialog[bool]:
    """The question. The harmless answer has the focus."""
    left = len(spec.targets) - ended
    text = [
        spec.id,
        f"Its process ended before the job did: {ended} of {many(len(spec.targets), 'device')} had ended.",
        f"Going on runs what is still open, {many(left, 'device')}, at the job's own pace; the rest stays as it is.",
    ]
    if not spec.read_only:
        text.append("Devices with a command in flight at that moment are unknown and are not run again.")
    return ChoiceDialog(
        f"Resume {spec.name}?",
        text,
        [
            Answer("Not now", "nothing changes", False),
            Answer("Resume", "logs in to the open devices and goes on", True),
        ],
    )


def count_dialog(left: int, problem: str = "") -> LineDialog:
    """Asks for the number of devices that a job which may change them still has to run."""
    return LineDialog(
        "Type the number of devices to go on",
        [f"Going on may change {many(left, 'device')}. What is unknown stays so and is sent nothing."],
        problem=problem,
    )


async def gather_secrets(credentials: Mapping[str, Credential], ask: Ask) -> Secrets | None:
    """All their secrets, asked for where they must be; None: the operator went back. Raises CredentialError."""
    given: dict[str, str] = {}

    def answer(label: str) -> str:
        if label not in given:
            raise _MissingError(label)
        return given[label]

    while True:
        try:
            # Keyrings and commands may take their time.
            return await asyncio.to_thread(resolve_credentials, credentials, {}, answer)
        except _MissingError as missing:
            value = await ask(missing.label)
            if value is None:
                return None
            given[missing.label] = value


async def sign_in(app: "PacelineApp", job: LiveJob, question: Question, answer: Control) -> None:
    """Hand over again what a job lost to log in with, then answer its question. Raises PacelineError."""
    spec = job.status.spec
    assert spec is not None

    async def ask(label: str) -> str | None:
        return await app.push_screen_wait(SecretDialog(label, "It stays in memory, for this job alone."))

    needed = {name: spec.credentials[name] for name in question.credentials}
    secrets = await gather_secrets(needed, ask)
    if secrets is not None:
        engine = await app.surroundings.open_engine()
        await engine.supply(job.id, question.id, secrets)
        await engine.control(job.id, answer)
