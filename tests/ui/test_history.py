"""History: the list of jobs and what can be done with one."""

import threading
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, Snap, looks_right, text_of
from tests.ui.quiet import settle
from tests.ui.recording import JOB, Recording
from tests.ui.settling import until
from textual.pilot import Pilot

from paceline.engine.ports import JobSummary
from paceline.launch.earlier import Earlier
from paceline.model.event import JobFinished
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.ui.app import PacelineApp
from paceline.ui.screens.history import HistoryScreen

OPEN, SECOND = "20260106-0100-health-check-0b0e", "20260106-0200-ospf-collection-51ee"


@pytest.fixture
def recordings(desk: Desk) -> list[Recording]:
    """A whole job, one whose process died in the middle, and one that continues the first."""
    return [
        desk.record(),
        desk.record(desk.spec(job=OPEN)),
        desk.record(desk.spec("ospf-collection", job=SECOND, where="country=DE").model_copy(update={"continues": JOB})),
    ]


@pytest.fixture
def app(desk: Desk, recordings: list[Recording]) -> PacelineApp:
    """With the three jobs as far as they got."""
    app = desk.app(*recordings)
    desk.clock = desk.engine.play(JOB)
    desk.engine.play(OPEN, 120)
    desk.engine.play(SECOND)
    return app


