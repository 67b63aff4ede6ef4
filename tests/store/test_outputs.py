"""What the writing of outputs keeps in memory."""

from pathlib import Path

from tests.engine.harness import JOB, make_devices, make_spec

from paceline.engine.local import LocalEngine
from paceline.model.secret import Secrets
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.outputs import Outputs
from paceline.store.writer import Writer


async def test_no_path_of_an_ended_job_is_kept_not_even_when_its_outputs_are_read(tmp_path: Path) -> None:
    writer = Writer()
    journal, outputs = Journal(tmp_path / "journal.sqlite", writer), Outputs(tmp_path / "jobs", writer, now)
    engine = LocalEngine(ScriptedSessions(default=Script(command_s=0, output=b"up\n")), journal, outputs, now)
    other = "20260105-2200-test-0002"
    outputs._folder(other, "d1")
    await engine.start(make_spec(make_devices(3)), Secrets())
    await engine.wait(JOB)
    assert (await engine.output(JOB, "d2", 1)).data == b"up\n"
    await writer.close()
    journal.close()
    assert list(outputs._folders) == [(other, "d1")]
    assert outputs._made == set()
