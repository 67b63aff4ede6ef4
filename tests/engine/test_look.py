"""A login that was gone is looked at before it goes on: an answer that comes too early costs no device its turn."""

import asyncio

import pytest
from tests.engine.harness import JOB, Outcome, make_devices, make_spec
from tests.virtual_loop import run, virtual_now

from paceline.engine.local import LocalEngine
from paceline.model.control import Answer, ControlError
from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.model.secret import Secrets
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemoryJournal, MemoryOutputs


def test_go_on_is_refused_while_the_agent_is_still_gone() -> None:
    looked: list[tuple[str, str]] = []

    async def look(credential: Credential, agent_path: str) -> str:
        looked.append((credential.username, agent_path))
        return "" if agent_path == "/new" else "the ssh-agent does not answer: sign in again"

    async def main() -> Outcome:
        sessions = ScriptedSessions({"d1": Script(failures={1: FailureKind.CREDENTIAL_GONE})})
        journal, outputs = MemoryJournal(), MemoryOutputs()
        engine = LocalEngine(sessions, journal, outputs, virtual_now, look=look)
        spec = make_spec(make_devices(4), pace={"batch_size": 2}, password="agent")
        await engine.start(spec, Secrets(agent_path="/old"))
        await asyncio.sleep(30)
        question = (await engine.status(JOB)).question
        assert question is not None and question.gate == "credential_gone"
        before = len(sessions.log)
        yes = Answer(question=question.id, answer="go_on", by="op")
        with pytest.raises(ControlError, match="logins of netops stay held: the ssh-agent does not answer"):
            await engine.control(JOB, yes)
        await asyncio.sleep(30)
        assert len(sessions.log) == before and question.id in (await engine.status(JOB)).questions
        # Signed in again: the new agent is handed over, then looked at.
        await engine.supply(JOB, question.id, Secrets(agent_path="/new"))
        await engine.control(JOB, yes)
        await engine.wait(JOB)
        return Outcome(journal.events[JOB], await engine.status(JOB), sessions, journal, outputs)

    outcome = run(main())
    assert outcome.status.final_counts()["succeeded"] == 4
    assert looked == [("netops", "/old"), ("netops", "/new")]
