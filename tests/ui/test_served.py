"""The screens on an engine that outlives them: leaving, coming back, sharing control, signing in again."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.monitoring import settle
from tests.ui.recording import Recording

from paceline.engine.contract import JobId
from paceline.engine.ports import AnyEvent, StoreError
from paceline.model import event as ev
from paceline.model.control import Answer
from paceline.model.event import BatchStarted
from paceline.model.secret import Secrets
from paceline.ui.app import AttachedApp, PacelineApp
from paceline.ui.messages import ViewersChanged
from paceline.ui.ports import Opening


def served(desk: Desk, recording: Recording, app_class: type[PacelineApp] = PacelineApp, job: str = "") -> PacelineApp:
    """The application as the service's faces have it, with the recording begun."""
    around = desk.app(recording).surroundings
    desk.engine.play(recording.spec.id, until=recording.until(lambda event: isinstance(event, BatchStarted)))

    async def running() -> frozenset[JobId]:
        return frozenset([recording.spec.id])

    return app_class(replace(around, jobs_outlive_us=True, find_running=running, opening=Opening(job=job)))


async def test_leaving_says_that_the_job_goes_on_and_tells_it_nothing(desk: Desk) -> None:
    recording = desk.record()
    app = served(desk, recording)
    async with app.run_test() as pilot:
        app.show_job(recording.spec.id)
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        assert "It runs in the service, and needs no terminal." in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_value == 0
    assert not desk.engine.controls
    assert [job.id for job in app.running] == [recording.spec.id]
    assert app.at_stake == []


async def test_attaching_opens_on_monitor_with_the_job_live(desk: Desk) -> None:
    recording = desk.record()
    app = served(desk, recording, AttachedApp, recording.spec.id)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.pause()
        assert app.current_mode == "monitor"
        assert app.shown is not None
        assert (app.shown.id, app.shown.is_live) == (recording.spec.id, True)
        await pilot.press("3")
        await pilot.pause()
        assert "running" in text_of(app)


@pytest.mark.parametrize("is_there", [True, False], ids=["there_again", "interrupted"])
async def test_a_service_that_dies_is_told_and_a_key_attaches_again(desk: Desk, *, is_there: bool) -> None:
    recording = desk.record()
    app, job = served(desk, recording), recording.spec.id
    running = frozenset([job]) if is_there else frozenset[str]()
    follow, goes_away = desk.engine.follow, asyncio.Event()

    async def dying(job: JobId, after: int = 0) -> AsyncGenerator[AnyEvent, None]:
        await goes_away.wait()
        desk.engine.follow = follow  # type: ignore[method-assign]
        raise StoreError("the service has ended")
        yield

    async def find_running() -> frozenset[JobId]:
        return running

    desk.engine.follow = dying  # type: ignore[method-assign]
    app.surroundings = replace(app.surroundings, find_running=find_running)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        app.show_job(job)
        await settle(pilot, lambda: "RUNNING" in text_of(app))
        assert "Re-attach" not in text_of(app)
        goes_away.set()
        await settle(pilot, lambda: "not live: u re-attaches" in text_of(app))
        assert "the service has ended" in text_of(app)
        await pilot.press("p")
        await settle(pilot, lambda: any("re-attach first" in n.message for n in app._notifications))
        assert not app.running
        await pilot.press("u")
        await settle(pilot, lambda: "not live" not in text_of(app))
        assert bool(app.running) is is_there
        assert ("not running here" in text_of(app)) is not is_there
        assert any("History (3) resumes it" in n.message for n in app._notifications) is not is_there


async def test_who_shares_control_is_told_and_told_again_when_alone(desk: Desk) -> None:
    recording = desk.record()
    app = served(desk, recording)
    async with app.run_test(notifications=True) as pilot:
        app.show_job(recording.spec.id)
        await pilot.pause()
        for count, said in ((1, None), (3, "followed from 2 other places: control is shared"), (1, "nowhere else")):
            app.post_message(ViewersChanged(recording.spec.id, count))
            await pilot.pause()
            told = [notification.message for notification in app._notifications]
            assert said is None or said in told[-1]
            assert said is not None or not told


async def test_a_login_that_is_gone_is_handed_over_before_its_question_is_answered(desk: Desk) -> None:
    recording = desk.record()
    app = served(desk, recording)
    supplied: list[Secrets] = []

    async def supply(job: str, question: str, secrets: Secrets) -> None:
        assert not desk.engine.controls
        supplied.append(secrets)

    desk.engine.supply = supply  # type: ignore[method-assign]
    spec = recording.spec
    held = ev.JobHeld(
        seq=0, at=desk.clock, job=spec.id, question="credential_gone-1", gate="credential_gone",
        message="sign in again", credentials=tuple(spec.credentials),
    )  # fmt: skip
    async with app.run_test() as pilot:
        app.show_job(spec.id)
        await pilot.pause()
        seq = desk.engine.played[spec.id] + 1
        desk.engine.inject(spec.id, held.model_copy(update={"seq": seq}))
        await pilot.pause()
        question = app.jobs[spec.id].status.questions["credential_gone-1"]
        app.sign_in(app.jobs[spec.id], question, Answer(question=question.id, answer="go_on"))
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "control"])
    assert len(supplied) == 1
    assert desk.engine.controls == [Answer(question="credential_gone-1", answer="go_on")]
