"""Runs one attempt in a process of its own: the request comes as JSON, facts and the report go out as JSON lines."""

import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager, nullcontext

from pydantic import TypeAdapter

from paceline.engine.attempt import run_attempt
from paceline.engine.facts import AttemptReport, AttemptRequest, Fact
from paceline.engine.ports import Sink
from paceline.model.secret import Secret
from paceline.session.base import Jump, LoginQuestion, PermitKind
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.memory import MemorySink


class LinePorts:
    """Ports over standard output; permits are granted here, as a remote worker's would be."""

    agent_path = ""

    async def emit(self, fact: Fact) -> None:
        print(json.dumps({type(fact).__name__: TypeAdapter(Fact).dump_python(fact, mode="json")}))  # noqa: T201

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def output(self, index: int) -> Sink:
        return MemorySink()

    async def jump(self) -> Jump:
        raise LookupError("no jump here")

    def secret(self, reference: str) -> Secret:
        raise LookupError(reference)

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        return None

    def transcript(self, data: bytes) -> None: ...

    def warn(self, text: str) -> None: ...


async def main() -> None:
    """One attempt."""
    request = TypeAdapter(AttemptRequest).validate_json(sys.stdin.read())
    sessions = ScriptedSessions(default=Script(command_s=0.01, output=b"12345"))
    report = await run_attempt(request, LinePorts(), sessions)
    print(json.dumps({"report": TypeAdapter(AttemptReport).dump_python(report, mode="json")}))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
