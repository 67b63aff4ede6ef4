"""What is kept, read for the screens: beside the journal's writer, and without folding what nobody asked for."""

from pathlib import Path

import pytest
from tests.engine.harness import JOB, make_devices, make_spec

from paceline.cli.engine_room import journal_path
from paceline.cli.library import StoreLibrary
from paceline.engine.contract import UnknownJobError
from paceline.engine.local import LocalEngine
from paceline.model.attempts import attempts_of
from paceline.model.failure import FailureKind
from paceline.model.secret import Secrets
from paceline.model.states import DeviceState
from paceline.model.time import now
from paceline.session.scripted import Script, ScriptedSessions
from paceline.store.journal import Journal
from paceline.store.kinds import StoreError
from paceline.store.outputs import Outputs
from paceline.store.reader import JournalReader
from paceline.store.writer import Writer


@pytest.fixture
async def library(tmp_path: Path) -> StoreLibrary:
    """One job of two devices; the first one of them needed two attempts."""
    scripts = {"d1": Script(command_s=0.0, failures={1: FailureKind.REFUSED}, output=b"one\ntwo\n")}
    writer = Writer()
    journal = Journal(journal_path(tmp_path), writer)
    sessions = ScriptedSessions(scripts, Script(command_s=0.0))
    engine = LocalEngine(sessions, journal, Outputs(tmp_path / "jobs", writer, now), now)
    spec = make_spec(make_devices(2), commands=("show a", "show b"), retries={"attempts": 2, "backoff_s": 0})
    await engine.start(spec, Secrets())
    await engine.wait(spec.id)
    await writer.close()
    journal.close()
    return StoreLibrary(tmp_path)


async def test_a_job_is_read_as_it_was_frozen(library: StoreLibrary) -> None:
    assert [target.device.name for target in (await library.spec(JOB)).targets] == ["d1", "d2"]
    with pytest.raises(UnknownJobError):
        await library.spec("20260105-2200-none-0000")


async def test_the_events_of_a_device_are_its_own_and_make_its_attempts(library: StoreLibrary) -> None:
    events = await library.device_events(JOB, "d1")
    assert {getattr(event, "device", "") for event in events} == {"d1"}
    first, second = attempts_of(await library.spec(JOB), "d1", events)
    assert (first.state, first.failure) == (DeviceState.UNREACHABLE, FailureKind.REFUSED)
    assert (second.state, second.attempt) == (DeviceState.SUCCEEDED, 2)


async def test_an_output_whose_attempt_is_known_costs_no_status(
    library: StoreLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await library.output(JOB, "d1", 2)).data == b"one\ntwo\n"

    def refuse(*_: object) -> None:
        raise AssertionError("folded")

    monkeypatch.setattr(JournalReader, "status", refuse)
    page = await library.output(JOB, "d1", 2, attempt=2, offset=4, limit=2)
    assert (page.data, page.offset, page.size, page.is_complete) == (b"tw", 4, 8, True)


async def test_what_is_not_there_is_a_sentence(library: StoreLibrary) -> None:
    with pytest.raises(UnknownJobError, match="d9"):
        await library.output(JOB, "d9", 1, attempt=1)
    with pytest.raises(ValueError, match="commands 1 to 2, not 3"):
        await library.output(JOB, "d1", 3, attempt=1)
    with pytest.raises(StoreError, match="there is no output"):
        await library.output(JOB, "d1", 1, attempt=1)