@pytest.fixture
def asked(app: PacelineApp, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What `run_again` is asked for."""
    calls: list[tuple[str, list[str]]] = []

    def run_again(spec: JobSpec, devices: list[str], before: Earlier | None = None) -> None:
        calls.append((spec.id, list(devices)))

    monkeypatch.setattr(app, "run_again", run_again)
    return calls


async def show(pilot: Pilot[Any], *keys: str) -> HistoryScreen:
    """History, and some keys; wherever they led."""
    await pilot.press("3")
    await settle(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, HistoryScreen)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return screen


def test_the_list(app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(pilot, "j")

    words = ("✓ finished", "? interrupted", "health-check", "✗1 ⊘2 ◐2 ✓55", "resume it, or run it again", "u Resume…")
    assert looks_right(snap_compare, app, NARROW, words, hands)


def test_the_list_in_a_wide_terminal(app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(pilot)

    words = ("forecast", "continues", JOB, "?0 ✓55", "expected", f"jobs/{SECOND}")
    assert looks_right(snap_compare, app, WIDE, words, hands)


def test_resuming_asks_first(app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(pilot, "j", "u")

    words = ("Resume health-check?", "Its process ended before the job did", "Not now", "Resume", "stays as it is")
    assert looks_right(snap_compare, app, NARROW, words, hands)


async def test_without_jobs_it_says_what_to_do(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot)
        assert "no jobs yet: configure one with 1" in text_of(app)


async def test_enter_opens_the_job_in_monitor(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "j", "j", "enter")
        assert app.current_mode == "monitor"
        assert app.shown is not None
        assert (app.shown.id, app.shown.is_live) == (JOB, False)


async def test_run_again_takes_all_devices(app: PacelineApp, asked: list[tuple[str, list[str]]]) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "G", "r")
    assert [(job, len(devices)) for job, devices in asked] == [(JOB, 60)]


async def test_run_the_rest_takes_what_did_not_succeed(app: PacelineApp, asked: list[tuple[str, list[str]]]) -> None:
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await show(pilot, "G", "R")
        assert [(job, sorted(devices)) for job, devices in asked] == [
            (JOB, ["esp-r3", "fra-r8", "ita-r7", "pol-r4", "swe-r3"])
        ]
        await pilot.press("g", "R")
        await settle(pilot)
        assert len(asked) == 1
        assert "Every device of" in text_of(app)


async def test_not_now_is_the_default_and_resumes_nothing(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "j", "u", "enter")
        assert desk.engine.recovered == []
        assert app.current_mode == "history"


async def test_resume_takes_the_job_up_and_shows_it(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "j", "u", "down", "enter")
        assert desk.engine.recovered == [OPEN]
        assert app.current_mode == "monitor"
        assert app.shown is not None
        assert (app.shown.id, app.shown.is_live) == (OPEN, True)


async def test_resume_asks_for_the_secrets_it_takes(desk: Desk, recordings: list[Recording]) -> None:
    spec = recordings[1].spec
    credentials = {
        name: credential.model_copy(update={"password": f"ask:{name}", "key_file": ""})
        for name, credential in spec.credentials.items()
    }
    app = desk.app(desk.record(spec.model_copy(update={"credentials": credentials})))
    desk.engine.play(OPEN, 120)
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "u", "down", "enter")
        assert "Password of netops (credential default)" in text_of(app)
        await pilot.press(*"geheim")
        await settle(pilot)
        assert "geheim" not in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert desk.engine.recovered == [OPEN]
        assert app.current_mode == "monitor"


async def test_a_slow_keyring_does_not_stop_the_screen(
    desk: Desk, app: PacelineApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_end = threading.Event(), threading.Event()

    def slow(*_: object) -> Secrets:
        asked.set()
        # On the loop of the screens this would wait for the test itself.
        assert may_end.wait(20)
        return Secrets()

    monkeypatch.setattr("paceline.ui.resume.resolve_credentials", slow)
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "j", "u", "down")
        await pilot.press("enter")
        await until(pilot, asked.is_set)
        assert desk.engine.recovered == []
        may_end.set()
        await settle(pilot)
        assert desk.engine.recovered == [OPEN]


async def test_going_back_from_a_secret_resumes_nothing(desk: Desk, recordings: list[Recording]) -> None:
    spec = recordings[1].spec
    credentials = {name: c.model_copy(update={"password": "ask:x"}) for name, c in spec.credentials.items()}
    app = desk.app(desk.record(spec.model_copy(update={"credentials": credentials})))
    desk.engine.play(OPEN, 120)
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "u", "down", "enter", "escape")
        assert desk.engine.recovered == []
        assert app.current_mode == "history"


async def test_an_engine_that_another_process_has_is_a_sentence(desk: Desk, app: PacelineApp) -> None:
    desk.engine.refusal = "another process (4711 on jump01) has this state folder"
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await show(pilot, "j", "u", "down", "enter")
        assert "another process (4711 on jump01)" in " ".join(text_of(app).split())
        assert app.current_mode == "history"


async def test_a_job_that_ended_offers_no_resume(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot)
        assert "u Resume" not in text_of(app)
        await pilot.press("u")
        await settle(pilot)
        assert app.screen is app.screen_stack[0]


async def test_the_filter_narrows_and_escape_shows_all(app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(pilot, "slash", *"interr")
        assert [job.id for job in screen.table.rows] == [OPEN]
        await pilot.press("enter")
        await settle(pilot)
        assert screen.table.has_focus
        await pilot.press("slash", *"zzz")
        await settle(pilot)
        assert "no job has" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert len(screen.table.rows) == 3


async def test_the_path_goes_to_the_clipboard(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(pilot, "c")
        assert app.clipboard == str(desk.paths.state / "jobs" / SECOND)


async def test_the_cursor_moves_by_every_key_and_stays_on_its_job(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(pilot)
        for key, at in (("j", 1), ("down", 2), ("k", 1), ("up", 0), ("G", 2), ("g", 0), ("end", 2), ("home", 0)):
            await pilot.press(key)
            assert screen.table.cursor == at, key
        for key, at in (("pagedown", 2), ("pageup", 0), ("j", 1)):
            await pilot.press(key)
            assert screen.table.cursor == at, key
        await pilot.press("slash", *"health")
        await settle(pilot)
        assert screen.table.current is not None
        assert screen.table.current.id == OPEN


async def test_a_job_that_runs_here_is_current_and_then_over(desk: Desk, recordings: list[Recording]) -> None:
    app = desk.app(recordings[0])
    ends = recordings[0].until(lambda event: isinstance(event, JobFinished))
    async with app.run_test(size=NARROW) as pilot:
        desk.clock = desk.engine.play(JOB, 100)
        app.show_job(JOB)
        await settle(pilot)
        await show(pilot)
        assert "▶ running" in text_of(app)
        before = text_of(app)
        desk.engine.play(JOB, 200)
        await settle(pilot)
        assert text_of(app) != before
        desk.engine.play(JOB, ends)
        await settle(pilot)
        assert "✓ finished" in text_of(app)
        assert "2m 37s" in text_of(app)


async def test_a_job_of_another_process_runs_and_is_read_anew_each_time(
    desk: Desk, recordings: list[Recording]
) -> None:
    app = desk.app(recordings[0])
    desk.clock = desk.engine.play(JOB, 100)
    desk.engine.elsewhere.add(JOB)
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(pilot)
        assert "▶ running" in text_of(app)
        assert "Another process runs it" in text_of(app)
        assert not screen.check_action("resume", ())
        await pilot.press("enter")
        await settle(pilot)
        first = app.jobs[JOB].status.ended
        desk.engine.play(JOB, 200)
        await show(pilot, "enter")
        assert app.jobs[JOB].status.ended > first


async def test_a_thousand_jobs_are_all_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = desk.app(desk.record())
    desk.engine.play(JOB)
    like = (await desk.engine.jobs())[0]
    many = [
        JobSummary(f"{JOB[:-4]}{n:04x}", f"job {n}", like.created_at, "finished", like.counts) for n in range(1_000)
    ]

    async def jobs() -> list[JobSummary]:
        return many

    monkeypatch.setattr(desk.engine, "jobs", jobs)
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(pilot, "G")
        assert "job 999" in text_of(app)
        # Only what is in view is ever drawn.
        assert len(screen.table._drawn) < 60
        await pilot.press("slash", *"777")
        await settle(pilot)
        assert [job.summary.name for job in screen.table.rows] == ["job 777"]
